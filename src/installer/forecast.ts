/** What an installation will take, said before it begins. Pure; any thread. */
import type { Precision } from './installer.ts';

export interface Forecast {
  readonly downloadBytes: number;
  /** Of the browser's storage, for good. */
  readonly storedBytes: number;
  /** Of the browser's storage, while it is installed: the download, the model as it came and, where it is another, as it is kept. */
  readonly storageBytes: number;
  /** Of memory, at the most. */
  readonly memoryBytes: number;
}

/** Of the file's bytes; measured on the published sizes (`forecast.test.ts` holds them). */
const KEPT: Readonly<Record<Precision, number>> = { fp32: 1, fp16: 0.51, int8: 0.28 };

/** `bytes`: of the file, taken as float32, which makes the most of it that can come. */
export function forecast(bytes: number, precision: Precision, isPublished: boolean): Forecast {
  const downloadBytes = isPublished ? bytes : 0;
  const storedBytes = Math.ceil(bytes * KEPT[precision]);
  const staged = precision === 'fp32' ? bytes : bytes + storedBytes;
  return { downloadBytes, storedBytes, storageBytes: downloadBytes + staged, memoryBytes: 2 * bytes };
}
