/**
 * The original's evaluation mode (SPEC section 6): one front-end call over everything, at `finish`. See framer.ts.
 * A stream with a gap is not whole: what came before the gap is given up, as a partial chunk is everywhere.
 */
import type { LogMel } from '../dsp/log-mel.ts';
import { EarshotError } from '../errors.ts';
import type { Framer } from './framer.ts';
import type { MelChunk } from './mel-chunk.ts';
import { SampleStore } from './sample-store.ts';
import { patchSamples, StreamClock } from './stream-clock.ts';

export class WholeFramer implements Framer {
  readonly #logMel: LogMel;
  readonly #clock = new StreamClock();
  readonly #store = new SampleStore();

  constructor(logMel: LogMel) {
    this.#logMel = logMel;
  }

  get unscoredSamples(): number {
    return this.#clock.unscoredSamples;
  }

  push(samples: Float32Array): MelChunk[] {
    this.#clock.heard(samples.length);
    this.#store.append(samples);
    return [];
  }

  finish(): MelChunk[] {
    if (this.#clock.finished) return [];
    this.#clock.finish();
    const { hopSamples } = this.#logMel;
    const sampleCount = this.#store.length;
    const needed = patchSamples(hopSamples);
    if (sampleCount < needed) {
      this.#store.release();
      throw new EarshotError(
        'too-short',
        `At least ${needed} samples (${needed / 16_000} s at 16 kHz) are needed to hear anything, got ${sampleCount}.`,
      );
    }
    const startSample = this.#clock.position - sampleCount;
    const data = this.#logMel.call(this.#store.view());
    this.#store.release();
    return [
      {
        data,
        frameCount: this.#logMel.frameCount(sampleCount),
        startFrame: Math.round(startSample / hopSamples),
        startSample,
        sampleCount,
        gapBefore: this.#clock.chunk(startSample, sampleCount),
      },
    ];
  }

  skip(lost: number): void {
    this.#clock.lost(lost);
    this.#store.clear();
  }

  reset(): void {
    this.#clock.reset();
    this.#store.release();
  }
}
