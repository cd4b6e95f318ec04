/**
 * A take fills as the engine tells: one event in, the take's numbers changed. No store, no React; used for files and for live
 * comparison alike.
 */
import type { ModelCard } from '../../core/model/card.ts';
import { MelHistory } from '../../core/scores/mel-history.ts';
import { ScoreTimeline } from '../../core/scores/score-timeline.ts';
import type { Seconds } from '../../core/units.ts';
import type { ClientEvent } from '../client/engine-client.ts';
import type { LaneSetup, Take, TakeLane } from './take.ts';
import { WaveEnvelope } from './wave-envelope.ts';

/** Days of sound; memory is taken as it is needed. */
const MAX_CHUNKS = 400_000;
/** Spectrogram columns are coarser beyond this length: a whole day is 70 MB. */
const FINE_MEL_S: Seconds = 3 * 3600;
const FRAMES_PER_S = 100;
/** Chunks closer than this touch. */
const TOUCHING_S = 1e-4;

let nextNumber = 1;

export interface NewTake {
  readonly name: string;
  readonly folder?: string;
  readonly kind: Take['kind'];
  readonly media: File | null;
  readonly setups: readonly LaneSetup[];
}

export function createTake({ name, folder = '', kind, media, setups }: NewTake): Take {
  return {
    id: `take-${nextNumber++}`,
    name,
    folder,
    kind,
    media,
    mediaStartS: 0,
    info: null,
    lanes: setups.map(emptyLane),
    mel: null,
    hopS: 0.01,
    wave: new WaveEnvelope(),
    gaps: [],
    readS: 0,
    durationS: 0,
  };
}

export const laneIdOf = (index: number): string => `lane-${index + 1}`;

const emptyLane = (setup: LaneSetup, index: number): TakeLane => ({
  id: laneIdOf(index),
  setup,
  card: null,
  backend: null,
  scores: null,
  computeMs: 0,
  scoredS: 0,
});

/** As new: for another try with the same file. */
export function emptyTake(take: Take): void {
  take.mel = null;
  take.wave.clear();
  take.gaps = [];
  take.readS = 0;
  take.durationS = 0;
  take.info = null;
  for (const lane of take.lanes) {
    lane.scores = null;
    lane.computeMs = 0;
    lane.scoredS = 0;
  }
}

export function openLane(take: Take, index: number, loaded: Pick<TakeLane, 'card' | 'backend'>): void {
  const lane = take.lanes[index];
  if (!lane) return;
  lane.card = loaded.card;
  lane.backend = loaded.backend;
  if (index === 0 && loaded.card) take.hopS = hopOf(loaded.card);
}

const hopOf = (card: ModelCard): Seconds => card.features.hopSamples / card.audio.sampleRateHz;

/** Has any lane said anything? */
export const hasScores = (take: Take): boolean =>
  take.lanes.some(({ scores }) => scores !== null && scores.to > scores.from);

/** True when the event was about this take's numbers. */
export function foldIntoTake(take: Take, event: ClientEvent): boolean {
  switch (event.type) {
    case 'file':
      take.info = event.info;
      take.durationS = event.info.durationS ?? 0;
      return true;
    case 'tags': {
      const lane = take.lanes.find(({ id }) => id === event.lane);
      if (!lane?.card) return false;
      lane.scores ??= new ScoreTimeline({
        classes: lane.card.labels.mids.length,
        maxFrames: MAX_CHUNKS,
        // Many short files must not each hold a large block.
        blockFrames: take.durationS > 0 && take.durationS < 120 ? 16 : 256,
      });
      // After an engine's restart the first chunk may reach back over the last one of before: its new part counts.
      const startS = Math.max(event.frame.startS, lane.scores.endS);
      if (event.frame.endS <= startS + TOUCHING_S) return false;
      lane.scores.push(startS === event.frame.startS ? event.frame : { ...event.frame, startS });
      lane.computeMs += event.timing.computeMs;
      lane.scoredS += event.frame.endS - startS;
      if (take.kind === 'live') reach(take, event.frame.endS);
      return true;
    }
    case 'mel': {
      const framesPerColumn = take.durationS > FINE_MEL_S ? 8 : 2;
      take.mel ??= new MelHistory({
        mels: event.mels,
        framesPerColumn,
        maxFrames: Math.max(FINE_MEL_S, take.durationS + 60) * FRAMES_PER_S,
      });
      take.mel.push(event.startFrame, event.frameCount, event.data);
      return true;
    }
    case 'progress':
      take.wave.push(event.peaks);
      reach(take, event.readS);
      return true;
    case 'gap':
      take.gaps = [...take.gaps, { startS: event.startS, endS: event.endS, reason: event.reason }];
      return true;
    default:
      return false;
  }
}

function reach(take: Take, timeS: Seconds): void {
  take.readS = Math.max(take.readS, timeS);
  take.durationS = Math.max(take.durationS, take.readS);
}
