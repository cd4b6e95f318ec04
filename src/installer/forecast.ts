/** What an installation will take, said before it begins. Pure; any thread. */
import type { Precision } from './installer.ts';

export interface Forecast {
  readonly downloadBytes: number;
  /** Of the browser's storage, for good. */
  readonly storedBytes: number;
  /** Of the browser's storage, while it is installed: the download, the model as it came and, where it is another, as it is kept. */
  readonly storageBytes: number;
  /** Of memory, at the most: while the finished model is run, and for a smaller form the one it came as, too. */
  readonly memoryBytes: number;
}

/** Of the file's bytes (docs/official-models.md; `forecast.test.ts` holds them to what was measured). */
const KEPT: Readonly<Record<Precision, number>> = { fp32: 1, fp16: 0.51, int8: 0.28 };

/** The runtime and a page around it, whatever the model. */
const RUNTIME_BYTES = 150e6;
/** Times the file, beside that (bench/install-memory.ts). */
const HELD = { asItCame: 3.5, smaller: 4.4 };

/** `bytes`: of the file, taken as float32, which makes the most of it that can come. */
export function forecast(bytes: number, precision: Precision, isPublished: boolean): Forecast {
  const downloadBytes = isPublished ? bytes : 0;
  const storedBytes = Math.ceil(bytes * KEPT[precision]);
  const staged = precision === 'fp32' ? bytes : bytes + storedBytes;
  const held = precision === 'fp32' ? HELD.asItCame : HELD.smaller;
  const memoryBytes = Math.ceil(RUNTIME_BYTES + held * bytes);
  return { downloadBytes, storedBytes, storageBytes: downloadBytes + staged, memoryBytes };
}
