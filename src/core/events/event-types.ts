/**
 * Words for events: a class that sounds from an onset to an offset, derived from stored scores by rules. Types only; the rules run
 * in derive-events.ts and never touch a model.
 */
import type { Probability, Seconds } from '../units.ts';

/** How the scores of one class become events. Applied in this order: median filter, thresholds, merge gap, minimum duration. */
export interface EventRule {
  /** A candidate becomes an event only if it reaches this score (0..1). */
  readonly on: Probability;
  /** It lasts as long as the score stays at or above this (0..1, at most `on`): hysteresis. */
  readonly off: Probability;
  /** Shorter events are rejected. */
  readonly minDurationS: Seconds;
  /** Events of one class that are closer than this become one. */
  readonly mergeGapS: Seconds;
  /** Length of the median filter over chunks, odd; 1 is none. */
  readonly medianChunks: number;
}

export interface EventRules extends EventRule {
  /** By mid: what differs for one class. */
  readonly perClass: Readonly<Record<string, Partial<EventRule>>>;
  /** Leave out an event that a more specific class of the same branch of the AudioSet tree explains (Bark explains Dog explains Animal). */
  readonly grouped: boolean;
}

export const DEFAULT_RULES: EventRules = {
  on: 0.5,
  off: 0.3,
  minDurationS: 0,
  mergeGapS: 0,
  medianChunks: 1,
  perClass: {},
  grouped: false,
};

export interface TagEvent {
  readonly classIndex: number;
  readonly mid: string;
  readonly name: string;
  readonly startS: Seconds;
  readonly endS: Seconds;
  /** Highest score within, and the middle of the chunk that had it. */
  readonly peak: Probability;
  readonly peakS: Seconds;
  /** Mean score of its chunks, weighted by their length. */
  readonly mean: Probability;
  readonly chunks: number;
}

/** Why a candidate is no event. */
export type RejectedBy =
  | 'on-threshold' // stayed above `off` but never reached `on`
  | 'median-filter' // reached `on` unfiltered, not filtered
  | 'min-duration'
  | 'grouped'; // a more specific class explains it

export interface RejectedCandidate extends TagEvent {
  readonly rule: RejectedBy;
  /** One plain sentence with the numbers: "peaked at 0.42, below 0.50". */
  readonly why: string;
}

export interface DerivedEvents {
  /** By onset, then by output row. */
  readonly events: readonly TagEvent[];
  /** By onset, then by output row. Only candidates worth a look: at least `off` and 0.05. */
  readonly rejected: readonly RejectedCandidate[];
}
