/** What a ring promises, in either form. The forms differ only in when written sound can be seen: `settle` waits for that. */
import { describe, expect, it } from 'vitest';
import { deviceSamples, type Hertz } from '../units.ts';
import { type RingBlock, type RingPlace, type RingReader, type RingWriter, WAITING_S } from './ring.ts';

/** A ring under test, and what a page does with it when a reader died. */
export interface RingUnderTest {
  readonly writer: RingWriter;
  readonly reader: RingReader;
  /** Opens the reader's end again, as after the death of the first; the writer may be another one then. */
  reopen(): { readonly writer: RingWriter; readonly reader: RingReader };
  /** Lets what was written, and what was given back, arrive on the other side. */
  settle(): Promise<void>;
  dispose(): void;
}

export type OpenRing = (rateHz: Hertz, from?: RingPlace) => RingUnderTest;

/** The sample at a captured position: exact in float32, other than its neighbours, never 0. */
export const sampleAt = (position: number): number => ((position % 65521) + 1) / 65536;

const CANARY = 7.5;
const RATE = 8000;

/** Small steps that repeat from run to run. */
export function seededCounts(seed: number): (max: number) => number {
  let state = seed;
  return (max) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return 1 + (state % max);
  };
}

/** Writes `count` samples at the writer's place, with canaries behind them in the block. */
function feed(writer: RingWriter, count: number): void {
  const block = new Float32Array(count + 3).fill(CANARY);
  for (let i = 0; i < count; i += 1) block[i] = sampleAt(writer.captured + i);
  writer.write(block, count);
}

/** Follows blocks: each begins where the last ended plus what was lost, and every value is the one of its place. */
export class Follower {
  at: number;
  lost = 0;
  kept = 0;
  readonly holes: { at: number; count: number }[] = [];

  constructor(at = 0) {
    this.at = at;
  }

  take(blocks: readonly RingBlock[]): void {
    for (const block of blocks) {
      expect(block.start, 'a block starts where the last one ended, plus what was lost').toBe(
        this.at + block.lostBefore,
      );
      expect(block.samples.length).toBeGreaterThan(0);
      if (block.lostBefore > 0) this.holes.push({ at: this.at, count: block.lostBefore });
      let wrong = -1;
      for (let i = 0; i < block.samples.length && wrong < 0; i += 1) {
        if (block.samples[i] !== sampleAt(block.start + i)) wrong = block.start + i;
      }
      expect(wrong, 'place of the first sample that is not the captured one').toBe(-1);
      this.lost += block.lostBefore;
      this.kept += block.samples.length;
      this.at = block.start + block.samples.length;
    }
  }
}

