import { describe, expect, it } from 'vitest';
import { createRing, openReader } from '../src/core/ring/open.ts';
import type { RingBlock, RingReader } from '../src/core/ring/ring.ts';
import { CaptureLine } from './capture-line.ts';

const RATE = 8000;

/** Capture that goes on at `frame`, a quantum having been before. */
function line(frame = 0): { capture: CaptureLine; reader: RingReader } {
  const ring = createRing({ rateHz: RATE, shared: true });
  const capture = new CaptureLine();
  capture.take([ramp(99, 128)], frame - 128, 128);
  capture.useRing(ring.writerHandle);
  return { capture, reader: openReader(ring.readerHandle) };
}

const ramp = (from: number, count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => (from + i + 1) / 4096);

const flat = (blocks: readonly RingBlock[]): number[] => blocks.flatMap(({ samples }) => Array.from(samples));

describe('CaptureLine', () => {
  it('passes one channel untouched and takes the mean of several', () => {
    const { capture, reader } = line();
    capture.take([ramp(0, 128)], 0, 128);
    capture.take([ramp(0, 128), ramp(256, 128)], 128, 128);
    capture.take([ramp(0, 128), ramp(0, 128), ramp(0, 128), ramp(1024, 128)], 256, 128);
    expect(flat(reader.drain())).toEqual([...ramp(0, 128), ...ramp(128, 128), ...ramp(256, 128)]);
  });

  it('writes silence while nothing is connected: time goes on', () => {
    const { capture, reader } = line();
    capture.take([ramp(0, 128), ramp(0, 128)], 0, 128);
    capture.take([], 128, 128);
    capture.take([ramp(5, 128)], 256, 128);
    expect(flat(reader.drain())).toEqual([...ramp(0, 128), ...new Array(128).fill(0), ...ramp(5, 128)]);
  });

  it('counts frames it was never shown as lost, at their place', () => {
    const { capture, reader } = line(4096);
    capture.take([ramp(0, 128)], 4096, 128);
    capture.take([ramp(9, 128)], 4096 + 128 * 6, 128);
    const blocks = reader.drain();
    expect(blocks.map(({ start, lostBefore }) => [start, lostBefore])).toEqual([
      [0, 0],
      [768, 640],
    ]);
  });

  it('takes a larger quantum than usual', () => {
    const { capture, reader } = line();
    capture.take([ramp(0, 1000), ramp(0, 1000)], 0, 1000);
    expect(flat(reader.drain())).toEqual([...ramp(0, 1000)]);
  });

  it('goes on in another ring where it was, and tells what the first reader did not get', () => {
    const { capture, reader } = line();
    capture.take([ramp(0, 128)], 0, 128);
    reader.drain();
    capture.take([ramp(0, 128)], 128, 128);
    const second = createRing({ rateHz: RATE, shared: true });
    capture.useRing(second.writerHandle);
    capture.take([ramp(7, 128)], 256, 128);
    const [block] = openReader(second.readerHandle).drain();
    expect(block).toEqual({ samples: ramp(7, 128), start: 256, lostBefore: 128 });
  });

  it('shows its last samples when it stops, and writes no more', async () => {
    const { capture, reader } = line();
    const waiting = reader.wait();
    capture.take([ramp(0, 128)], 0, 128);
    capture.stop();
    await waiting;
    capture.take([ramp(0, 128)], 128, 128);
    capture.useRing(createRing({ rateHz: RATE, shared: true }).writerHandle);
    expect(capture.stopped).toBe(true);
    expect(flat(reader.drain())).toHaveLength(128);
  });

  it('begins with the first quantum that follows another: the very first may come with a stale count', () => {
    const ring = createRing({ rateHz: RATE, shared: true });
    const capture = new CaptureLine();
    capture.useRing(ring.writerHandle);
    capture.take([ramp(0, 128)], 640, 128);
    capture.take([ramp(1, 128)], 2176, 128);
    capture.take([ramp(2, 128)], 2304, 128);
    expect(openReader(ring.readerHandle).drain()).toEqual([{ samples: ramp(2, 128), start: 0, lostBefore: 0 }]);
  });

  it('drops what comes before there is a ring', () => {
    const capture = new CaptureLine();
    capture.take([ramp(0, 128)], 0, 128);
    const ring = createRing({ rateHz: RATE, shared: true });
    capture.useRing(ring.writerHandle);
    capture.take([ramp(3, 128)], 128, 128);
    expect(openReader(ring.readerHandle).drain()).toEqual([{ samples: ramp(3, 128), start: 0, lostBefore: 0 }]);
  });
});
