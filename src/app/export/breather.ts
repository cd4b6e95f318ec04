/** Long work on the main thread in short pieces: the page draws and answers in between. */
import type { Milliseconds } from '../../core/units.ts';

/** Well under a frame: what comes between two rests may take longer than asked for. */
const BUDGET_MS: Milliseconds = 5;

export class Breather {
  #since = performance.now();

  /** Call it often: it waits only when the last rest is a while ago. Throws the signal's reason once it is aborted. */
  async rest(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (performance.now() - this.#since < BUDGET_MS) return;
    await nextTask();
    signal?.throwIfAborted();
    this.#since = performance.now();
  }
}

/** Not a timer: those are held back to one a second while the page is hidden. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
