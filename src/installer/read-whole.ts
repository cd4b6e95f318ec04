/** A file into one buffer, hashed on the way. Any thread. */
import { EarshotError } from '../core/errors.ts';
import { PART_BYTES, partsOf } from './file-store.ts';
import type { Hasher } from './hashes.ts';
import { letGo, withRoom } from './memory.ts';

/** A file from disk or from the browser's storage. */
export interface ByteSource {
  readonly name: string;
  readonly bytes: number;
  readonly stream: () => ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** Long work in pieces: what is asked of a step between two of them. */
export interface Pace {
  readonly signal: AbortSignal;
  /** Lets waiting messages in; without it a `cancel` is heard only at the end. */
  readonly turn: () => Promise<void>;
  readonly onBytes: (done: number) => void;
}

export const fileSource = (file: File): ByteSource => ({
  name: file.name,
  bytes: file.size,
  stream: () => file.stream(),
});

export async function pause({ signal, turn }: Pace): Promise<void> {
  await turn();
  if (signal.aborted) throw new EarshotError('cancelled', 'The installation was stopped.', { cause: signal.reason });
}

/** @throws EarshotError `out-of-memory`, `not-found` when the file is gone or shorter than it was, `cancelled`. */
export async function readWhole(
  source: ByteSource,
  hasher: Hasher | null,
  pace: Pace,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await withRoom(source.bytes, () => new Uint8Array(source.bytes));
  try {
    await fill(bytes, source, hasher, pace);
    return bytes;
  } catch (error) {
    letGo(bytes);
    throw error;
  }
}

async function fill(
  bytes: Uint8Array<ArrayBuffer>,
  source: ByteSource,
  hasher: Hasher | null,
  pace: Pace,
): Promise<void> {
  const gone = (cause?: unknown): EarshotError =>
    new EarshotError(
      'not-found',
      `${source.name} could not be read: it has changed or was taken away.`,
      cause === undefined ? {} : { cause },
    );
  let at = 0;
  let pausedAt = 0;
  const parts = partsOf(open(source, gone));
  for (;;) {
    const part = await parts.next().catch((cause: unknown) => {
      throw gone(cause);
    });
    if (part.done) break;
    if (at + part.value.length > bytes.length) throw gone();
    bytes.set(part.value, at);
    hasher?.update(part.value);
    at += part.value.length;
    if (at - pausedAt < PART_BYTES) continue;
    pausedAt = at;
    pace.onBytes(at);
    await pause(pace);
  }
  if (at !== bytes.length) throw gone();
  pace.onBytes(at);
  await pause(pace);
}

function open({ stream }: ByteSource, gone: (cause: unknown) => EarshotError): ReturnType<ByteSource['stream']> {
  try {
    return stream();
  } catch (cause) {
    throw gone(cause);
  }
}

/** Of what is in memory already. */
export async function hashOf(bytes: Uint8Array, hasher: Hasher, pace: Pace): Promise<string> {
  for (let at = 0; at < bytes.length; at += PART_BYTES) {
    hasher.update(bytes.subarray(at, at + PART_BYTES));
    await pause(pace);
  }
  return hasher.digest();
}
