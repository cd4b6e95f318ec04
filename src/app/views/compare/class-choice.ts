/** Which classes are compared: the strongest over all lanes until somebody chooses. Geometry of a list; pure. */
import type { ClassLabels } from '../../../core/scores/class-list.ts';
import type { ScoreTimeline } from '../../../core/scores/score-timeline.ts';
import { specificClasses } from '../../../core/scores/specific-classes.ts';
import type { Taxonomy } from '../../../core/scores/taxonomy.ts';
import type { Seconds } from '../../../core/units.ts';
import { SLOTS, strongest } from '../../store/row-choice.ts';

/** Peak and mean of every class of a lane, read on from where the last reading ended: what was counted is not counted again. */
export class ClassTally {
  /** [classes] */
  readonly peaks: Float32Array;
  readonly #scores: ScoreTimeline;
  /** Score times seconds, [classes]. */
  readonly #sums: Float64Array;
  #scoredS: Seconds = 0;
  #next: number;

  constructor(scores: ScoreTimeline) {
    this.#scores = scores;
    this.peaks = new Float32Array(scores.classes);
    this.#sums = new Float64Array(scores.classes);
    this.#next = scores.from;
  }

  read(): void {
    const scores = this.#scores;
    for (let sequence = Math.max(this.#next, scores.from); sequence < scores.to; sequence++) {
      const row = scores.row(sequence);
      const lengthS = scores.endOf(sequence) - scores.startOf(sequence);
      for (let index = 0; index < row.length; index++) {
        const value = row[index]!;
        if (value > this.peaks[index]!) this.peaks[index] = value;
        this.#sums[index]! += value * lengthS;
      }
      this.#scoredS += lengthS;
    }
    this.#next = scores.to;
  }

  mean(classIndex: number): number {
    return this.#scoredS > 0 ? this.#sums[classIndex]! / this.#scoredS : 0;
  }
}

export interface TalliedLane {
  readonly labels: ClassLabels;
  readonly tally: ClassTally;
}

/** General classes are only looked for among this many. */
const CANDIDATES = 40;

/**
 * How strong each class is, by mid: halfway between how high and how long, so that a short bark and a long rain both count; in the
 * lane that is surest of it. What a more specific class says already has none.
 */
export function classStrengths(lanes: readonly TalliedLane[], taxonomy: Taxonomy): ReadonlyMap<string, number> {
  const strengths = new Map<string, number>();
  for (const { labels, tally } of lanes) {
    for (const [index, mid] of labels.mids.entries()) {
      const strength = ((tally.peaks[index] ?? 0) + tally.mean(index)) / 2;
      if (strength > (strengths.get(mid) ?? 0)) strengths.set(mid, strength);
    }
  }
  const entries = [...strengths].map(([mid, score]) => ({ mid, score }));
  const values = Float32Array.from(entries, ({ score }) => score);
  const candidates = strongest(values, CANDIDATES).map((at) => entries[at]!);
  const kept = new Set(specificClasses(candidates, ({ mid }) => mid, taxonomy));
  for (const candidate of candidates) if (!kept.has(candidate)) strengths.set(candidate.mid, 0);
  return strengths;
}

/** A class that is compared. */
export interface Chosen {
  readonly mid: string;
  /** Number of its colour and dash where classes share a panel. */
  readonly slot: number;
}

/** More panels than this are no comparison. */
export const MOST_CLASSES = 6;

export function withClass(chosen: readonly Chosen[], mid: string): readonly Chosen[] {
  if (chosen.length >= MOST_CLASSES || chosen.some((one) => one.mid === mid)) return chosen;
  const used = new Set(chosen.map(({ slot }) => slot));
  let slot = 0;
  while (used.has(slot) && slot < SLOTS - 1) slot++;
  return [...chosen, { mid, slot }];
}

export const withoutClass = (chosen: readonly Chosen[], mid: string): readonly Chosen[] =>
  chosen.filter((one) => one.mid !== mid);
