/**
 * Files in the browser's own storage, as little of a file system as installing models needs. Two of them are real (`opfs-store.ts`,
 * `cache-store.ts`), one lives in memory for tests. Paths are names joined by `/`, without one at either end; names are letters,
 * digits, dots, dashes and underscores.
 */
import { EarshotError } from '../core/errors.ts';

export interface StoredFile {
  readonly path: string;
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
}

export interface FileStore {
  readonly kind: 'opfs' | 'cache';
  /** All files in a folder and in the folders in it, in no order. A folder that is not there has none. */
  list(folder: string): Promise<readonly StoredFile[]>;
  stat(path: string): Promise<StoredFile | null>;
  /** From its first byte; null when there is no such file. */
  read(path: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>> | null>;
  /** `new` replaces what is there. One writer a file. */
  write(path: string, mode: 'new' | 'append'): Promise<FileWriter>;
  /** A file. Replaces what is at `to`. */
  move(from: string, to: string): Promise<void>;
  /** A file, or a folder with all that is in it. What is not there need not be removed. */
  remove(path: string): Promise<void>;
}

export interface FileWriter {
  /** How long the file is, with what was written and is not yet closed. */
  readonly bytes: number;
  /** `part` may be used again afterwards. @throws EarshotError `storage-full`, `write-failed`; what was written before stays. */
  write(part: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Only now can all of it be read. */
  close(): Promise<void>;
}

/** How much is read or written between two looks at whether it is still wanted. */
export const PART_BYTES = 4 * 2 ** 20;

/** A browser says that its storage is full by a DOMException of this name, in old ones of an ordinary kind. */
const isFull = (error: unknown): boolean => error instanceof Error && error.name === 'QuotaExceededError';

/** What a store throws, in our words. */
export function storeError(error: unknown): EarshotError {
  if (error instanceof EarshotError) return error;
  if (isFull(error)) {
    return new EarshotError('storage-full', "This browser's storage for the page is full.", { cause: error });
  }
  const why = error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
  return new EarshotError('write-failed', `This browser's storage could not be used (${why}).`, { cause: error });
}

export async function readText(store: FileStore, path: string): Promise<string | null> {
  const stream = await store.read(path);
  return stream && new Response(stream).text();
}

export async function writeText(store: FileStore, path: string, text: string): Promise<void> {
  const writer = await store.write(path, 'new');
  try {
    await writer.write(new TextEncoder().encode(text));
  } finally {
    await writer.close();
  }
}

/** Not every browser can iterate a stream yet. */
export async function* partsOf(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      ended = done;
      if (done) return;
      yield value;
    }
  } finally {
    // A stream that nobody reads to its end holds its file open.
    if (!ended) await reader.cancel().catch(() => undefined);
    reader.releaseLock();
  }
}
