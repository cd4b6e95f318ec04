/** Large buffers: asked for with a sentence for when there is no room, and let go at once. Any thread. */
import { EarshotError } from '../core/errors.ts';

/** What engines say when a buffer cannot be had: V8, SpiderMonkey, JavaScriptCore. */
const NO_ROOM = /allocation|out of memory|array length|too large/i;

const isNoRoom = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === 'RangeError' || error.name === 'InternalError') &&
  NO_ROOM.test(error.message);

/** Runs what makes large buffers. @throws EarshotError `out-of-memory` naming how much was wanted. */
export async function withRoom<T>(bytes: number, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!isNoRoom(cause)) throw cause;
    throw new EarshotError(
      'out-of-memory',
      `This browser gave no memory for ${(bytes / 1e6).toFixed(0)} MB. Close other tabs, or take a smaller model.`,
      { cause },
    );
  }
}

/** Not when the collector comes by: the next large buffer may be asked for before that. Views of it are empty from now on. */
export function letGo(bytes: Uint8Array<ArrayBuffer>): void {
  const { buffer } = bytes;
  if ('transfer' in buffer) buffer.transfer(0);
}
