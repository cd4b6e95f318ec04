/**
 * Highest scores over ever longer stretches, so that hours are drawn in milliseconds and no peak is lost: the class × time picture
 * asks for the maximum of each pixel column, whatever its width. Bytes, 9 % of the timeline's memory; grows with it. Main thread.
 */
import type { ScoreTimeline } from '../../../core/scores/score-timeline.ts';
import type { Probability, Seconds } from '../../../core/units.ts';

/** Frames in a bucket of the lowest level; fewer are read from the timeline itself. */
const BASE = 8;
/** Frames taken in by one call of `update`: about 4 ms. */
const FRAMES_PER_UPDATE = 2000;

/** 0 is "not scored", 1 to 255 are scores 0 to 1. Rounds up: a byte is never below its score. */
export const byteOf = (score: Probability): number => 1 + Math.ceil(Math.min(1, Math.max(0, score)) * 254);
export const scoreOf = (byte: number): Probability => Math.max(0, byte - 1) / 254;

export class ScorePyramid {
  readonly #scores: ScoreTimeline;
  readonly #classes: number;
  /** Level k: [buckets, classes], a bucket being BASE · 2^k frames. */
  readonly #levels: Uint8Array[] = [];
  /** Times of the frames, by sequence minus `#origin`. */
  #starts = new Float64Array(1024);
  #ends = new Float64Array(1024);
  #origin = 0;
  #to = 0;
  /** Highest score of each class so far: [classes]. */
  readonly peaks: Float32Array;

  constructor(scores: ScoreTimeline) {
    this.#scores = scores;
    this.#classes = scores.classes;
    this.peaks = new Float32Array(scores.classes);
    this.#restart();
  }

