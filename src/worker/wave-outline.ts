/** The outline of what was heard: lowest and highest sample of each 20 ms, one byte each, taken a stretch at a time. */
import { WAVE_STEP_S } from '../core/protocol/messages.ts';
import type { Hertz, Seconds } from '../core/units.ts';

const byteOf = (sample: number): number => Math.max(-127, Math.min(127, Math.round(sample * 127)));

export class WaveOutline {
  #pairs: number[] = [];
  /** Pairs completed since the start, and the time that the sound so far reaches to. */
  #done = 0;
  #timeS: Seconds = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  push(samples: Float32Array, rateHz: Hertz): void {
    const startS = this.#timeS;
    this.#timeS += samples.length / rateHz;
    for (let at = 0; ; ) {
      // Pairs are cut at whole multiples of the step, whatever the rate and the blocks.
      const boundary = Math.round(((this.#done + 1) * WAVE_STEP_S - startS) * rateHz);
      for (const end = Math.min(samples.length, boundary); at < end; at++) {
        const sample = samples[at]!;
        if (sample < this.#min) this.#min = sample;
        if (sample > this.#max) this.#max = sample;
      }
      if (boundary > samples.length) return;
      this.#close();
    }
  }

  /** Sound that never came: a flat line. */
  skip(lengthS: Seconds): void {
    this.#timeS += lengthS;
    while ((this.#done + 1) * WAVE_STEP_S <= this.#timeS + 1e-9) this.#close();
  }

  /** [min, max] pairs in -127..127 since the last call. */
  take(): Int8Array<ArrayBuffer> {
    const pairs = Int8Array.from(this.#pairs);
    this.#pairs = [];
    return pairs;
  }

  reset(): void {
    this.#pairs = [];
    this.#done = 0;
    this.#timeS = 0;
    this.#min = Number.POSITIVE_INFINITY;
    this.#max = Number.NEGATIVE_INFINITY;
  }

  #close(): void {
    const silent = this.#max < this.#min;
    this.#pairs.push(silent ? 0 : byteOf(this.#min), silent ? 0 : byteOf(this.#max));
    this.#done++;
    this.#min = Number.POSITIVE_INFINITY;
    this.#max = Number.NEGATIVE_INFINITY;
  }
}
