/** The check at the public edge, so that no inner loop needs one. Any thread; allocates nothing. */
import { EarshotError } from '../errors.ts';

/** Throws `bad-samples` naming the first value that is NaN or infinite. `samples`: mono, any rate, any length. */
export function assertFinite(samples: Float32Array): void {
  for (let i = 0; i < samples.length; i++) {
    const value = samples[i]!;
    // Infinity - Infinity and NaN - NaN are NaN; every other difference with itself is 0.
    if (value - value !== 0) {
      throw new EarshotError(
        'bad-samples',
        `Sound samples must be finite numbers in -1..1, got ${value} at index ${i} of ${samples.length}.`,
      );
    }
  }
}
