/** The outline of a waveform: lowest and highest sample of each step, one byte each. 3 h are 1 MB. Pure memory, any thread. */
import { WAVE_STEP_S } from '../../core/protocol/messages.ts';
import type { Seconds } from '../../core/units.ts';

export class WaveEnvelope {
  /** [min, max] pairs in -127..127, one pair each WAVE_STEP_S. */
  #pairs = new Int8Array(2048);
  #count = 0;

  /** Pairs so far. */
  get count(): number {
    return this.#count;
  }
  get endS(): Seconds {
    return this.#count * WAVE_STEP_S;
  }

  /** `pairs`: as in the `progress` announcement; copied. */
  push(pairs: Int8Array): void {
    const used = this.#count * 2;
    if (used + pairs.length > this.#pairs.length) {
      const larger = new Int8Array(Math.max(this.#pairs.length * 2, used + pairs.length));
      larger.set(this.#pairs.subarray(0, used));
      this.#pairs = larger;
    }
    this.#pairs.set(pairs, used);
    this.#count += pairs.length >> 1;
  }

  /** Lowest and highest value between two times, each -1..1; null where nothing was heard. */
  range(fromS: Seconds, toS: Seconds): { readonly min: number; readonly max: number } | null {
    const from = Math.max(0, Math.floor(fromS / WAVE_STEP_S));
    const to = Math.min(this.#count, Math.max(from + 1, Math.ceil(toS / WAVE_STEP_S)));
    if (from >= to) return null;
    let min = 127;
    let max = -127;
    for (let index = from; index < to; index++) {
      const low = this.#pairs[index * 2]!;
      const high = this.#pairs[index * 2 + 1]!;
      if (low < min) min = low;
      if (high > max) max = high;
    }
    return { min: min / 127, max: max / 127 };
  }

  /** All pairs so far, a copy: for storing; `push` takes them back. */
  pairs(): Int8Array<ArrayBuffer> {
    return this.#pairs.slice(0, this.#count * 2);
  }

  clear(): void {
    this.#count = 0;
  }
}
