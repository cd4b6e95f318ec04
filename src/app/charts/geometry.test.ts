import { describe, expect, test } from 'vitest';
import { MelHistory, quantiseDb } from '../../core/scores/mel-history.ts';
import { ScoreTimeline } from '../../core/scores/score-timeline.ts';
import { colourMap } from './colour-map.ts';
import { FIRST_RANGE, inkTable, levelRange } from './level-range.ts';
import { markLabels } from './mark-labels.ts';
import { heightOfHz, hzTicks } from './mel-axis.ts';
import { columnsPerPixel } from './spectrogram-tiles.ts';
import { stackedHeight, stepRows } from './step-rows.ts';
import { coverFor, formatTime, timeAt, timeTicks, xOf } from './time-scale.ts';

describe('time scale', () => {
  const scale = { endS: 72.34, windowS: 60, widthPx: 900 };

  test('x and time are each other’s inverse; the right edge is the end', () => {
    for (const x of [0, 1, 333.3, 900]) expect(xOf(scale, timeAt(scale, x))).toBeCloseTo(x, 9);
    expect(timeAt(scale, 900)).toBeCloseTo(72.34, 9);
    expect(xOf(scale, 42.34)).toBeCloseTo(450, 9);
  });

  test('the cover holds the view with room on both sides, and moves in steps', () => {
    const covers = new Set<number>();
    for (let endS = -3; endS < 200; endS += 0.37) {
      const { startS, endS: coverEndS } = coverFor(endS, 30);
      expect(startS).toBeLessThanOrEqual(endS - 30 - 7.5 + 1e-9);
      expect(coverEndS).toBeGreaterThanOrEqual(endS + 7.5 - 1e-9);
      covers.add(startS);
    }
    expect(covers.size).toBeLessThan(30);
  });

  test('ticks are round, far enough apart, and none before second zero', () => {
    expect(timeTicks(-30, 30, 10).map(({ atS }) => atS)).toEqual([0, 10, 20, 30]);
    for (const [windowS, widthPx] of [
      [15, 300],
      [60, 280],
      [300, 1000],
      [1800, 360],
    ] as const) {
      const ticks = timeTicks(100.5, 100.5 + windowS, widthPx / windowS);
      expect(ticks.length).toBeGreaterThan(0);
      for (let i = 1; i < ticks.length; i++) {
        expect(((ticks[i]!.atS - ticks[i - 1]!.atS) * widthPx) / windowS).toBeGreaterThanOrEqual(76);
      }
    }
  });

  test('times are cut, not rounded', () => {
    expect([0, 7, 59.999, 60, 3725].map((s) => formatTime(s))).toEqual(['0:00', '0:07', '0:59', '1:00', '1:02:05']);
    expect([7.44, 59.96, 59.9999999].map((s) => formatTime(s, 1))).toEqual(['0:07.4', '0:59.9', '1:00.0']);
    expect(formatTime(-3)).toBe('0:00');
  });
});

describe('mel axis', () => {
  test('band centres are where their cells are', () => {
    // 64 bands over 0..2840 HTK mel: band k peaks at (k + 1) of 65 steps, and its cell's middle is at (k + 0.5) / 64.
    const hzOfMel = (mel: number) => 700 * (10 ** (mel / 2595) - 1);
    const top = 2595 * Math.log10(1 + 8000 / 700);
    for (const band of [0, 1, 31, 63]) {
      expect(heightOfHz(hzOfMel((top * (band + 1)) / 65), 0, 8000, 64)).toBeCloseTo((band + 0.5) / 64, 9);
    }
  });
  test('ticks lie inside and rise', () => {
    for (const heightPx of [80, 104, 140]) {
      const heights = hzTicks(0, 8000, 64, heightPx).map(({ height }) => height * heightPx);
      for (let i = 1; i < heights.length; i++) expect(heights[i]! - heights[i - 1]!).toBeGreaterThan(13);
      expect(Math.max(...heights)).toBeLessThan(heightPx);
    }
    expect(hzTicks(0, 3000, 64, 140).every(({ hz }) => hz < 3000)).toBe(true);
  });
});

