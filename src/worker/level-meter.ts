/** Peak and RMS of what was heard since the last reading, in dB relative to full scale. */
import type { Decibels } from '../core/units.ts';

/** Digital silence: what a meter shows as its lowest. */
const FLOOR_DB = -100;

export class LevelMeter {
  #peak = 0;
  #energy = 0;
  #count = 0;

  add(samples: Float32Array): void {
    for (const sample of samples) {
      const size = Math.abs(sample);
      if (size > this.#peak) this.#peak = size;
      this.#energy += sample * sample;
    }
    this.#count += samples.length;
  }

  take(): { readonly peakDb: Decibels; readonly rmsDb: Decibels } {
    const peakDb = Math.max(FLOOR_DB, 20 * Math.log10(this.#peak));
    const rmsDb = this.#count === 0 ? FLOOR_DB : Math.max(FLOOR_DB, 10 * Math.log10(this.#energy / this.#count));
    this.#peak = 0;
    this.#energy = 0;
    this.#count = 0;
    return { peakDb, rmsDb };
  }
}
