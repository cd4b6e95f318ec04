/** The original script's framing (SPEC section 8): each chunk is framed, reflected and clamped on its own. See framer.ts. */
import type { LogMel } from '../dsp/log-mel.ts';
import type { Framer } from './framer.ts';
import type { MelChunk } from './mel-chunk.ts';
import { SampleStore } from './sample-store.ts';
import { patchSamples, StreamClock } from './stream-clock.ts';

export class PerChunkFramer implements Framer {
  readonly #logMel: LogMel;
  readonly #chunkSamples: number;
  readonly #clock = new StreamClock();
  readonly #store = new SampleStore();

  constructor(logMel: LogMel, chunkSamples: number) {
    const least = patchSamples(logMel.hopSamples);
    if (!Number.isSafeInteger(chunkSamples) || chunkSamples < least) {
      throw new RangeError(`chunkSamples must be a whole number of at least ${least}, got ${chunkSamples}`);
    }
    this.#logMel = logMel;
    this.#chunkSamples = chunkSamples;
  }

  get unscoredSamples(): number {
    return this.#clock.unscoredSamples;
  }

  push(samples: Float32Array): MelChunk[] {
    const chunks: MelChunk[] = [];
    for (let start = 0; start < samples.length; ) {
      const block = samples.subarray(start, start + this.#chunkSamples - this.#store.length);
      this.#clock.heard(block.length);
      this.#store.append(block);
      start += block.length;
      if (this.#store.length === this.#chunkSamples) chunks.push(this.#emit());
    }
    return chunks;
  }

  finish(): MelChunk[] {
    if (this.#clock.finished) return [];
    const tail = this.#store.length >= patchSamples(this.#logMel.hopSamples) ? [this.#emit()] : [];
    this.#store.release();
    this.#clock.finish();
    this.#clock.refuseTooShort(this.#logMel.hopSamples);
    return tail;
  }

  skip(lost: number): void {
    this.#clock.lost(lost);
    this.#store.clear();
  }

  reset(): void {
    this.#clock.reset();
    this.#store.release();
  }

  #emit(): MelChunk {
    const sampleCount = this.#store.length;
    const startSample = this.#clock.position - sampleCount;
    const data = this.#logMel.call(this.#store.view());
    this.#store.clear();
    return {
      data,
      frameCount: this.#logMel.frameCount(sampleCount),
      startFrame: Math.round(startSample / this.#logMel.hopSamples),
      startSample,
      sampleCount,
      gapBefore: this.#clock.chunk(startSample, sampleCount),
    };
  }
}
