/**
 * What one lane has said so far: every chunk's probabilities in typed arrays, read by time. Bounded: beyond `maxFrames` the
 * oldest go, a block at a time. Pure memory, any thread; `push` allocates one block every `blockFrames` chunks.
 * Frames have a sequence number that never changes while they are kept; times are stream seconds.
 */
import type { Probability, Seconds } from '../units.ts';
import type { TagFrame } from './tag-frame.ts';

export interface ScoreTimelineOptions {
  readonly classes: number;
  /** At least this many of the newest frames are kept: 12 000 chunks of 0.96 s are 3 h 12 min. */
  readonly maxFrames?: number;
  readonly blockFrames?: number;
}

/** A step of one class: `value` from `startS` to `endS`; null where nothing was scored. */
export interface ScoreSpan {
  readonly startS: Seconds;
  readonly endS: Seconds;
  readonly value: Probability | null;
}

export interface TimeSpan {
  readonly startS: Seconds;
  readonly endS: Seconds;
}

/** A timeline as plain tables. */
export interface ScoreSnapshot {
  readonly classes: number;
  /** Seconds, one per frame. */
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  /** Row-major [frames, classes], 0..1. */
  readonly values: Float32Array;
}

interface Block {
  /** Row-major [blockFrames, classes], 0..1. */
  readonly values: Float32Array;
  readonly starts: Float64Array;
  readonly ends: Float64Array;
}

/** Chunks closer than this belong together: well under one sample at 16 kHz. */
const TOUCHING_S = 1e-5;

export class ScoreTimeline {
  readonly classes: number;
  readonly #blockFrames: number;
  readonly #maxBlocks: number;
  #blocks: Block[] = [];
  /** Sequence number of the oldest frame kept, and one past the newest. */
  #from = 0;
  #to = 0;

  constructor(options: ScoreTimelineOptions) {
    const { classes, maxFrames = 12_000, blockFrames = 256 } = options;
    for (const [name, value] of Object.entries({ classes, maxFrames, blockFrames })) {
      if (!Number.isInteger(value) || value < 1)
        throw new RangeError(`${name} must be a positive integer, got ${value}`);
    }
    this.classes = classes;
    this.#blockFrames = blockFrames;
    this.#maxBlocks = Math.ceil(maxFrames / blockFrames) + 1;
  }

  /** A timeline of a snapshot's frames; its sequence numbers begin at 0. Throws RangeError when the tables do not fit each other. */
  static fromSnapshot({ classes, starts, ends, values }: ScoreSnapshot): ScoreTimeline {
    if (ends.length !== starts.length || values.length !== starts.length * classes) {
      throw new RangeError(
        `${starts.length} frames of ${classes} classes were expected, got ${ends.length} ends and ${values.length} values`,
      );
    }
    const timeline = new ScoreTimeline({ classes, maxFrames: Math.max(12_000, starts.length) });
    starts.forEach((startS, index) => {
      const probabilities = values.subarray(index * classes, (index + 1) * classes);
      timeline.push({ index, startS, endS: ends[index]!, probabilities });
    });
    return timeline;
  }

