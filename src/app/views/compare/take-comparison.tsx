/** The picture and the numbers of one comparison: one spectrogram, one list of classes, one time axis for all lanes. */
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { Probability, Seconds } from '../../../core/units.ts';
import { formatTime } from '../../charts/time-scale.ts';
import { delayOf } from '../../store/catalog.ts';
import { useLibraryState } from '../../store/library-context.ts';
import type { Take, TakeRow } from '../../store/take.ts';
import type { Span } from '../../timeline/event-bars.ts';
import { gapWords } from '../../timeline/gap-words.ts';
import { Overview } from '../../timeline/overview.tsx';
import { PlayerBar, PlayerMedia } from '../../timeline/player.tsx';
import { useViewport } from '../../timeline/plot-context.ts';
import { SpectrogramStrip } from '../../timeline/spectrogram-strip.tsx';
import { type PlotGap, TimePlot } from '../../timeline/time-plot.tsx';
import { type TimelineRow, Timelines } from '../../timeline/timelines.tsx';
import { GESTURE_HINT } from '../../timeline/use-gestures.ts';
import { usePlayer } from '../../timeline/use-player.ts';
import { createViewport, type Viewport } from '../../timeline/viewport.ts';
import { savePng } from '../../ui/save-png.ts';
import { useMedia } from '../../ui/use-media.ts';
import { ClassAdder } from './class-adder.tsx';
import { compareAll } from './compare-all.ts';
import { compareState, recordingOf, useCompareState } from './compare-state.ts';
import { PanelName, RemoveButton } from './panel-names.tsx';
import { ReadoutTable } from './readout-table.tsx';
import { nameOfClass, type ReadyLane, sharedGaps } from './ready-lane.ts';
import { StatsTable } from './stats-table.tsx';
import { useCalm } from './use-calm.ts';
import { type ClassChoice, useClasses } from './use-classes.ts';
import { useReadyLanes } from './use-ready-lanes.ts';

/** What a live comparison shows while it runs. */
const LIVE_WINDOW_S: Seconds = 30;

export interface TakeComparisonProps {
  readonly row: TakeRow;
  readonly dark: boolean;
  /** `row.revision`, twice a second at most: for numbers, which nobody reads faster. */
  readonly calmRevision: number;
}

export function TakeComparison({ row, dark, calmRevision }: TakeComparisonProps) {
  const { take, state, revision } = row;
  const isListening = take.kind === 'live' && state.kind === 'running';
  const viewport = useTakeViewport(take, revision, isListening);
  const lanes = useReadyLanes(take);
  const player = usePlayer(take, viewport);
  const seek = useCallback((atS: Seconds) => player.seek(atS, true), [player]);
  const choice = useClasses(recordingOf(take), lanes, calmRevision, state.kind === 'done' || state.kind === 'stopped');
  const rulesOn = useLibraryState((now) => now.rules.on);
  const threshold = useCompareState((now) => now.threshold) ?? rulesOn;
  const gaps = useMemo(
    () => sharedGaps(take.gaps, lanes).map((gap) => ({ startS: gap.startS, endS: gap.endS, text: gapWords(gap) })),
    [take.gaps, lanes],
  );
  const hasVideo = take.info?.hasVideo === true && take.media !== null;
  const features = take.lanes[0]?.card?.features ?? null;
  const shortestChunkS = Math.min(...lanes.map(({ lane }) => chunkOf(lane.card)));
  const mids = choice.chosen.map(({ mid }) => mid);
  const hasSound = take.mel !== null || lanes.length > 0;

  const hasSomething = hasSound || state.kind === 'running';
  return (
    <>
      <div className="compare-player" data-video={hasVideo && player.status !== 'cannot'}>
        {/* There from the first moment on: the player listens to this very element. */}
        {take.kind === 'file' && <PlayerMedia player={player} hasVideo={hasVideo} />}
        {hasSomething && (
          <div className="compare-bar">
            {take.kind === 'file' && (
              <PlayerBar
                player={player}
                viewport={viewport}
                whyNone="The file itself is no longer there to be played."
              />
            )}
            <div className="compare-bar-end">
              <Zoom viewport={viewport} />
              <SavePng {...{ take, lanes, choice, threshold, viewport, gaps }} />
            </div>
          </div>
        )}
      </div>
      {hasSomething && (
        <>
          {!isListening && (
            <div className="compare-overview">
              <Overview
                viewport={viewport}
                wave={take.wave}
                revision={revision}
                dark={dark}
                heightPx={take.wave.count > 0 ? 44 : 20}
              />
            </div>
          )}
          <TimePlot
            viewport={viewport}
            label="Sound and scores of all lanes over time. Arrow keys move, plus and minus zoom, comma and full stop move the cursor by a chunk, Enter plays from it."
            dark={dark}
            onSeek={seek}
            gaps={gaps}
            {...(Number.isFinite(shortestChunkS) ? { cursorStepS: shortestChunkS } : {})}
          >
            <SpectrogramStrip mel={take.mel} hopS={take.hopS} revision={revision} features={features} />
            <Panels {...{ lanes, choice, threshold, revision }} />
          </TimePlot>
          {lanes.length > 0 && <Choices {...{ lanes, choice, threshold }} />}
          {lanes.length < take.lanes.length && <Silent take={take} lanes={lanes} />}
          <p className="quiet gesture-hint">{GESTURE_HINT}</p>
        </>
      )}
      {lanes.length > 0 && mids.length > 0 && (
        <div className="compare-numbers">
          <Numbers {...{ viewport, lanes, mids, threshold, calmRevision }} />
          <ReadoutTable viewport={viewport} lanes={lanes} mids={mids} threshold={threshold} />
        </div>
      )}
    </>
  );
}