export function ringContract(name: string, open: OpenRing): void {
  describe(`${name}: ring contract`, () => {
    const withRing = async (from: RingPlace | undefined, body: (ring: RingUnderTest) => Promise<void>) => {
      const ring = open(RATE, from);
      try {
        await body(ring);
      } finally {
        ring.dispose();
      }
    };

    it('gives every sample once, in order, whatever the block sizes, over many turns of the ring', () =>
      withRing(undefined, async (ring) => {
        const follower = new Follower();
        const next = seededCounts(7);
        while (ring.writer.captured < RATE * WAITING_S * 3.3) {
          const rounds = next(40);
          for (let i = 0; i < rounds; i += 1) feed(ring.writer, next(997));
          await ring.settle();
          follower.take(ring.reader.drain());
        }
        ring.writer.flush();
        await ring.settle();
        follower.take(ring.reader.drain());
        expect(follower.lost).toBe(0);
        expect(follower.at).toBe(ring.writer.captured);
        await ring.settle();
        expect(ring.writer.taken).toBe(ring.writer.captured);
        expect(ring.reader.drain()).toEqual([]);
      }));

    it('gives blocks the receiver owns: later sound does not change them', () =>
      withRing(undefined, async (ring) => {
        feed(ring.writer, 1600);
        ring.writer.flush();
        await ring.settle();
        const blocks = ring.reader.drain();
        for (let i = 0; i < 60; i += 1) {
          feed(ring.writer, 8000);
          await ring.settle();
          ring.reader.drain();
        }
        new Follower().take(blocks);
      }));

    it('keeps about 20 s for a busy reader, and counts the rest with its place', () =>
      withRing(undefined, async (ring) => {
        const follower = new Follower();
        const next = seededCounts(11);
        const drops: { at: number; count: number }[] = [];
        for (let stall = 0; stall < 3; stall += 1) {
          const before = ring.writer.captured;
          while (ring.writer.captured - before < RATE * 40) feed(ring.writer, next(500));
          await ring.settle();
          const kept = follower.kept;
          follower.take(ring.reader.drain());
          const waited = (follower.kept - kept) / RATE;
          expect(waited).toBeGreaterThan(WAITING_S * 0.97);
          expect(waited).toBeLessThan(WAITING_S * 2);
          drops.push({ at: follower.at, count: ring.writer.captured - follower.at });
          await ring.settle();
        }
        feed(ring.writer, 999);
        ring.writer.flush();
        await ring.settle();
        follower.take(ring.reader.drain());
        expect(follower.holes).toEqual(drops);
        expect(follower.lost + follower.kept).toBe(ring.writer.captured);
      }));

    it('tells several holes in mid-stream, each before the block it lies before', () =>
      withRing(undefined, async (ring) => {
        const follower = new Follower();
        const holes: { at: number; count: number }[] = [];
        const next = seededCounts(3);
        for (let i = 0; i < 30; i += 1) {
          feed(ring.writer, next(700));
          const count = next(5000);
          holes.push({ at: ring.writer.captured, count });
          ring.writer.lose(deviceSamples(count));
        }
        feed(ring.writer, 1);
        ring.writer.flush();
        await ring.settle();
        follower.take(ring.reader.drain());
        expect(follower.holes).toEqual(holes);
        expect(follower.at).toBe(ring.writer.captured);
      }));

    it('stays true with more holes than it can list', () =>
      withRing(undefined, async (ring) => {
        const follower = new Follower();
        for (let round = 0; round < 3; round += 1) {
          for (let i = 0; i < 700; i += 1) {
            feed(ring.writer, 3);
            ring.writer.lose(deviceSamples(2));
          }
          await ring.settle();
          follower.take(ring.reader.drain());
          await ring.settle();
        }
        feed(ring.writer, 1);
        ring.writer.flush();
        await ring.settle();
        follower.take(ring.reader.drain());
        expect(follower.holes.length).toBeGreaterThan(500);
        expect(follower.lost + follower.kept).toBe(ring.writer.captured);
        expect(follower.at).toBe(ring.writer.captured);
      }));

    it('goes on with a new reader: what the dead one did not take is there or told as lost', () =>
      withRing(undefined, async (ring) => {
        const follower = new Follower();
        feed(ring.writer, 5000);
        ring.writer.flush();
        await ring.settle();
        follower.take(ring.reader.drain());
        await ring.settle();
        feed(ring.writer, 3000);
        ring.writer.flush();
        await ring.settle();
        // The first reader dies here, without a word.
        const again = ring.reopen();
        feed(again.writer, 1234);
        again.writer.flush();
        await ring.settle();
        follower.take(again.reader.drain());
        expect(follower.at).toBe(9234);
        expect(again.writer.captured).toBe(9234);
        await ring.settle();
        expect(again.writer.taken).toBe(9234);
      }));

    it('tells a new reader what was overrun while nobody read', () =>
      withRing(undefined, async (ring) => {
        const follower = new Follower();
        feed(ring.writer, 800);
        ring.writer.flush();
        await ring.settle();
        follower.take(ring.reader.drain());
        await ring.settle();
        for (let i = 0; i < 100; i += 1) feed(ring.writer, RATE);
        const again = ring.reopen();
        follower.take(again.reader.drain());
        await ring.settle();
        feed(again.writer, 640);
        again.writer.flush();
        await ring.settle();
        follower.take(again.reader.drain());
        expect(follower.at).toBe(again.writer.captured);
        expect(follower.lost).toBeGreaterThan(RATE * 60);
        expect(follower.holes.length).toBe(1);
      }));

    it('wakes the waiter for about 20 ms of sound, for a flush and for close', () =>
      withRing(undefined, async (ring) => {
        let woken = 0;
        const wait = () =>
          ring.reader.wait().then(() => {
            woken += 1;
          });
        let waiting = wait();
        await ring.settle();
        expect(woken, 'nothing was written').toBe(0);
        for (let i = 0; i < 3; i += 1) feed(ring.writer, 128);
        await waiting;
        expect(ring.reader.drain()[0]?.samples.length).toBeGreaterThanOrEqual(160);
        ring.writer.flush();
        await ring.settle();
        ring.reader.drain();

        waiting = wait();
        feed(ring.writer, 5);
        ring.writer.flush();
        await waiting;
        expect(ring.reader.drain().map((block) => block.samples.length)).toEqual([5]);

        waiting = wait();
        ring.reader.close();
        await waiting;
        await ring.reader.wait();
        expect(woken).toBe(3);
        expect(ring.reader.drain()).toEqual([]);
      }));

    for (const power of [31, 32, 40]) {
      it(`counts on past 2^${power} samples`, () => {
        const start = deviceSamples(2 ** power - 20_011);
        return withRing({ captured: start, taken: start }, async (ring) => {
          const follower = new Follower(start);
          const next = seededCounts(power);
          while (ring.writer.captured < 2 ** power + 20_000) {
            feed(ring.writer, next(1300));
            if (next(4) === 1) ring.writer.lose(deviceSamples(next(100)));
            if (next(3) === 1) {
              await ring.settle();
              follower.take(ring.reader.drain());
            }
          }
          feed(ring.writer, 1);
          ring.writer.flush();
          await ring.settle();
          follower.take(ring.reader.drain());
          expect(follower.at).toBe(ring.writer.captured);
          await ring.settle();
          expect(ring.writer.taken).toBe(ring.writer.captured);
        });
      });
    }

    it('refuses a rate no device has', () => {
      for (const rate of [Number.NaN, 0, -8000, 1e9]) expect(() => open(rate)).toThrow(RangeError);
    });
  });
}
