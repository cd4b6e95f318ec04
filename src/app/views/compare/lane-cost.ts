/** What a lane costs, from what was measured while it ran. Pure. */
import type { Milliseconds, Seconds } from '../../../core/units.ts';
import type { TakeLane } from '../../store/take.ts';
import { modelOfLane } from './lane-words.ts';

export interface LaneCost {
  /** Times the model was run. */
  readonly runs: number;
  readonly msPerRun: Milliseconds;
  /** Milliseconds of computing per second of sound. */
  readonly msPerSecond: number;
  /** Computing per sound, both in seconds: 0.05 is a twentieth of the time there is. */
  readonly shareOfRealTime: number;
}

/** Null before the first word. */
export function laneCost({ scores, computeMs, scoredS }: TakeLane): LaneCost | null {
  const runs = scores ? scores.to - scores.from : 0;
  if (runs === 0 || !(scoredS > 0)) return null;
  return {
    runs,
    msPerRun: computeMs / runs,
    msPerSecond: computeMs / scoredS,
    shareOfRealTime: computeMs / 1000 / scoredS,
  };
}

export interface RecomputeCost {
  /** 10 = ten times the work of one run per window. */
  readonly times: number;
  /**
   * `measured`: against a lane that ran the same model once per window, side by side. `counted`: there was no such lane, so its runs
   * are counted against the runs that one per window would have taken over the same sound.
   */
  readonly how: 'measured' | 'counted';
  /** Runs one per window would have taken; of `counted`. */
  readonly windowRuns: number;
}

/**
 * What recomputing every second costs against one run per window; null for lanes that do not. `others`: lanes of the same take; two
 * runs at different times are no fair race, since the machine had other things to do in one of them.
 */
export function recomputeCost(lane: TakeLane, others: readonly TakeLane[]): RecomputeCost | null {
  const model = modelOfLane(lane);
  const own = laneCost(lane);
  if (model?.family !== 'full-context' || lane.setup.run.recompute !== 'second' || !own) return null;
  const windowRuns = windowsIn(lane.scoredS, model.delayS);
  for (const other of others) {
    if (other.setup.modelId !== lane.setup.modelId || other.setup.run.recompute !== 'window') continue;
    if (other.backend?.label !== lane.backend?.label || other.card?.sha256 !== lane.card?.sha256) continue;
    const cost = laneCost(other);
    if (cost && cost.msPerSecond > 0) return { times: own.msPerSecond / cost.msPerSecond, how: 'measured', windowRuns };
  }
  return { times: own.runs / windowRuns, how: 'counted', windowRuns };
}

/** A last piece of a window is a run too. */
const windowsIn = (soundS: Seconds, windowS: Seconds): number => Math.max(1, Math.ceil(soundS / windowS - 1e-6));

/** "12.4 ms of computing per second of sound, 10.1 × the work of one word per 10 s" */
export function costWords(lane: TakeLane, others: readonly TakeLane[]): string | null {
  const own = laneCost(lane);
  const cost = recomputeCost(lane, others);
  const model = modelOfLane(lane);
  if (!own || !cost || !model) return null;
  const perSecond = `${significant(own.msPerSecond)} ms of computing per second of sound`;
  const against = `${cost.times.toFixed(1)} × the work of one word per ${Math.round(model.delayS)} s`;
  const how =
    cost.how === 'measured'
      ? 'measured side by side'
      : `${own.runs} runs where ${cost.windowRuns} would do; a lane of each measures it`;
  return `${perSecond}, ${against} (${how}).`;
}

/** "24 ms per word, 2.5 % of real time" */
export function speedWords(lane: TakeLane): string | null {
  const cost = laneCost(lane);
  if (!cost) return null;
  return `${significant(cost.msPerRun)} ms per word, ${significant(100 * cost.shareOfRealTime)} % of real time`;
}

/** Two digits that say something: 0.12, 3.4, 57, 1234. */
export const significant = (value: number): string =>
  value >= 10 ? String(Math.round(value)) : String(Number(value.toPrecision(2)));