  /** One past the newest frame taken in. */
  get to(): number {
    return this.#to;
  }
  get from(): number {
    return Math.max(this.#origin, this.#scores.from);
  }

  /** Takes in what was scored since the last call; false when there is more, for another frame of the page. */
  update(maxFrames = FRAMES_PER_UPDATE): boolean {
    if (this.#scores.from > this.#to) this.#restart();
    const begin = this.#to;
    const end = Math.min(this.#scores.to, begin + maxFrames);
    if (end === begin) return true;
    this.#reserve(end - this.#origin);
    const base = this.#level(0, end);
    for (let sequence = begin; sequence < end; sequence++) {
      const row = this.#scores.row(sequence);
      const offset = sequence - this.#origin;
      this.#starts[offset] = this.#scores.startOf(sequence);
      this.#ends[offset] = this.#scores.endOf(sequence);
      const at = Math.floor(offset / BASE) * this.#classes;
      for (let index = 0; index < this.#classes; index++) {
        const value = row[index]!;
        if (value > this.peaks[index]!) this.peaks[index] = value;
        const byte = 1 + Math.ceil(value * 254);
        if (byte > base[at + index]!) base[at + index] = byte;
      }
    }
    this.#to = end;
    this.#lift(begin - this.#origin, end);
    return end === this.#scores.to;
  }

  /**
   * Frames [from, to) that sound within `fromS`..`toS`; equal when nothing was scored there. Searches onwards from `hint`, the `from`
   * of an earlier time.
   */
  framesAt(fromS: Seconds, toS: Seconds, hint = this.from): { readonly from: number; readonly to: number } {
    const from = this.#firstWhere(this.#ends, hint, fromS, true);
    return { from, to: this.#firstWhere(this.#starts, from, toS, false) };
  }

  /**
   * Highest score of each of `classes` in frames [from, to), as bytes into `into`. Wide ranges may reach over their edges by less
   * than a quarter of their length on either side: less than a pixel, never less than the range.
   */
  maxima(classes: Uint16Array, from: number, to: number, into: Uint8Array): void {
    into.fill(0);
    if (to <= from) return;
    const span = to - from;
    if (span < BASE * 2) {
      for (let sequence = from; sequence < to; sequence++) {
        const row = this.#scores.row(sequence);
        for (let place = 0; place < classes.length; place++) {
          const byte = 1 + Math.ceil(row[classes[place]!]! * 254);
          if (byte > into[place]!) into[place] = byte;
        }
      }
      return;
    }
    let level = 0;
    while (level + 1 < this.#levels.length && BASE * 2 ** (level + 1) <= span / 4) level++;
    const size = BASE * 2 ** level;
    const cells = this.#levels[level]!;
    const last = Math.floor((to - 1 - this.#origin) / size);
    for (let bucket = Math.floor((from - this.#origin) / size); bucket <= last; bucket++) {
      const at = bucket * this.#classes;
      for (let place = 0; place < classes.length; place++) {
        const byte = cells[at + classes[place]!]!;
        if (byte > into[place]!) into[place] = byte;
      }
    }
  }

  /** When a class first scored at least this much; null when it never did. */
  firstReach(classIndex: number, score: Probability): Seconds | null {
    if (this.peaks[classIndex]! < score) return null;
    const cells = this.#levels[0];
    const least = 1 + Math.ceil(score * 254);
    for (let bucket = 0; cells && bucket * BASE < this.#to - this.#origin; bucket++) {
      if (cells[bucket * this.#classes + classIndex]! < least) continue;
      const begin = Math.max(this.#scores.from, this.#origin + bucket * BASE);
      for (let sequence = begin; sequence < Math.min(this.#to, begin + BASE); sequence++) {
        if (this.#scores.value(sequence, classIndex) >= score) return this.#scores.startOf(sequence);
      }
    }
    return null;
  }

  #restart(): void {
    this.#origin = this.#scores.from;
    this.#to = this.#scores.from;
    this.#levels.length = 0;
    this.peaks.fill(0);
  }

  /** The levels above, where frames from `offset` on were added. */
  #lift(offset: number, end: number): void {
    const frames = end - this.#origin;
    for (let k = 1; BASE * 2 ** k < frames * 2; k++) {
      const below = this.#levels[k - 1]!;
      const cells = this.#level(k, end);
      const size = BASE * 2 ** k;
      const children = Math.ceil(frames / (size / 2));
      for (let bucket = Math.floor(offset / size); bucket * size < frames; bucket++) {
        for (let child = bucket * 2; child < Math.min(children, bucket * 2 + 2); child++) {
          for (let index = 0; index < this.#classes; index++) {
            const byte = below[child * this.#classes + index]!;
            if (byte > cells[bucket * this.#classes + index]!) cells[bucket * this.#classes + index] = byte;
          }
        }
      }
    }
  }

  #level(k: number, end: number): Uint8Array {
    const needed = Math.ceil((end - this.#origin) / (BASE * 2 ** k)) * this.#classes;
    const there = this.#levels[k];
    if (there && there.length >= needed) return there;
    const made = new Uint8Array(Math.max(needed, (there?.length ?? 0) * 2, 16 * this.#classes));
    if (there) made.set(there);
    this.#levels[k] = made;
    return made;
  }

  #reserve(count: number): void {
    if (count <= this.#starts.length) return;
    const length = Math.max(count, this.#starts.length * 2);
    const grown = (old: Float64Array): Float64Array<ArrayBuffer> => {
      const made = new Float64Array(length);
      made.set(old);
      return made;
    };
    this.#starts = grown(this.#starts);
    this.#ends = grown(this.#ends);
  }

  /** First frame from `low` on whose time is past (`strictly`) or at least `timeS`. */
  #firstWhere(times: Float64Array, hint: number, timeS: Seconds, strictly: boolean): number {
    const isThere = (sequence: number): boolean => {
      const time = times[sequence - this.#origin]!;
      return strictly ? time > timeS : time >= timeS;
    };
    let low = Math.max(hint, this.from);
    // Galloping: neighbours in time are asked for one after the other.
    let step = 1;
    let high = low;
    while (high < this.#to && !isThere(high)) {
      low = high + 1;
      high = Math.min(this.#to, high + step);
      step *= 2;
    }
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isThere(middle)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
