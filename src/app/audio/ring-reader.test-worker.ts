/** The consumer's thread of the browser tests: drains a ring until told, and sends what it saw. */
import { openReader } from '../../core/ring/open.ts';
import type { RingHandle } from '../../core/ring/ring.ts';

export interface Heard {
  readonly samples: Float32Array;
  readonly lost: number;
  readonly start: number;
}

addEventListener('message', ({ data }: MessageEvent<{ handle: RingHandle; count: number }>) => {
  void drain(data.handle, data.count);
});

async function drain(handle: RingHandle, count: number): Promise<void> {
  const reader = openReader(handle);
  const samples = new Float32Array(count);
  let at = 0;
  let lost = 0;
  let start = -1;
  while (at < count) {
    await reader.wait();
    for (const block of reader.drain()) {
      if (start < 0) start = block.start;
      lost += block.lostBefore;
      const part = block.samples.subarray(0, count - at);
      samples.set(part, at);
      at += part.length;
    }
  }
  const heard: Heard = { samples, lost, start };
  postMessage(heard);
}
