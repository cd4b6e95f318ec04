/**
 * The live view's state: a vanilla store that is a fold over what the engine tells (`applyEvent`) and what the person does. No
 * React, no DOM; time is passed in. High-rate numbers are in LiveHistory; here are phases, settings and revisions.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { BackendInfo } from '../../core/engine/engine-session.ts';
import { never, type WireError } from '../../core/errors.ts';
import type { FileLike } from '../../core/media-info.ts';
import type { ModelCard } from '../../core/model/card.ts';
import type { EngineHealth, GapReason, LaneId, LoadPhase } from '../../core/protocol/messages.ts';
import { type NowList, type NowListOptions, nowListOptions, stepNowList } from '../../core/scores/now-list.ts';
import type { FrameTiming, TagFrame } from '../../core/scores/tag-frame.ts';
import type { Milliseconds, Seconds } from '../../core/units.ts';
import type { ClientEvent } from '../client/engine-client.ts';
import type { SampleEntry } from './catalog.ts';
import { LiveHistory } from './live-history.ts';
import { chooseRows, type Row } from './row-choice.ts';
import type { Settings } from './settings.ts';
import type { TakeId } from './take.ts';
import { hiddenClasses, withoutHidden } from './weak-classes.ts';

export const LIVE_LANE: LaneId = 'live';

export interface SourceInfo {
  readonly kind: 'microphone' | 'sample' | 'tab';
  readonly label: string;
  readonly deviceId: string | null;
  readonly warnings: readonly string[];
}

export type SessionPhase =
  | { readonly kind: 'idle' }
  /** The browser asks the person, or opens the device. */
  | { readonly kind: 'asking' }
  | {
      readonly kind: 'loading';
      readonly phase: LoadPhase;
      readonly loadedBytes: number;
      readonly totalBytes: number | null;
    }
  | { readonly kind: 'listening'; readonly source: SourceInfo }
  | { readonly kind: 'stopped'; readonly note: string | null }
  | { readonly kind: 'failed'; readonly error: WireError };

/** Something that happened to the session, drawn on the timeline and said in words. */
export interface Mark {
  readonly atS: Seconds;
  readonly kind: 'engine' | 'model' | 'restart' | 'input' | 'clock';
  readonly text: string;
}

export interface GapMark {
  readonly startS: Seconds;
  readonly endS: Seconds;
  readonly reason: GapReason;
}

/** Capture to screen, medians of the last chunks. */
export interface DelaySplit {
  /** The chunk's own length: its first sound waits this long for its last. */
  readonly chunkMs: Milliseconds;
  readonly queueMs: Milliseconds;
  /** Log-mel and model. */
  readonly computeMs: Milliseconds;
  /** Back to the page and onto the screen. */
  readonly drawMs: Milliseconds;
}

export type ViewState = { readonly kind: 'live' } | { readonly kind: 'paused'; readonly endS: Seconds };

export interface LiveState {
  readonly phase: SessionPhase;
  readonly settings: Settings;
  readonly samples: readonly SampleEntry[];
  readonly microphones: readonly { readonly deviceId: string; readonly label: string }[];
  readonly card: ModelCard | null;
  readonly backend: BackendInfo | null;
  /** Said while a model or engine is being changed and listening goes on; null when none is. */
  readonly changing: string | null;
  /** A refused change, in words; gone with the next one. */
  readonly notice: string | null;
  readonly health: EngineHealth | null;
  readonly delay: DelaySplit | null;
  readonly now: NowList;
  readonly rows: readonly Row[];
  readonly marks: readonly Mark[];
  readonly gaps: readonly GapMark[];
  readonly view: ViewState;
  /** The sound is being kept, for a review. */
  readonly recording: boolean;
  /** The recording of the session that was stopped, and where on its clock it begins. */
  readonly recorded: { readonly file: FileLike; readonly startS: Seconds } | null;
  /** The take that the stopped session became; null while listening. */
  readonly takeId: TakeId | null;
  /** Grows with each scored chunk. */
  readonly revision: number;
  /** Grows with each fresh start: everything remembered from before is of another stream. */
  readonly session: number;
}

