/**
 * Mean and peak of every class over a whole recording, kept up with as chunks come: each chunk is read once, so that hours cost no
 * more per update than seconds. Pure memory.
 */
import type { ScoreTimeline } from '../../../core/scores/score-timeline.ts';
import type { Probability, Seconds } from '../../../core/units.ts';

export class ClassTotals {
  readonly #scores: ScoreTimeline;
  /** Score times seconds, [classes]. */
  readonly #sums: Float64Array;
  /** [classes], 0..1. */
  readonly #peaks: Float32Array;
  #seconds: Seconds = 0;
  #next: number;

  constructor(scores: ScoreTimeline) {
    this.#scores = scores;
    this.#sums = new Float64Array(scores.classes);
    this.#peaks = new Float32Array(scores.classes);
    this.#next = scores.from;
  }

  /** Belongs to this table, which has not been emptied since. */
  follows(scores: ScoreTimeline): boolean {
    return scores === this.#scores && (this.isEmpty ? scores.from <= this.#next : scores.from < this.#next);
  }

  /** Reads up to `most` chunks. True when there are no more. */
  update(most = Number.POSITIVE_INFINITY): boolean {
    const scores = this.#scores;
    const end = Math.min(scores.to, this.#next + most);
    for (; this.#next < end; this.#next++) {
      const row = scores.row(this.#next);
      const lengthS = scores.endOf(this.#next) - scores.startOf(this.#next);
      this.#seconds += lengthS;
      for (let index = 0; index < row.length; index++) {
        const score = row[index]!;
        this.#sums[index]! += score * lengthS;
        if (score > this.#peaks[index]!) this.#peaks[index] = score;
      }
    }
    return this.#next === scores.to;
  }

  get isEmpty(): boolean {
    return this.#seconds === 0;
  }
  peakOf(classIndex: number): Probability {
    return this.#peaks[classIndex]!;
  }
  meanOf(classIndex: number): Probability {
    return this.#seconds === 0 ? 0 : this.#sums[classIndex]! / this.#seconds;
  }
}
