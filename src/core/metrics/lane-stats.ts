/**
 * One class in one lane over a stretch of time, in four numbers: when it was first said, how much of the time, how steadily and how
 * surely. They put the comparison of the SAT paper's Figure 2 (Dinkel et al., "Streaming Audio Transformers for Online Audio
 * Tagging", arXiv 2305.17834: a long water sound, heard with delays of 1, 2 and 10 s) into figures for any recording. Pure; any thread.
 */
import type { ScoreTimeline } from '../scores/score-timeline.ts';
import type { Probability, Seconds } from '../units.ts';

export interface LaneStats {
  /** The moment the model could first have said it: the end of the first chunk at or above the threshold. Null if there is none. */
  readonly firstDetectionS: Seconds | null;
  /** The whole of that chunk. */
  readonly firstChunk: { readonly startS: Seconds; readonly endS: Seconds } | null;
  /** Share of the scored time at or above the threshold, 0..1; 0 when nothing was scored. */
  readonly shareAbove: number;
  /** How often the score crosses the threshold, either way, from one chunk to the next. Lost sound between is no crossing. */
  readonly crossings: number;
  /** Crossings per minute of scored time; 0 when nothing was scored. */
  readonly flickerPerMinute: number;
  /** Mean score over the scored time; null when nothing was scored. */
  readonly mean: Probability | null;
  /** Time within the range that was scored. */
  readonly scoredS: Seconds;
}

/** Chunks closer than this touch, as in ScoreTimeline. */
const TOUCHING_S: Seconds = 1e-5;

/** A chunk that lies partly within `fromS`..`toS` counts with that part. */
export function laneStats(
  scores: ScoreTimeline,
  classIndex: number,
  threshold: Probability,
  fromS: Seconds = scores.startS,
  toS: Seconds = scores.endS,
): LaneStats {
  if (!(Number.isInteger(classIndex) && classIndex >= 0 && classIndex < scores.classes)) {
    throw new RangeError(`classIndex must be a whole number from 0 to ${scores.classes - 1}, got ${classIndex}`);
  }
  if (!(threshold >= 0 && threshold <= 1)) {
    throw new RangeError(`threshold must be a number from 0 to 1, got ${threshold}`);
  }
  if (!(toS >= fromS)) throw new RangeError(`toS must not be before fromS, got ${fromS} to ${toS}`);
  // Scores are kept as float32: 0.7 reaches 0.7.
  const least = Math.fround(threshold);
  const { from, to } = scores.range(fromS, toS);
  let firstChunk: LaneStats['firstChunk'] = null;
  let crossings = 0;
  let aboveS = 0;
  let sum = 0;
  let scoredS = 0;
  let wasAbove: boolean | null = null;
  for (let sequence = from; sequence < to; sequence++) {
    const startS = scores.startOf(sequence);
    const endS = scores.endOf(sequence);
    const value = scores.value(sequence, classIndex);
    const isAbove = value >= least;
    const lengthS = Math.min(endS, toS) - Math.max(startS, fromS);
    if (!(lengthS > 0)) continue;
    scoredS += lengthS;
    sum += value * lengthS;
    if (isAbove) {
      aboveS += lengthS;
      firstChunk ??= { startS, endS };
    }
    if (sequence > from && startS - scores.endOf(sequence - 1) > TOUCHING_S) wasAbove = null;
    if (wasAbove !== null && wasAbove !== isAbove) crossings += 1;
    wasAbove = isAbove;
  }
  return {
    firstDetectionS: firstChunk?.endS ?? null,
    firstChunk,
    shareAbove: scoredS > 0 ? aboveS / scoredS : 0,
    crossings,
    flickerPerMinute: scoredS > 0 ? crossings / (scoredS / 60) : 0,
    mean: scoredS > 0 ? sum / scoredS : null,
    scoredS,
  };
}
