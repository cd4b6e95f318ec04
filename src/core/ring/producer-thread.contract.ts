/** The other thread of the two-thread tests: writes seconds of sound in odd blocks, faster than real time, and says when done. */
import { parentPort, workerData } from 'node:worker_threads';
import { openWriter } from './open.ts';
import type { RingHandle } from './ring.ts';

const { handle, count, paceMs }: { handle: RingHandle; count: number; paceMs: number } = workerData;
const writer = openWriter(handle);
const block = new Float32Array(128);
let blocks = 0;

const step = (): void => {
  for (let i = 0; i < 64 && writer.captured < count; i += 1) {
    const size = Math.min(128 - (blocks % 7), count - writer.captured);
    for (let k = 0; k < size; k += 1) block[k] = (((writer.captured + k) % 65521) + 1) / 65536;
    writer.write(block, size);
    blocks += 1;
  }
  if (writer.captured < count) {
    setTimeout(step, paceMs);
  } else {
    writer.flush();
    parentPort?.postMessage({ captured: writer.captured });
  }
};
step();
