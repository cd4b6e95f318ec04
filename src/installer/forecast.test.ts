/** What is said beforehand, against what `npx tsx bench/install-memory.ts` measured in Chromium (docs/official-models.md). */
import { expect, test } from 'vitest';
import { forecast } from './forecast.ts';

/** MB: of the file, kept, held in memory at the most. */
const MEASURED = [
  ['fp32', 343, 343, 1326],
  ['fp16', 343, 172, 1640],
  ['int8', 343, 87, 1633],
  ['fp32', 22, 22, 222],
] as const;

test.each(MEASURED)(
  '%s of %d MB: at least what was measured, and not half as much again',
  (precision, file, kept, held) => {
    const { downloadBytes, storedBytes, storageBytes, memoryBytes } = forecast(file * 1e6, precision, true);
    expect(downloadBytes).toBe(file * 1e6);
    expect(storedBytes).toBeGreaterThanOrEqual(kept * 1e6);
    expect(storedBytes).toBeLessThan(kept * 1.5e6);
    // Download, the model as it came and, where it is another, as it is kept.
    expect(storageBytes).toBe(2 * file * 1e6 + (precision === 'fp32' ? 0 : storedBytes));
    expect(memoryBytes).toBeGreaterThanOrEqual(held * 1e6);
    expect(memoryBytes).toBeLessThan(held * 1.5e6);
  },
);

test('from disk nothing is downloaded', () => {
  expect(forecast(10, 'fp32', false)).toMatchObject({ downloadBytes: 0, storageBytes: 10 });
});
