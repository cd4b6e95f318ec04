/**
 * Where a stream is, in model-rate samples since its start: a framer's bookkeeping. Whole numbers far below 2^53, so positions are
 * exact for any stream (24 h is 1.4e9 samples). Any thread.
 */
import { assert, EarshotError } from '../errors.ts';

/** One patch is 16 frames, which takes 15 hops of sound. */
export const PATCH_FRAMES = 16;
export const patchSamples = (hopSamples: number): number => (PATCH_FRAMES - 1) * hopSamples;

export class StreamClock {
  /** Samples since the start, lost ones included. */
  #position = 0;
  /** Where sound without a gap began. */
  #runStart = 0;
  #chunkEnd = 0;
  /** Samples that really came. */
  #heard = 0;
  #chunks = 0;
  #finished = false;

  get position(): number {
    return this.#position;
  }
  get runStart(): number {
    return this.#runStart;
  }
  get finished(): boolean {
    return this.#finished;
  }

  heard(samples: number): void {
    assert(!this.#finished, 'nothing is pushed after finish');
    this.#position += samples;
    this.#heard += samples;
  }

  /** A gap: what was not made into a chunk before it belongs to it. */
  lost(samples: number): void {
    if (!Number.isSafeInteger(samples) || samples < 0) {
      throw new RangeError(`lost must be a whole number of samples, 0 or more, got ${samples}`);
    }
    assert(!this.#finished, 'nothing is skipped after finish');
    this.#position += samples;
    this.#runStart = this.#position;
  }

  /** Books a chunk and returns the samples that are missing between the one before and it. */
  chunk(startSample: number, sampleCount: number): number {
    const gap = startSample - this.#chunkEnd;
    assert(gap >= 0, 'a chunk does not start before the last one ended');
    this.#chunkEnd = startSample + sampleCount;
    this.#chunks++;
    return gap;
  }

  finish(): void {
    this.#finished = true;
  }

  /** After `finish`: a stream that was too short for any chunk is an error that says so. */
  refuseTooShort(hopSamples: number): void {
    const needed = patchSamples(hopSamples);
    if (this.#chunks > 0 || this.#heard >= needed) return;
    throw new EarshotError(
      'too-short',
      `At least ${needed} samples (${needed / 16_000} s at 16 kHz) are needed to hear anything, got ${this.#heard}.`,
    );
  }

  get unscoredSamples(): number {
    return this.#position - Math.max(this.#runStart, this.#chunkEnd);
  }

  reset(): void {
    this.#position = 0;
    this.#runStart = 0;
    this.#chunkEnd = 0;
    this.#heard = 0;
    this.#chunks = 0;
    this.#finished = false;
  }
}
