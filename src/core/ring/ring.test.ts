import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { deviceSamples } from '../units.ts';
import { createRing, openReader, openWriter, type RingEnds, transferOf } from './open.ts';
import { Follower, type OpenRing, ringContract, sampleAt } from './ring.contract.ts';
import { WORD } from './shared-ring.ts';

const openShared: OpenRing = (rateHz, from) => {
  const handle = createRing({ rateHz, shared: true }).writerHandle;
  const writer = openWriter(handle, from);
  const reader = openReader(handle);
  return {
    writer,
    reader,
    reopen: () => ({ writer, reader: openReader(handle) }),
    settle: () => Promise.resolve(),
    dispose: () => reader.close(),
  };
};

const portEnds = (rateHz: number): RingEnds => createRing({ rateHz, shared: false, channel: new MessageChannel() });

const openPort: OpenRing = (rateHz, from) => {
  const ends = portEnds(rateHz);
  const writer = openWriter(ends.writerHandle, from);
  const reader = openReader(ends.readerHandle);
  const closers = [() => writer.close(), () => reader.close()];
  return {
    writer,
    reader,
    reopen: () => {
      const again = portEnds(rateHz);
      const second = { writer: openWriter(again.writerHandle, writer), reader: openReader(again.readerHandle) };
      writer.close();
      closers.push(() => second.writer.close());
      return second;
    },
    settle: async () => {
      for (let i = 0; i < 3; i += 1) await new Promise((resolve) => setTimeout(resolve, 2));
    },
    dispose: () => {
      for (const close of closers) close();
    },
  };
};

ringContract('shared memory', openShared);
ringContract('message port', openPort);

describe('two threads', () => {
  const RATE = 48_000;
  const forms = {
    'shared memory': () => createRing({ rateHz: RATE, shared: true }),
    'message port': () => portEnds(RATE),
  };
  for (const [name, make] of Object.entries(forms)) {
    it(`${name}: another thread's samples arrive whole and in order`, async () => {
      const count = RATE * 15 + 77;
      const ends = make();
      // Worker threads know no TypeScript; tsx teaches it from inside.
      const file = JSON.stringify(new URL('./producer-thread.contract.ts', import.meta.url).href);
      const bootstrap = `import('tsx/esm/api').then(({ register }) => { register(); return import(${file}); })`;
      const producer = new Worker(bootstrap, {
        eval: true,
        workerData: { handle: ends.writerHandle, count, paceMs: 1 },
        // A DOM port and Node's are one object with two type names.
        transferList: transferOf(ends.writerHandle) as never[],
      });
      const failed = new Promise<never>((_, reject) => producer.on('error', reject));
      const reader = openReader(ends.readerHandle);
      const follower = new Follower();
      let wakes = 0;
      while (follower.at < count) {
        await Promise.race([reader.wait(), failed]);
        wakes += 1;
        follower.take(reader.drain());
      }
      expect(follower.at).toBe(count);
      expect(follower.lost).toBe(0);
      expect(wakes, 'one wake for about a batch, not one for each block').toBeLessThan(count / 900);
      reader.close();
      await producer.terminate();
    });
  }
});

describe('shared memory', () => {
  it('does not mind its counts wrapping at 2^32', () => {
    const { readerHandle, writerHandle } = createRing({ rateHz: 8000, shared: true });
    if (readerHandle.kind !== 'shared') throw new Error('expected shared memory');
    const header = new Int32Array(readerHandle.buffer, 0, WORD.log);
    header[WORD.stored] = -5000;
    header[WORD.slots] = -5000;
    header[WORD.holes] = -3;
    header[WORD.slots + 3] = -3;
    header[WORD.wake] = 2 ** 31 - 2;
    header[WORD.turn] = 2 ** 31 - 2;
    const writer = openWriter(writerHandle);
    const reader = openReader(readerHandle);
    const follower = new Follower();
    for (let i = 0; i < 12; i += 1) {
      const block = Float32Array.from({ length: 1000 }, (_, k) => sampleAt(writer.captured + k));
      writer.write(block, 1000);
      writer.lose(deviceSamples(7));
      if (i % 3 === 2) follower.take(reader.drain());
    }
    expect(follower.kept).toBe(12_000);
    expect(follower.holes).toHaveLength(11);
  });

  it('holds a power of two of at least 20 s', () => {
    for (const rateHz of [8000, 44_100, 48_000, 192_000]) {
      const handle = createRing({ rateHz, shared: true }).writerHandle;
      const samples = handle.kind === 'shared' ? handle.buffer.byteLength / 4 : 0;
      expect(samples).toBeGreaterThanOrEqual(rateHz * 20);
      expect(Math.log2(2 ** Math.floor(Math.log2(samples)) / (rateHz * 20))).toBeLessThan(1);
    }
  });

  it('refuses memory that is not a ring', () => {
    for (const bytes of [0, 4, 1 << 20]) {
      const handle = { kind: 'shared', buffer: new SharedArrayBuffer(bytes), rateHz: 48_000 } as const;
      expect(() => openReader(handle)).toThrow(TypeError);
      expect(() => openWriter(handle)).toThrow(TypeError);
    }
  });

  it('gives a lingering old reader nothing once a new one is open', () => {
    const ends = createRing({ rateHz: 8000, shared: true });
    const writer = openWriter(ends.writerHandle);
    const old = openReader(ends.readerHandle);
    const young = openReader(ends.readerHandle);
    writer.write(Float32Array.of(sampleAt(0)), 1);
    expect(old.drain()).toEqual([]);
    expect(young.drain()).toHaveLength(1);
  });

  it('goes on from a writer on another ring', () => {
    const first = openWriter(createRing({ rateHz: 8000, shared: true }).writerHandle);
    first.write(new Float32Array(300), 300);
    const ends = createRing({ rateHz: 8000, shared: true });
    const second = openWriter(ends.writerHandle, first);
    expect(second.captured).toBe(300);
    expect(second.taken).toBe(0);
    second.write(Float32Array.of(0.5, 0.25), 2);
    expect(openReader(ends.readerHandle).drain()).toEqual([
      { samples: Float32Array.of(0.5, 0.25), start: deviceSamples(300), lostBefore: deviceSamples(300) },
    ]);
    expect(second.taken).toBe(302);
  });
});
