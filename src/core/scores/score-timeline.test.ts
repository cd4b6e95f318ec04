import { describe, expect, test } from 'vitest';
import { ScoreTimeline } from './score-timeline.ts';

const seeded = (seed: number) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};

function filled(
  frames: number,
  options: { classes?: number; maxFrames?: number; blockFrames?: number; gapAt?: number } = {},
) {
  const { classes = 5, gapAt = -1, ...rest } = options;
  const timeline = new ScoreTimeline({ classes, ...rest });
  const all: { startS: number; endS: number; probabilities: Float32Array }[] = [];
  const random = seeded(frames + classes);
  let at = 0;
  for (let index = 0; index < frames; index++) {
    if (index === gapAt) at += 2.5;
    const frame = { index, startS: at, endS: at + 0.96, probabilities: Float32Array.from({ length: classes }, random) };
    at = frame.endS;
    all.push(frame);
    timeline.push(frame);
  }
  return { timeline, all };
}

describe('ScoreTimeline', () => {
  test('gives back every value at its time, across blocks', () => {
    const { timeline, all } = filled(37, { blockFrames: 7 });
    expect(timeline.to - timeline.from).toBe(37);
    all.forEach((frame, sequence) => {
      expect(timeline.startOf(sequence)).toBe(frame.startS);
      expect([...timeline.row(sequence)]).toEqual([...frame.probabilities]);
      expect(timeline.at((frame.startS + frame.endS) / 2)).toBe(sequence);
    });
    expect(timeline.at(-1)).toBeNull();
    expect(timeline.at(1e6)).toBeNull();
  });

  test('keeps at least maxFrames, forgets the oldest, and does not grow', () => {
    const { timeline, all } = filled(1000, { maxFrames: 100, blockFrames: 16 });
    expect(timeline.to).toBe(1000);
    expect(timeline.to - timeline.from).toBeGreaterThanOrEqual(100);
    expect(timeline.to - timeline.from).toBeLessThanOrEqual(100 + 32);
    expect(timeline.startS).toBe(all[timeline.from]!.startS);
    expect([...timeline.row(timeline.from)]).toEqual([...all[timeline.from]!.probabilities]);
    expect(() => timeline.row(timeline.from - 1)).toThrow(RangeError);
  });

  test('three hours of one-second chunks fit by default', () => {
    const timeline = new ScoreTimeline({ classes: 1 });
    const probabilities = new Float32Array(1);
    for (let index = 0; index < 11_250; index++) {
      timeline.push({ index, startS: index * 0.96, endS: (index + 1) * 0.96, probabilities });
    }
    expect(timeline.endS - timeline.startS).toBeGreaterThanOrEqual(3 * 3600 - 1e-6);
  });

  test('a range holds exactly the frames that touch it', () => {
    const { timeline, all } = filled(60, { blockFrames: 8, gapAt: 20 });
    const random = seeded(3);
    for (let trial = 0; trial < 300; trial++) {
      const a = random() * 64 - 2;
      const b = a + random() * 10;
      const wanted = all.flatMap((f, index) => (f.endS > a && f.startS < b ? [index] : []));
      const { from, to } = timeline.range(a, b);
      expect(Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i)).toEqual(wanted);
    }
  });

  test('decimation never drops a peak, stays under its limit, and cuts at fixed places', () => {
    const { timeline, all } = filled(2000, { classes: 2, gapAt: 900 });
    const spans = timeline.series(1, 0, 1e9, 200);
    expect(spans.length).toBeLessThanOrEqual(205);
    for (const frame of all) {
      const middle = (frame.startS + frame.endS) / 2;
      const span = spans.find((s) => s.startS <= middle && middle < s.endS)!;
      expect(span.value).toBeGreaterThanOrEqual(frame.probabilities[1]!);
    }
    const top = Math.max(...all.map((f) => f.probabilities[1]!));
    expect(Math.max(...spans.map((s) => s.value ?? 0))).toBe(top);
    // Scrolled by an odd number of frames, the inner groups are the same ones.
    const scrolled = timeline.series(1, all[3]!.startS, 1e9, 200);
    expect(scrolled.slice(2, 50)).toEqual(spans.slice(2, 50));
  });

  test('a gap is a span of null at its true place, never bridged by a group', () => {
    const { timeline, all } = filled(40, { gapAt: 17 });
    for (const limit of [300, 5]) {
      const nulls = timeline.series(0, 0, 1e9, limit).filter((s) => s.value === null);
      expect(nulls).toEqual([{ startS: all[16]!.endS, endS: all[17]!.startS, value: null }]);
    }
    expect(timeline.gaps(0, 1e9)).toEqual([{ startS: all[16]!.endS, endS: all[17]!.startS }]);
    // Also when the view ends inside it.
    expect(timeline.gaps(0, all[16]!.endS + 1)).toHaveLength(1);
    expect(timeline.gaps(0, all[16]!.endS)).toHaveLength(0);
  });

  test('peaks are the highest per class', () => {
    const { timeline, all } = filled(30);
    const peaks = timeline.peaks(all[4]!.startS, all[9]!.endS);
    for (let c = 0; c < 5; c++) expect(peaks[c]).toBe(Math.max(...all.slice(4, 10).map((f) => f.probabilities[c]!)));
  });

  test('after clear it is empty and goes on with new sequence numbers', () => {
    const { timeline } = filled(10, { blockFrames: 4 });
    const before = timeline.to;
    timeline.clear();
    expect(timeline.series(0, 0, 1e9)).toEqual([]);
    timeline.push({ index: 0, startS: 0, endS: 1, probabilities: new Float32Array(5).fill(0.5) });
    expect(timeline.from).toBeGreaterThanOrEqual(before);
    expect(timeline.value(timeline.from, 2)).toBe(0.5);
  });

  test('says what was expected of a bad frame', () => {
    const { timeline } = filled(2);
    const probabilities = new Float32Array(5);
    expect(() => timeline.push({ index: 0, startS: 0, endS: 1, probabilities })).toThrow(/at or after 1\.92/);
    expect(() => timeline.push({ index: 0, startS: 9, endS: 9, probabilities })).toThrow(/end after it starts/);
    expect(() => timeline.push({ index: 0, startS: 9, endS: 10, probabilities: new Float32Array(4) })).toThrow(
      /5 probabilities was expected, got 4/,
    );
    expect(() => new ScoreTimeline({ classes: 0 })).toThrow(RangeError);
  });
});

test('a snapshot gives the same frames back, gaps included; what was forgotten is not in it', () => {
  const { timeline } = filled(40, { gapAt: 30, maxFrames: 16, blockFrames: 8 });
  expect(timeline.from).toBeGreaterThan(0);
  const snapshot = timeline.snapshot();
  const back = ScoreTimeline.fromSnapshot(snapshot);
  expect(back.snapshot()).toEqual(snapshot);
  expect(back.to - back.from).toBe(timeline.to - timeline.from);
  expect(back.row(3)).toEqual(timeline.row(timeline.from + 3));
  expect(back.gaps(0, 1e9)).toEqual(timeline.gaps(0, 1e9));
  expect(() => ScoreTimeline.fromSnapshot({ ...snapshot, classes: 4 })).toThrow(RangeError);
});
