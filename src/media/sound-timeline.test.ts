import { describe, expect, it } from 'vitest';
import { type SoundBlock, type SoundPiece, SoundTimeline } from './sound-timeline.ts';

const RATE = 1000;
const ramp = (from: number, count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => from + i + 1);
const piece = (startS: number, samples: Float32Array, rateHz = RATE): SoundPiece => ({
  startS,
  samples,
  rateHz,
  channels: 1,
});

function run(pieces: SoundPiece[], endS: number | null = null) {
  const notes: string[] = [];
  const timeline = new SoundTimeline((atS, text) => notes.push(`${atS.toFixed(2)} ${text}`));
  const blocks: SoundBlock[] = [];
  for (const next of pieces) blocks.push(...timeline.push(next));
  blocks.push(...timeline.finish(endS));
  return { notes, blocks, samples: blocks.flatMap((block) => [...block.samples]), endS: timeline.endS };
}

describe('SoundTimeline', () => {
  it('cuts any pieces into half seconds, each an array of its own, nothing lost', () => {
    for (const size of [1, 7, 26, 499, 500, 501, 3000]) {
      const pieces: SoundPiece[] = [];
      for (let at = 0; at < 3210; at += size) pieces.push(piece(at / RATE, ramp(at, Math.min(size, 3210 - at))));
      const { blocks, samples, notes } = run(pieces);
      expect(samples).toEqual([...ramp(0, 3210)]);
      expect(blocks.map((block) => block.samples.length)).toEqual([500, 500, 500, 500, 500, 500, 210]);
      expect(blocks.every((block) => block.samples.buffer.byteLength === block.samples.byteLength)).toBe(true);
      expect(notes).toEqual([]);
    }
  });

  it('sound that begins late stands behind silence; what lies before zero is cut', () => {
    const late = run([piece(0.3, ramp(0, 100))]);
    expect(late.samples).toEqual([...new Float32Array(300), ...ramp(0, 100)]);
    expect(late.notes).toEqual(['0.00 0.30 s have no sound; silence stands in']);
    const early = run([piece(-0.15, ramp(0, 100)), piece(-0.05, ramp(100, 100)), piece(0.05, ramp(200, 100))]);
    expect(early.samples).toEqual([...ramp(150, 150)]);
    expect(early.notes).toEqual([]);
  });

  it('a hole is filled, an overlap is cut, rounding is left alone', () => {
    const { samples, notes } = run([
      piece(0, ramp(0, 100)),
      piece(0.119, ramp(100, 100)), // 19 ms late: rounding
      piece(0.3, ramp(200, 100)), // 100 ms late
      piece(0.35, ramp(300, 100)), // 50 ms early
    ]);
    expect(samples).toEqual([...ramp(0, 200), ...new Float32Array(100), ...ramp(200, 100), ...ramp(350, 50)]);
    expect(notes).toEqual(['0.20 0.10 s are missing; silence stands in']);
  });

  it('time stamps that start anew or lie days ahead do not stop the sound', () => {
    const { samples, notes } = run([
      piece(5, ramp(0, 100)),
      piece(0, ramp(100, 100)),
      piece(0.1, ramp(200, 100)),
      piece(90_000, ramp(300, 100)),
      piece(90_000.1, ramp(400, 100)),
    ]);
    expect(samples.slice(5000)).toEqual([...ramp(0, 500)]);
    expect(notes.filter((note) => note.includes('jump'))).toHaveLength(2);
  });

  it('an hour of silence comes block by block', () => {
    const timeline = new SoundTimeline();
    let blocks = 0;
    for (const block of timeline.push(piece(3600, ramp(0, 10)))) {
      expect(block.samples.length).toBe(500);
      blocks++;
    }
    expect(blocks).toBeGreaterThan(7000);
  });

  it('padding behind the end that the file names is cut', () => {
    const padded = run([piece(0, ramp(0, 900)), piece(0.9, ramp(900, 200))], 1.05);
    expect(padded.samples).toEqual([...ramp(0, 1050)]);
    expect(padded.endS).toBeCloseTo(1.05, 9);
    expect(run([piece(0, ramp(0, 900))], 1.05).samples).toHaveLength(900);
  });

  it('a change of rate keeps the time', () => {
    const { blocks, endS, notes } = run([piece(0, ramp(0, 300)), piece(0.3, ramp(300, 600), 2 * RATE)]);
    expect(blocks.map((block) => [block.rateHz, block.samples.length])).toEqual([
      [1000, 300],
      [2000, 600],
    ]);
    expect(endS).toBeCloseTo(0.6, 9);
    expect(notes).toEqual(['0.30 the rate changes from 1000 to 2000 Hz']);
  });
});