  /** All that is kept, in tables of its own: for storing. */
  snapshot(): ScoreSnapshot {
    const count = this.#to - this.#from;
    const values = new Float32Array(count * this.classes);
    const starts = new Float64Array(count);
    const ends = new Float64Array(count);
    for (let index = 0; index < count; index++) {
      values.set(this.row(this.#from + index), index * this.classes);
      starts[index] = this.startOf(this.#from + index);
      ends[index] = this.endOf(this.#from + index);
    }
    return { classes: this.classes, starts, ends, values };
  }

  /** Sequence number of the oldest frame kept. */
  get from(): number {
    return this.#from;
  }
  /** One past the sequence number of the newest frame; grows by one with each push. */
  get to(): number {
    return this.#to;
  }
  get startS(): Seconds {
    return this.#to === this.#from ? 0 : this.startOf(this.#from);
  }
  get endS(): Seconds {
    return this.#to === this.#from ? 0 : this.endOf(this.#to - 1);
  }

  /** Copies the frame in. Frames come in the order of time and do not overlap. */
  push(frame: TagFrame): void {
    const { startS, endS, probabilities } = frame;
    if (probabilities.length !== this.classes) {
      throw new RangeError(`a frame of ${this.classes} probabilities was expected, got ${probabilities.length}`);
    }
    if (!(endS > startS)) throw new RangeError(`a frame must end after it starts, got ${startS} to ${endS}`);
    if (this.#to > this.#from && startS < this.endS - TOUCHING_S) {
      throw new RangeError(`a frame must start at or after ${this.endS} s, where the last one ended, got ${startS}`);
    }
    const row = this.#to % this.#blockFrames;
    if (row === 0) {
      this.#blocks.push({
        values: new Float32Array(this.#blockFrames * this.classes),
        starts: new Float64Array(this.#blockFrames),
        ends: new Float64Array(this.#blockFrames),
      });
      if (this.#blocks.length > this.#maxBlocks) {
        this.#blocks.shift();
        this.#from += this.#blockFrames;
      }
    }
    const block = this.#blocks[this.#blocks.length - 1]!;
    block.values.set(probabilities, row * this.classes);
    block.starts[row] = startS;
    block.ends[row] = endS;
    this.#to += 1;
  }

  startOf(sequence: number): Seconds {
    const { block, row } = this.#place(sequence);
    return block.starts[row]!;
  }
  endOf(sequence: number): Seconds {
    const { block, row } = this.#place(sequence);
    return block.ends[row]!;
  }
  value(sequence: number, classIndex: number): Probability {
    const { block, row } = this.#place(sequence);
    if (!(classIndex >= 0 && classIndex < this.classes)) {
      throw new RangeError(`classIndex must be 0..${this.classes - 1}, got ${classIndex}`);
    }
    return block.values[row * this.classes + classIndex]!;
  }
  /** A view, not a copy: [classes]. */
  row(sequence: number): Float32Array {
    const { block, row } = this.#place(sequence);
    return block.values.subarray(row * this.classes, (row + 1) * this.classes);
  }

  /** The frame that sounds at `timeS`, or null in a gap and outside the history. */
  at(timeS: Seconds): number | null {
    const sequence = this.#firstEndingAfter(timeS);
    return sequence < this.#to && this.startOf(sequence) <= timeS ? sequence : null;
  }

  /** Sequence numbers [from, to) of the frames that touch the open interval `fromS`..`toS`. */
  range(fromS: Seconds, toS: Seconds): { readonly from: number; readonly to: number } {
    const from = this.#firstEndingAfter(fromS);
    let low = from;
    let high = this.#to;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.startOf(middle) < toS) low = middle + 1;
      else high = middle;
    }
    return { from, to: low };
  }

  /** Highest score of each class between the two times: [classes], zeros where nothing was scored. */
  peaks(fromS: Seconds, toS: Seconds): Float32Array {
    const peaks = new Float32Array(this.classes);
    const { from, to } = this.range(fromS, toS);
    for (let sequence = from; sequence < to; sequence++) {
      const row = this.row(sequence);
      for (let index = 0; index < this.classes; index++) {
        if (row[index]! > peaks[index]!) peaks[index] = row[index]!;
      }
    }
    return peaks;
  }

  /**
   * One class between two times as steps at true chunk spans. With more frames than `maxSpans`, neighbours are joined and the
   * highest score of each group stands for it, so a peak is never lost. Groups are cut at fixed sequence numbers (scrolling
   * does not make them shimmer) and never span a gap; a gap is a span of null.
   */
  series(classIndex: number, fromS: Seconds, toS: Seconds, maxSpans = 300): ScoreSpan[] {
    if (!(maxSpans >= 1)) throw new RangeError(`maxSpans must be at least 1, got ${maxSpans}`);
    const { from, to } = this.range(fromS, toS);
    const group = powerOfTwoAtLeast((to - from) / maxSpans);
    const spans: ScoreSpan[] = [];
    let open: { startS: Seconds; endS: Seconds; value: Probability; group: number } | null = null;
    for (let sequence = from; sequence < to; sequence++) {
      const startS = this.startOf(sequence);
      const value = this.value(sequence, classIndex);
      const ofGroup = Math.floor(sequence / group);
      if (open && open.group === ofGroup && startS - open.endS <= TOUCHING_S) {
        open.endS = this.endOf(sequence);
        open.value = Math.max(open.value, value);
        continue;
      }
      if (open) {
        spans.push({ startS: open.startS, endS: open.endS, value: open.value });
        if (startS - open.endS > TOUCHING_S) spans.push({ startS: open.endS, endS: startS, value: null });
      }
      open = { startS, endS: this.endOf(sequence), value, group: ofGroup };
    }
    if (open) spans.push({ startS: open.startS, endS: open.endS, value: open.value });
    return spans;
  }

  /** Stretches between frames that nothing was scored for. */
  gaps(fromS: Seconds, toS: Seconds): TimeSpan[] {
    const { from, to } = this.range(fromS, toS);
    const gaps: TimeSpan[] = [];
    for (let sequence = Math.max(from, this.#from + 1); sequence < Math.min(to + 1, this.#to); sequence++) {
      const startS = this.endOf(sequence - 1);
      const endS = this.startOf(sequence);
      if (endS - startS > TOUCHING_S && endS > fromS && startS < toS) gaps.push({ startS, endS });
    }
    return gaps;
  }

  clear(): void {
    this.#blocks = [];
    // Sequence numbers go on, so that a reader who remembers one never takes a new frame for an old one.
    this.#to = Math.ceil(this.#to / this.#blockFrames) * this.#blockFrames;
    this.#from = this.#to;
  }

  #firstEndingAfter(timeS: Seconds): number {
    let low = this.#from;
    let high = this.#to;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.endOf(middle) > timeS) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #place(sequence: number): { readonly block: Block; readonly row: number } {
    if (!(sequence >= this.#from && sequence < this.#to)) {
      throw new RangeError(`frame ${sequence} is not kept: the history holds ${this.#from} to ${this.#to - 1}`);
    }
    const offset = sequence - this.#from;
    return {
      block: this.#blocks[Math.floor(offset / this.#blockFrames)]!,
      row: offset % this.#blockFrames,
    };
  }
}

function powerOfTwoAtLeast(value: number): number {
  let power = 1;
  while (power < value) power *= 2;
  return power;
}