test('colour maps run evenly from paper to ink in both themes', () => {
  const luminance = (table: Uint8ClampedArray, i: number) =>
    0.2126 * table[i * 3]! + 0.7152 * table[i * 3 + 1]! + 0.0722 * table[i * 3 + 2]!;
  for (const [ramp, sign] of [
    ['dark', 1],
    ['light', -1],
  ] as const) {
    const table = colourMap(ramp);
    for (let i = 4; i < 256; i++) expect(sign * (luminance(table, i) - luminance(table, i - 4))).toBeGreaterThan(0);
    expect(Math.abs(luminance(table, 255) - luminance(table, 0))).toBeGreaterThan(170);
  }
});

describe('level range', () => {
  const filled = (db: (frame: number, band: number) => number) => {
    const mels = 8;
    const history = new MelHistory({ mels, framesPerColumn: 1 });
    history.push(
      0,
      200,
      Float32Array.from({ length: 200 * mels }, (_, i) => db(Math.floor(i / mels), i % mels)),
    );
    return history;
  };

  test('background is paper and the loudest is ink, however loud the room', () => {
    for (const offset of [-20, 0, 12]) {
      const history = filled((frame) => (frame % 10 === 0 ? 20 : -50) + offset);
      const ink = inkTable(levelRange(history, 0, 200, FIRST_RANGE));
      expect(ink[quantiseDb(-50 + offset)]).toBeLessThan(50);
      expect(ink[quantiseDb(20 + offset)]).toBeGreaterThan(200);
    }
  });
  test('a quiet room is not blown up to look loud', () => {
    const history = filled((frame, band) => -60 + ((frame * 7 + band) % 3));
    const ink = inkTable(levelRange(history, 0, 200, FIRST_RANGE));
    expect(ink[quantiseDb(-58)]).toBeLessThan(60);
  });
  test('small changes leave the colours alone; nothing heard changes nothing', () => {
    const range = levelRange(
      filled((frame) => (frame % 10 === 0 ? 20 : -50)),
      0,
      200,
      FIRST_RANGE,
    );
    const louder = filled((frame) => (frame % 10 === 0 ? 22 : -48));
    expect(levelRange(louder, 0, 200, range)).toEqual(range);
    expect(levelRange(new MelHistory({ mels: 8 }), 0, 200, range)).toEqual(range);
    expect(inkTable(range)[0]).toBe(0);
    expect(inkTable(range)[1]).toBeGreaterThan(0);
  });
});

describe('step rows', () => {
  const scores = new ScoreTimeline({ classes: 2 });
  const push = (startS: number, a: number, b: number) =>
    scores.push({ index: 0, startS, endS: startS + 2, probabilities: Float32Array.of(a, b) });
  push(0, 0.25, 1);
  push(2, 0.5, 0);
  push(9, 0.75, 0.5);

  test('stand at true chunk spans; a gap begins where the sound ended', () => {
    expect(stepRows(scores, [1, 0], 0, 20)).toEqual([
      { t: 0, values: [1, 0.25] },
      { t: 2, values: [0, 0.5] },
      { t: 4, values: [0, 0.5] },
      { t: 4, values: [null, null] },
      { t: 9, values: [0.5, 0.75] },
      { t: 11, values: [0.5, 0.75] },
    ]);
    expect(stepRows(scores, [], 0, 20)).toEqual([]);
  });

  test('a row ends below the next one', () => {
    expect(stackedHeight(0, 3, 0, 0.8)).toBe(2);
    expect(stackedHeight(2, 3, 1, 0.8)).toBeCloseTo(0.8);
    expect(stackedHeight(1, 3, 1, 0.8)).toBeLessThan(stackedHeight(0, 3, 0, 0.8));
  });
});

test('marks too near for two labels share one', () => {
  const marks = [
    { atS: 1, text: 'a' },
    { atS: 2, text: 'b' },
    { atS: 50, text: 'c' },
    { atS: 99, text: 'd' },
  ];
  expect(markLabels(marks, 0, 60, 10)).toEqual([
    { atS: 1, text: 'a · b' },
    { atS: 50, text: 'c' },
  ]);
});

test('as many mel columns share a pixel as fit, in powers of two', () => {
  expect([1000, 50, 30, 25, 12, 1].map((px) => columnsPerPixel(50, px))).toEqual([1, 1, 1, 2, 4, 32]);
});
