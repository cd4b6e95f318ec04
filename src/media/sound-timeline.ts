/**
 * Puts decoded sound where its timestamps say, from second zero, and cuts it into even blocks. Any thread. Pure: no decoder, no file.
 * Sound before zero is cut, holes are filled with silence, overlaps are cut, so that sample n of the blocks is second n / rate of the
 * file. Holds under a second of sound.
 */
import type { Hertz, Seconds } from '../core/units.ts';

/** Sound as a decoder gave it. */
export interface SoundPiece {
  /** Where its first sample belongs; below zero for what an encoder put in front. */
  readonly startS: Seconds;
  /** Mono, -1..1. */
  readonly samples: Float32Array;
  readonly rateHz: Hertz;
  /** Channels that were mixed to one. */
  readonly channels: number;
}

export interface SoundBlock {
  /** Mono, -1..1. */
  readonly samples: Float32Array;
  readonly rateHz: Hertz;
  /** Channels that were mixed down. */
  readonly channels: number;
}

/** A hole or an overlap below this is rounding of timestamps and is left alone: the samples themselves are the better clock. */
const TOLERANCE_S: Seconds = 0.02;
/** Few messages, and first scores soon. */
const BLOCK_S: Seconds = 0.5;
/** Kept back so that the end can still be cut where the file says. Encoders pad by less. */
const HOLD_S: Seconds = 0.25;
/** Timestamps that go back by more have started anew (joined recordings); a hole longer than `MAX_HOLE_S` is a broken timestamp. */
const RESTART_S: Seconds = 1;
const MAX_HOLE_S: Seconds = 3600;

export class SoundTimeline {
  readonly #onNote: (atS: Seconds, text: string) => void;
  #rateHz: Hertz = 0;
  #channels = 1;
  /** Where the samples of the present rate begin, and how many of them are behind us, held ones included. */
  #baseS: Seconds = 0;
  #count = 0;
  /** Added to timestamps, once they started anew. */
  #shiftS: Seconds = 0;
  #started = false;
  #held: Float32Array[] = [];
  #heldCount = 0;

  constructor(onNote: (atS: Seconds, text: string) => void = () => {}) {
    this.#onNote = onNote;
  }

  /** Where the sound so far ends. */
  get endS(): Seconds {
    return this.#rateHz === 0 ? 0 : this.#baseS + this.#count / this.#rateHz;
  }

  /** Yields the blocks that are full now. A long hole comes block by block, never as a whole. */
  *push(piece: SoundPiece): Generator<SoundBlock> {
    if (piece.samples.length === 0) return;
    if (piece.rateHz !== this.#rateHz) yield* this.#changeRate(piece.rateHz);
    this.#channels = Math.max(this.#channels, piece.channels);

    let samples = piece.samples;
    let offset = Math.round((piece.startS + this.#shiftS - this.#baseS) * this.#rateHz) - this.#count;
    if (this.#started) {
      if (offset < -RESTART_S * this.#rateHz || offset > MAX_HOLE_S * this.#rateHz) {
        this.#shiftS -= offset / this.#rateHz;
        this.#onNote(this.endS, 'the time stamps jump; the sound goes on without a pause');
        offset = 0;
      }
      if (Math.abs(offset) <= TOLERANCE_S * this.#rateHz) offset = 0;
    }
    if (offset < 0) {
      samples = samples.subarray(Math.min(samples.length, -offset));
    } else if (offset > 0) {
      const seconds = offset / this.#rateHz;
      const words = this.#started ? 'are missing' : 'have no sound';
      if (seconds > TOLERANCE_S) this.#onNote(this.endS, `${seconds.toFixed(2)} s ${words}; silence stands in`);
      yield* this.#silence(offset);
    }
    if (samples.length === 0) return;
    this.#started = true;
    this.#keep(samples);
    yield* this.#full(HOLD_S);
  }

  /** The rest. `endS`: where the file says its sound ends; a tail beyond it is an encoder's padding and is cut. */
  *finish(endS: Seconds | null): Generator<SoundBlock> {
    if (endS !== null && this.#rateHz > 0) {
      const over = this.#count - Math.max(0, Math.round((endS - this.#baseS) * this.#rateHz));
      if (over > 0) this.#drop(Math.min(over, this.#heldCount));
    }
    yield* this.#full(0);
    yield* this.#rest();
  }

  *#changeRate(rateHz: Hertz): Generator<SoundBlock> {
    const endS = this.endS;
    if (this.#rateHz !== 0) {
      yield* this.#rest();
      this.#onNote(endS, `the rate changes from ${this.#rateHz} to ${rateHz} Hz`);
    }
    this.#baseS = endS;
    this.#count = 0;
    this.#rateHz = rateHz;
  }

  *#silence(count: number): Generator<SoundBlock> {
    const step = Math.ceil(BLOCK_S * this.#rateHz);
    for (let left = count; left > 0; left -= step) {
      this.#keep(new Float32Array(Math.min(step, left)));
      yield* this.#full(HOLD_S);
    }
  }

  #keep(samples: Float32Array): void {
    this.#held.push(samples);
    this.#heldCount += samples.length;
    this.#count += samples.length;
  }

  #drop(count: number): void {
    this.#count -= count;
    this.#heldCount -= count;
    for (let left = count; left > 0; ) {
      const last = this.#held.pop()!;
      if (last.length > left) this.#held.push(last.subarray(0, last.length - left));
      left -= last.length;
    }
  }

  *#full(holdS: Seconds): Generator<SoundBlock> {
    const length = Math.round(BLOCK_S * this.#rateHz);
    while (this.#heldCount >= length + holdS * this.#rateHz && this.#heldCount > 0) yield this.#take(length);
  }

  *#rest(): Generator<SoundBlock> {
    if (this.#heldCount > 0) yield this.#take(this.#heldCount);
  }

  /** The oldest `length` held samples, in an array of its own: receivers transfer it. */
  #take(length: number): SoundBlock {
    const samples = new Float32Array(length);
    let filled = 0;
    let used = 0;
    while (filled < length) {
      const next = this.#held[used]!;
      const wanted = length - filled;
      samples.set(next.length > wanted ? next.subarray(0, wanted) : next, filled);
      if (next.length > wanted) this.#held[used] = next.subarray(wanted);
      else used++;
      filled += Math.min(next.length, wanted);
    }
    this.#held.splice(0, used);
    this.#heldCount -= length;
    return { samples, rateHz: this.#rateHz, channels: this.#channels };
  }
}