export interface LiveStore extends StoreApi<LiveState> {
  readonly history: LiveHistory;
  /** One thing the engine told. `atMs`: performance.now(). */
  applyEvent(event: ClientEvent, atMs: Milliseconds): void;
  /** The newest chunk is on the screen. `atEpochMs`: performance.timeOrigin + performance.now(). */
  applyShown(atEpochMs: Milliseconds): void;
  changeSettings(change: Partial<Settings>): void;
  setPhase(phase: SessionPhase): void;
  /** The loading phase, at the step told last. */
  showLoading(): void;
  addMark(kind: Mark['kind'], text: string): void;
  /** Second zero of a new stream. */
  startFresh(): void;
  setView(view: ViewState): void;
}

/** Enough for hours of trouble; older marks go with the history. */
const MAX_MARKS = 400;
const MEDIAN_OF = 9;
/** More than is shown: general names give way to specific ones before the list is cut (said-now.ts). */
const nowOptions = (threshold: number): NowListOptions => ({ ...nowListOptions(threshold), maxEntries: 8 });
/** How far back a changed threshold looks to say what is heard, and since when. */
const REPLAYED_S: Seconds = 120;

export function createLiveStore(settings: Settings): LiveStore {
  const history = new LiveHistory();
  const store = createStore<LiveState>(() => ({
    phase: { kind: 'idle' },
    settings,
    samples: [],
    microphones: [],
    card: null,
    backend: null,
    changing: null,
    notice: null,
    health: null,
    delay: null,
    now: [],
    rows: [],
    marks: [],
    gaps: [],
    view: { kind: 'live' },
    recording: false,
    recorded: null,
    takeId: null,
    revision: 0,
    session: 0,
  }));
  const { getState, setState } = store;

  let recent: DelaySplit[] = [];
  let unshown: { readonly frame: TagFrame; readonly timing: FrameTiming } | null = null;
  let shownDroppedChunks = 0;
  let rowsOfPlace = 'live';
  let loadingPhase: SessionPhase = { kind: 'loading', phase: 'card', loadedBytes: 0, totalBytes: null };

  const nowS = (): Seconds => history.scores?.endS ?? 0;

  const addMark = (kind: Mark['kind'], text: string, atS?: Seconds): void => {
    const mark: Mark = { atS: atS ?? Math.max(nowS(), lastToldS), kind, text };
    setState(({ marks }) => ({ marks: [...marks, mark].slice(-MAX_MARKS) }));
  };
  let lastToldS: Seconds = 0;

  const takeCard = (card: ModelCard, backend: BackendInfo): void => {
    const before = getState();
    const sameLabels =
      before.card !== null &&
      before.card.labels.mids.length === card.labels.mids.length &&
      before.card.labels.mids.every((mid, index) => mid === card.labels.mids[index]);
    const atS = Math.max(nowS(), lastToldS);
    const underway = history.scores !== null && history.scores.to > history.scores.from;
    if (!sameLabels || !history.scores) {
      history.startScores(card.labels.mids.length);
      setState({ now: [], rows: [] });
    }
    history.hopS = card.features.hopSamples / card.audio.sampleRateHz;
    if (underway && before.card && before.card.id !== card.id) {
      addMark(
        'model',
        sameLabels ? `Model: ${card.title}` : `Model: ${card.title}. Its classes differ; scores start anew`,
        atS,
      );
    }
    if (underway && before.backend && before.backend.label !== backend.label)
      addMark('engine', `Engine: ${backend.label}`, atS);
    recent = [];
    setState({ card, backend, changing: null, delay: null });
  };

  const hidden = (): readonly number[] => hiddenClasses(getState().card, getState().settings);

  const takeFrame = (frame: TagFrame, timing: FrameTiming): void => {
    const { scores } = history;
    if (!scores || frame.probabilities.length !== scores.classes) return;
    // After a restart the first chunk may reach back over the last one of before: its new part counts.
    const startS = Math.max(frame.startS, scores.endS);
    if (!(frame.endS > startS + 1e-4)) return;
    const fresh = startS === frame.startS ? frame : { ...frame, startS };
    scores.push(fresh);
    unshown = { frame: fresh, timing };
    const state = getState();
    const shown = { ...fresh, probabilities: withoutHidden(fresh.probabilities, hidden()) };
    const now = stepNowList(state.now, shown, nowOptions(state.settings.threshold));
    setState({
      now,
      rows: rowsFor({ ...state, now }, liveRange(state, scores.endS)),
      revision: state.revision + 1,
    });
  };

  /** Another threshold, or other classes, answers from stored scores; the model is not asked again. */
  const nowFromStored = (threshold: number): NowList => {
    const { scores } = history;
    if (!scores) return [];
    const options = nowOptions(threshold);
    const unseen = hidden();
    let list: NowList = [];
    const { from, to } = scores.range(scores.endS - REPLAYED_S, scores.endS);
    for (let sequence = from; sequence < to; sequence++) {
      const frame = {
        index: sequence,
        startS: scores.startOf(sequence),
        endS: scores.endOf(sequence),
        probabilities: withoutHidden(scores.row(sequence), unseen),
      };
      list = stepNowList(list, frame, options);
    }
    return list;
  };

  const liveRange = ({ view, settings: { windowS } }: LiveState, endS: Seconds) =>
    view.kind === 'paused' ? { fromS: view.endS - windowS, toS: view.endS } : { fromS: endS - windowS, toS: endS };

  const rowsFor = (state: LiveState, range: { readonly fromS: Seconds; readonly toS: Seconds }): readonly Row[] => {
    const { scores } = history;
    const { card, settings: chosen } = state;
    if (!scores || !card) return [];
    const pinned = chosen.pinned.map((mid) => card.labels.mids.indexOf(mid)).filter((index) => index >= 0);
    const unseen = hidden();
    const peaks = withoutHidden(scores.peaks(range.fromS, range.toS), unseen);
    // What is heard now has a row before anything that was: the list beside the picture and its rows speak of the same.
    if (state.view.kind === 'live') for (const { classIndex } of state.now) peaks[classIndex]! += 1;
    const kept = state.rows.filter(({ classIndex }) => !unseen.includes(classIndex));
    return chooseRows(kept, peaks, pinned, chosen.topN);
  };

  const refreshRows = (): void => {
    const state = getState();
    setState({ rows: rowsFor(state, liveRange(state, nowS())) });
  };

  return {
    ...store,
    history,
    addMark,
    setPhase: (phase) => setState({ phase }),
    showLoading: () => setState({ phase: loadingPhase }),
    setView: (view) => {
      setState({ view });
      // Rows follow the view in steps: while a hand moves it they stay.
      const { windowS } = getState().settings;
      const place = view.kind === 'live' ? 'live' : `${windowS}:${Math.round((view.endS * 4) / windowS)}`;
      if (place === rowsOfPlace) return;
      rowsOfPlace = place;
      refreshRows();
    },
    changeSettings: (change) => {
      setState((state) => ({ settings: { ...state.settings, ...change } }));
      const { threshold, showWeak, pinned } = change;
      const isAnother = threshold !== undefined || showWeak !== undefined || pinned !== undefined;
      if (isAnother) setState(({ settings: { threshold: from } }) => ({ now: nowFromStored(from) }));
      refreshRows();
    },
    startFresh: () => {
      history.clear();
      recent = [];
      unshown = null;
      lastToldS = 0;
      shownDroppedChunks = 0;
      setState((state) => ({
        now: [],
        rows: [],
        marks: [],
        gaps: [],
        delay: null,
        health: null,
        notice: null,
        recording: false,
        recorded: null,
        takeId: null,
        view: { kind: 'live' },
        revision: state.revision + 1,
        session: state.session + 1,
      }));
      refreshRows();
    },
    applyShown: (atEpochMs) => {
      if (!unshown) return;
      const { frame, timing } = unshown;
      unshown = null;
      const computeMs = timing.computeMs + timing.melMs;
      const drawMs = Math.max(0, atEpochMs - timing.heardAtMs - timing.queueMs - timing.computeMs);
      // Log-mel is made before the model begins: it is work, not waiting.
      const queueMs = Math.max(0, timing.queueMs - timing.melMs);
      recent = [...recent, { chunkMs: (frame.endS - frame.startS) * 1000, queueMs, computeMs, drawMs }];
      recent = recent.slice(-MEDIAN_OF);
      setState({
        delay: {
          chunkMs: median(recent.map((one) => one.chunkMs)),
          queueMs: median(recent.map((one) => one.queueMs)),
          computeMs: median(recent.map((one) => one.computeMs)),
          drawMs: median(recent.map((one) => one.drawMs)),
        },
      });
    },
    applyEvent: (event, atMs) => {
      switch (event.type) {
        case 'loading': {
          const { phase } = getState();
          const { phase: step, loadedBytes, totalBytes } = event;
          loadingPhase = { kind: 'loading', phase: step, loadedBytes, totalBytes };
          // While listening goes on, a reload is a note beside the picture, not another page.
          if (phase.kind === 'loading') {
            setState({ phase: loadingPhase });
          } else if (phase.kind === 'listening') {
            setState({ changing: loadingWords(step, loadedBytes, totalBytes) });
          }
          return;
        }
        case 'loaded':
          takeCard(event.card, event.backend);
          return;
        case 'tags':
          history.computeMs += event.timing.computeMs;
          takeFrame(event.frame, event.timing);
          return;
        case 'mel': {
          history.openMel(event.mels).push(event.startFrame, event.frameCount, event.data);
          return;
        }
        case 'gap': {
          const { startS, endS, reason } = event;
          setState(({ gaps }) => ({ gaps: [...gaps, { startS, endS, reason }].slice(-MAX_MARKS) }));
          return;
        }
        case 'level':
          history.level = { peakDb: event.peakDb, rmsDb: event.rmsDb };
          history.clock.tell(event.clockS, atMs);
          lastToldS = event.clockS;
          return;
        case 'health': {
          const { health } = event;
          setState({ health });
          if (health.droppedChunks > shownDroppedChunks && shownDroppedChunks === 0) {
            addMark('engine', 'The engine is too slow here: chunks are dropped');
          }
          shownDroppedChunks = health.droppedChunks;
          return;
        }
        case 'lost':
          return; // The client restarts; `restarting` says so.
        case 'restarting':
          addMark('restart', `Engine restarts: ${event.reason}`);
          if (getState().recording) {
            // The recorder lived in the engine's worker.
            setState({
              recording: false,
              notice: 'The recording was lost with the engine. Scores and picture are still here.',
            });
          }
          setState({ changing: 'The engine restarts…' });
          return;
        case 'broken':
          setState({
            phase: { kind: 'failed', error: { code: 'engine-failed', message: event.message } },
            changing: null,
          });
          return;
        case 'progress':
          history.wave.push(event.peaks);
          return;
        case 'recorded':
          setState({ recorded: { file: event.file, startS: event.startS }, recording: false });
          return;
        case 'heard':
        case 'self-checked':
        case 'file':
          return; // Others take these themselves.
        default:
          never(event);
      }
    },
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

const PHASE_WORDS: Readonly<Record<LoadPhase, string>> = {
  card: 'Reading the model card',
  runtime: 'Loading the engine',
  weights: 'Loading the model',
  opening: 'Building the network',
  checking: 'Checking that it computes rightly here',
  racing: 'Timing WebGPU against WASM',
  priming: 'Letting the model hear silence first',
};

/** "Loading the model, 3.1 of 11.4 MB". */
export function loadingWords(phase: LoadPhase, loadedBytes: number, totalBytes: number | null): string {
  const mb = (bytes: number): string => (bytes / 1e6).toFixed(1);
  if (loadedBytes <= 0) return PHASE_WORDS[phase];
  return totalBytes === null
    ? `${PHASE_WORDS[phase]}, ${mb(loadedBytes)} MB`
    : `${PHASE_WORDS[phase]}, ${mb(loadedBytes)} of ${mb(totalBytes)} MB`;
}
