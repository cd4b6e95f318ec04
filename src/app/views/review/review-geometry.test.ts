import { describe, expect, test } from 'vitest';
import { DEFAULT_RULES } from '../../../core/events/event-types.ts';
import { ScoreTimeline } from '../../../core/scores/score-timeline.ts';
import { Taxonomy } from '../../../core/scores/taxonomy.ts';
import { heatColours, paintHeat } from './heat-image.ts';
import { heatRows, NARROW_SHAPE, rowAt, scrolledTo, visibleRows, WIDE_SHAPE } from './heat-rows.ts';
import { byteOf, ScorePyramid, scoreOf } from './score-pyramid.ts';

/** Repeatable, 0..1. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function timeline(frames: number, classes: number, seed = 1, gapAt = -1): ScoreTimeline {
  const random = seeded(seed);
  const scores = new ScoreTimeline({ classes, maxFrames: 20_000, blockFrames: 64 });
  for (let n = 0; n < frames; n++) {
    const startS = n * 2 + (gapAt >= 0 && n >= gapAt ? 100 : 0);
    const probabilities = Float32Array.from({ length: classes }, () => random() ** 8);
    scores.push({ index: n, startS, endS: startS + 2, probabilities });
  }
  return scores;
}

const all = (classes: number) => Uint16Array.from({ length: classes }, (_, i) => i);

describe('score pyramid', () => {
  test('a maximum is never below the highest score of its frames, nor above that of a little more', () => {
    const classes = 5;
    const scores = timeline(3001, classes);
    const pyramid = new ScorePyramid(scores);
    while (!pyramid.update(700));
    const random = seeded(7);
    const into = new Uint8Array(classes);
    for (let round = 0; round < 400; round++) {
      const from = Math.floor(random() * 2990);
      const to = Math.min(3001, from + 1 + Math.floor(random() ** 3 * 2000));
      pyramid.maxima(all(classes), from, to, into);
      const slack = Math.ceil((to - from) / 4);
      for (let index = 0; index < classes; index++) {
        let least = 0;
        let most = 0;
        for (let n = Math.max(0, from - slack); n < Math.min(3001, to + slack); n++) {
          const value = scores.value(n, index);
          most = Math.max(most, value);
          if (n >= from && n < to) least = Math.max(least, value);
        }
        expect(scoreOf(into[index]!)).toBeGreaterThanOrEqual(least - 1e-6);
        expect(scoreOf(into[index]!)).toBeLessThanOrEqual(most + 1 / 254);
      }
    }
  });

  test('grown in pieces it is the same as made at once', () => {
    const scores = new ScoreTimeline({ classes: 3, maxFrames: 20_000 });
    const grown = new ScorePyramid(scores);
    const random = seeded(3);
    for (let n = 0; n < 1500; n++) {
      const probabilities = Float32Array.from({ length: 3 }, random);
      scores.push({ index: n, startS: n, endS: n + 1, probabilities });
      if (random() < 0.2) grown.update();
    }
    grown.update();
    const whole = new ScorePyramid(scores);
    whole.update();
    const a = new Uint8Array(3);
    const b = new Uint8Array(3);
    for (const [from, to] of [
      [0, 1500],
      [3, 900],
      [1200, 1500],
      [700, 780],
    ] as const) {
      grown.maxima(all(3), from, to, a);
      whole.maxima(all(3), from, to, b);
      expect([...a]).toEqual([...b]);
    }
    expect([...grown.peaks]).toEqual([...whole.peaks]);
  });

  test('frames are found by time, gaps hold none, and a hint changes nothing', () => {
    const scores = timeline(500, 2, 5, 200);
    const pyramid = new ScorePyramid(scores);
    pyramid.update();
    let hint = pyramid.from;
    for (let t = -5; t < 1200; t += 1.7) {
      const expected = scores.range(t, t + 1.7);
      expect(pyramid.framesAt(t, t + 1.7)).toEqual(expected);
      const hinted = pyramid.framesAt(t, t + 1.7, hint);
      expect(hinted).toEqual(expected);
      hint = hinted.from;
    }
    expect(pyramid.framesAt(420, 480)).toEqual({ from: 200, to: 200 });
  });

  test('the first time a class reached a score', () => {
    const scores = timeline(300, 4, 11);
    const pyramid = new ScorePyramid(scores);
    pyramid.update();
    for (let index = 0; index < 4; index++) {
      for (const least of [0.3, 0.7, pyramid.peaks[index]!]) {
        let expected: number | null = null;
        for (let n = 299; n >= 0; n--) if (scores.value(n, index) >= least) expected = scores.startOf(n);
        expect(pyramid.firstReach(index, least)).toBe(expected);
      }
      expect(pyramid.firstReach(index, 1.01)).toBeNull();
    }
  });

  test('a timeline that forgot its beginning, or was emptied, is read from what it has', () => {
    const scores = new ScoreTimeline({ classes: 1, maxFrames: 64, blockFrames: 32 });
    const pyramid = new ScorePyramid(scores);
    const push = (n: number, value: number) =>
      scores.push({ index: n, startS: n, endS: n + 1, probabilities: Float32Array.of(value) });
    for (let n = 0; n < 300; n++) {
      push(n, 0.25);
      if (n % 7 === 0) pyramid.update();
    }
    pyramid.update();
    expect(pyramid.framesAt(0, 1000).to).toBe(scores.to);
    const into = new Uint8Array(1);
    pyramid.maxima(all(1), pyramid.from, pyramid.to, into);
    expect(into[0]).toBe(byteOf(0.25));
    scores.clear();
    push(0, 0.5);
    pyramid.update();
    pyramid.maxima(all(1), pyramid.from, pyramid.to, into);
    expect(into[0]).toBe(byteOf(0.5));
    expect(pyramid.peaks[0]).toBe(0.5);
  });
});

describe('heat image', () => {
  test('one loud chunk in hours is seen at every zoom; a gap is transparent', () => {
    const scores = new ScoreTimeline({ classes: 2, maxFrames: 20_000 });
    for (let n = 0; n < 6000; n++) {
      if (n >= 1000 && n < 2000) continue;
      const probabilities = Float32Array.of(n === 4321 ? 1 : 0, 0);
      scores.push({ index: n, startS: n * 2, endS: n * 2 + 2, probabilities });
    }
    const pyramid = new ScorePyramid(scores);
    while (!pyramid.update());
    const colours = Uint32Array.from({ length: 256 }, (_, byte) => byte);
    for (const [startS, endS, width] of [
      [0, 12_000, 300],
      [8000, 9000, 777],
      [8640, 8645, 50],
    ] as const) {
      const pixels = new Uint32Array(width * 2);
      paintHeat({ pyramid, classes: all(2), startS, endS, width, colours }, pixels);
      const x = Math.floor(((8643 - startS) / (endS - startS)) * width);
      expect(pixels[x]).toBe(255);
      expect(pixels[width + x]).toBe(1);
    }
    const pixels = new Uint32Array(200);
    paintHeat({ pyramid, classes: all(2), startS: 2500, endS: 3500, width: 100, colours }, pixels);
    expect(new Set(pixels)).toEqual(new Set([0]));
  });

  test('the colour of a higher score is nearer to ink', () => {
    for (const [ramp, sign] of [
      ['light', -1],
      ['dark', 1],
    ] as const) {
      const colours = heatColours(ramp);
      const green = (byte: number): number => (colours[byte]! >>> 8) & 255;
      for (let byte = 9; byte < 256; byte += 8)
        expect(sign * (green(byte) - green(byte - 8))).toBeGreaterThanOrEqual(0);
      expect(colours[0]).toBe(0);
      expect(colours[1]! >>> 24).toBe(255);
    }
  });
});

describe('heat rows', () => {
  const taxonomy = new Taxonomy([
    { mid: 'animal', name: 'Animal', children: ['dog'] },
    { mid: 'dog', name: 'Dog', children: ['bark'] },
    { mid: 'bark', name: 'Bark', children: [] },
    { mid: 'rain', name: 'Rain', children: [] },
  ]);
  const labels = {
    mids: ['rain', 'bark', 'other', 'dog', 'animal'],
    names: ['Rain', 'Bark', 'Other', 'Dog', 'Animal'],
  };
  const base = {
    labels,
    taxonomy,
    rules: DEFAULT_RULES,
    peaks: Float32Array.of(0.9, 0.4, 0.6, 0.11, 0.05),
    firstReach: (index: number, score: number) => [30, 10, 20, 15, 1][index]! + score,
  };
  const names = (rows: readonly { readonly name: string }[]) => rows.map(({ name }) => name);

  test('every class that ever mattered, by tree, first time, or peak', () => {
    expect(names(heatRows({ ...base, order: 'tree' }))).toEqual(['Dog', 'Bark', 'Rain', 'Other']);
    expect(names(heatRows({ ...base, order: 'peak' }))).toEqual(['Rain', 'Other', 'Bark', 'Dog']);
    expect(names(heatRows({ ...base, order: 'first' }))).toEqual(['Bark', 'Dog', 'Other', 'Rain']);
    expect(heatRows({ ...base, order: 'tree' })[1]).toMatchObject({ classIndex: 1, branch: 'Animal' });
  });

  test('a lower off-threshold brings more in, also for one class', () => {
    expect(heatRows({ ...base, order: 'peak', rules: { ...DEFAULT_RULES, off: 0.04 } })).toHaveLength(5);
    const rules = { ...DEFAULT_RULES, perClass: { animal: { off: 0.05 } } };
    expect(names(heatRows({ ...base, order: 'peak', rules }))).toContain('Animal');
  });

  test('hit testing, what is seen, and scrolling to a row', () => {
    for (const shape of [WIDE_SHAPE, NARROW_SHAPE]) {
      expect(rowAt(-1, shape, 3)).toBeNull();
      expect(rowAt(shape.rowPx * 3, shape, 3)).toBeNull();
      for (const row of [0, 1, 2]) expect(rowAt(row * shape.rowPx + shape.cellTopPx, shape, 3)).toBe(row);
      expect(shape.cellTopPx + shape.cellPx).toBeLessThanOrEqual(shape.rowPx);
    }
    expect(visibleRows(25, 100, WIDE_SHAPE, 100)).toEqual({ from: 1, to: 6 });
    expect(visibleRows(0, 100, WIDE_SHAPE, 2)).toEqual({ from: 0, to: 2 });
    expect(visibleRows(999, 100, WIDE_SHAPE, 2)).toEqual({ from: 2, to: 2 });
    expect(scrolledTo(0, 30, 96, WIDE_SHAPE)).toBe(0);
    expect(scrolledTo(9, 30, 96, WIDE_SHAPE)).toBe(240 - 96);
    expect(scrolledTo(3, 30, 96, WIDE_SHAPE)).toBe(30);
  });
});