/** Follows the take as it grows; while listening, the newest 30 s from the first moment on. */
function useTakeViewport(take: Take, revision: number, isListening: boolean): Viewport {
  const [viewport] = useState(() => createViewport(take.durationS));
  useEffect(() => {
    void revision;
    const melS = take.kind === 'live' && take.mel ? take.mel.endFrame * take.hopS : 0;
    const knownS = Math.max(take.durationS, take.readS, melS);
    const before = viewport.getState();
    const wasWhole = before.startS <= 0 && before.endS >= before.durationS;
    viewport.setDuration(isListening ? Math.max(LIVE_WINDOW_S, knownS) : knownS);
    if (isListening && wasWhole && knownS > LIVE_WINDOW_S && before.durationS <= LIVE_WINDOW_S) {
      viewport.show(knownS - LIVE_WINDOW_S, knownS);
    }
  }, [viewport, take, revision, isListening]);
  return viewport;
}

const chunkOf = (card: ReadyLane['lane']['card']): Seconds => (card ? delayOf(card) : Number.POSITIVE_INFINITY);

interface PanelsProps {
  readonly lanes: readonly ReadyLane[];
  readonly choice: ClassChoice;
  readonly threshold: Probability;
  readonly revision: number;
}

function Panels({ lanes, choice, threshold, revision }: PanelsProps) {
  const layout = useCompareState((state) => state.layout);
  const narrow = useMedia('(max-width: 720px)');
  const { chosen } = choice;
  // The list is made anew for every render of the view; what it holds is not.
  const key = chosen.map(({ mid, slot }) => `${mid}:${slot}`).join(' ');
  const rows = useMemo<TimelineRow[]>(
    () => (layout === 'class' ? byClass(lanes, choice) : byLane(lanes, choice)),
    [lanes, key, layout],
  );
  if (rows.length === 0 || chosen.length === 0) {
    return (
      <p className="quiet compare-nothing">
        {lanes.length === 0 ? 'No lane has said anything yet.' : 'No class stands out: search for one to compare.'}
      </p>
    );
  }
  const lines = Math.max(...rows.map((row) => row.lines.length));
  const rowPx = narrow ? 84 + (layout === 'lane' ? lines * 6 : 0) + 24 : Math.max(88, 40 + lines * 19);
  return <Timelines rows={rows} threshold={threshold} revision={revision} rowPx={rowPx} />;
}

const byClass = (lanes: readonly ReadyLane[], { chosen, remove }: ClassChoice): TimelineRow[] =>
  chosen.map(({ mid }) => {
    const speaking = lanes.filter((lane) => lane.indexOf(mid) !== undefined);
    const name = nameOfClass(lanes, mid);
    return {
      key: mid,
      name: (
        <PanelName
          title={
            <>
              <strong>{name}</strong>
              <RemoveButton name={name} onRemove={() => remove(mid)} />
            </>
          }
          lines={speaking.map((lane) => ({ lane, mid, slot: lane.slot, label: lane.label }))}
        />
      ),
      lines: speaking.map(({ scores, slot, indexOf }) => ({ scores, classIndex: indexOf(mid) ?? 0, slot })),
    };
  });

const byLane = (lanes: readonly ReadyLane[], { chosen, remove }: ClassChoice): TimelineRow[] =>
  lanes.map((lane) => {
    const known = chosen.filter(({ mid }) => lane.indexOf(mid) !== undefined);
    return {
      key: lane.lane.id,
      name: (
        <PanelName
          title={<strong>{lane.label}</strong>}
          lines={known.map(({ mid, slot }) => {
            const label = nameOfClass(lanes, mid);
            return { lane, mid, slot, label, ...(lane === lanes[0] ? { onRemove: () => remove(mid) } : {}) };
          })}
        />
      ),
      lines: known.map(({ mid, slot }) => ({ scores: lane.scores, classIndex: lane.indexOf(mid) ?? 0, slot })),
    };
  });

function Silent({ take, lanes }: { readonly take: Take; readonly lanes: readonly ReadyLane[] }) {
  const waiting = take.lanes.filter((lane) => lane.card && !lanes.some((ready) => ready.lane === lane));
  if (waiting.length === 0) return null;
  return (
    <p className="quiet">
      {waiting
        .map(({ card }) => `${card?.title} says its first word after ${chunkOf(card).toFixed(2)} s of sound.`)
        .join(' ')}
    </p>
  );
}

interface NumbersProps {
  readonly viewport: Viewport;
  readonly lanes: readonly ReadyLane[];
  readonly mids: readonly string[];
  readonly threshold: Probability;
  readonly calmRevision: number;
}

/** Apart, so that moving the window renders the table and nothing else. */
function Numbers({ viewport, lanes, mids, threshold, calmRevision }: NumbersProps) {
  const startS = useViewport(viewport, (state) => Math.round(state.startS * 10) / 10);
  const endS = useViewport(viewport, (state) => Math.round(state.endS * 10) / 10);
  const view = useCalm(
    useMemo<Span>(() => ({ startS, endS }), [startS, endS]),
    500,
  );
  return <StatsTable {...{ lanes, mids, threshold, view }} revision={calmRevision} />;
}

interface ChoicesProps {
  readonly lanes: readonly ReadyLane[];
  readonly choice: ClassChoice;
  readonly threshold: Probability;
}

/** What of it is compared, and how. */
function Choices({ lanes, choice, threshold }: ChoicesProps) {
  const layout = useCompareState((state) => state.layout);
  const percent = Math.round(threshold * 100);
  const setThreshold = (value: number): void => {
    if (Number.isFinite(value)) compareState.setState({ threshold: Math.min(95, Math.max(5, value)) / 100 });
  };
  return (
    <div className="compare-tools">
      <ClassAdder lanes={lanes} choice={choice} />
      {choice.isByHand && (
        <button type="button" onClick={choice.forget}>
          Back to the strongest
        </button>
      )}
      <div className="compare-threshold">
        <label htmlFor="compare-threshold">Threshold</label>
        <input
          id="compare-threshold"
          type="range"
          min={5}
          max={95}
          value={percent}
          aria-valuetext={(percent / 100).toFixed(2)}
          onChange={(event) => setThreshold(event.target.valueAsNumber)}
        />
        <output htmlFor="compare-threshold">{(percent / 100).toFixed(2)}</output>
      </div>
      <label className="compare-layout">
        <span>Panels</span>
        <select
          value={layout}
          onChange={(event) => compareState.setState({ layout: event.target.value === 'lane' ? 'lane' : 'class' })}
        >
          <option value="class">by class</option>
          <option value="lane">by lane</option>
        </select>
      </label>
    </div>
  );
}

interface SavePngProps extends ChoicesProps {
  readonly take: Take;
  readonly viewport: Viewport;
  readonly gaps: readonly PlotGap[];
}

function SavePng({ take, lanes, choice, threshold, viewport, gaps }: SavePngProps) {
  const layout = useCompareState((state) => state.layout);
  const range = useCompareState((state) => state.range);
  const [problem, setProblem] = useState<string | null>(null);
  const save = async (): Promise<void> => {
    try {
      // Only who asks for a picture pays for drawing it.
      const { comparePicture } = await import('./compare-png.ts');
      const { startS, endS, durationS } = viewport.getState();
      const window = { startS, endS: Math.min(endS, durationS) };
      const mids = choice.chosen.map(({ mid }) => mid);
      const comparison = compareAll(lanes, mids, threshold, range === 'view' ? window : undefined);
      const canvas = comparePicture({
        ...{ take, lanes, layout, threshold, window, gaps, comparison },
        chosen: choice.chosen,
        madeAt: new Date(),
      });
      await savePng(canvas, `${take.name.replace(/\.[^.]{1,5}$/, '')}.comparison`);
      setProblem(null);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <>
      <button type="button" className="small" disabled={lanes.length === 0} onClick={() => void save()}>
        Save PNG
      </button>
      {problem !== null && (
        <p className="warning" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}

function Zoom({ viewport }: { readonly viewport: Viewport }) {
  const startS = useViewport(viewport, (state) => Math.floor(state.startS * 10) / 10);
  const endS = useViewport(viewport, (state) => Math.floor(state.endS * 10) / 10);
  const durationS = useViewport(viewport, (state) => state.durationS);
  const isWhole = endS - startS >= durationS - 0.11;
  const zoom = (factor: number): void => {
    const { startS: fromS, endS: toS, playS } = viewport.getState();
    const isPlayInView = playS !== null && playS > fromS && playS < toS;
    viewport.zoomAt(isPlayInView ? playS : (fromS + toS) / 2, factor);
  };
  return (
    <div className="compare-zoom">
      <span>
        {formatTime(startS, 1)} to {formatTime(endS, 1)}
        <span className="quiet"> in view</span>
      </span>
      <button type="button" className="small" aria-label="Zoom out" disabled={isWhole} onClick={() => zoom(1 / 2)}>
        −
      </button>
      <button type="button" className="small" aria-label="Zoom in" onClick={() => zoom(2)}>
        +
      </button>
      <button type="button" className="small" disabled={isWhole} onClick={() => viewport.showAll()}>
        All
      </button>
    </div>
  );
}
