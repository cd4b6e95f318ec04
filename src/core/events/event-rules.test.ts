import { describe, expect, test } from 'vitest';
import { assertRules, normaliseRules, ruleFor } from './event-rules.ts';
import { DEFAULT_RULES, type EventRules } from './event-types.ts';

const withRules = (change: Partial<EventRules>): EventRules => ({ ...DEFAULT_RULES, ...change });

describe('assertRules', () => {
  test('the defaults are rules', () => assertRules(DEFAULT_RULES));

  test.each<[Partial<EventRules>, RegExp]>([
    [{ on: 1.2 }, /^on must be a number from 0 to 1, got 1.2$/],
    [{ off: Number.NaN }, /^off must be a number from 0 to 1, got NaN$/],
    [{ off: 0.6 }, /^off must be at most on, which is 0.5, got 0.6$/],
    [{ minDurationS: -1 }, /^minDurationS must be a number of seconds of at least 0, got -1$/],
    [{ mergeGapS: Number.POSITIVE_INFINITY }, /^mergeGapS must be .*got Infinity$/],
    [{ medianChunks: 4 }, /^medianChunks must be an odd number from 1 to 31, got 4$/],
    [{ medianChunks: 0 }, /^medianChunks must be/],
    [{ medianChunks: -3 }, /^medianChunks must be/],
    [{ medianChunks: 33 }, /^medianChunks must be/],
    [{ perClass: { '/m/x': { on: 2 } } }, /^perClass\['\/m\/x'\]\.on must be a number from 0 to 1, got 2$/],
    [{ perClass: { '/m/x': { on: 0.2, off: 0.4 } } }, /^perClass\['\/m\/x'\]\.off must be at most on, which is 0.2/],
    [{ perClass: { '/m/x': { medianChunks: 2 } } }, /^perClass\['\/m\/x'\]\.medianChunks/],
    [
      { perClass: { '/m/x': Object.fromEntries([['onn', 0.5]]) } },
      /^perClass\['\/m\/x'\] may have on, off, .* got onn$/,
    ],
  ])('%j is refused by name', (change, message) => {
    expect(() => assertRules(withRules(change))).toThrow(RangeError);
    expect(() => assertRules(withRules(change))).toThrow(message);
  });
});

describe('ruleFor', () => {
  test('an override of one threshold alone takes the other along, where it must', () => {
    const rules = withRules({ perClass: { low: { on: 0.2 }, high: { off: 0.8 }, within: { on: 0.4 } } });
    expect(ruleFor(rules, 'low')).toMatchObject({ on: 0.2, off: 0.2 });
    expect(ruleFor(rules, 'high')).toMatchObject({ on: 0.8, off: 0.8 });
    expect(ruleFor(rules, 'within')).toMatchObject({ on: 0.4, off: 0.3 });
    expect(ruleFor(rules, 'other')).toMatchObject({ on: 0.5, off: 0.3 });
    assertRules(rules);
  });
});

describe('normaliseRules', () => {
  test('the threshold that was not moved gives way', () => {
    expect(normaliseRules({ on: 0.2 })).toMatchObject({ on: 0.2, off: 0.2 });
    expect(normaliseRules({ off: 0.8 })).toMatchObject({ on: 0.8, off: 0.8 });
    expect(normaliseRules({ on: 0.4, off: 0.6 })).toMatchObject({ on: 0.4, off: 0.4 });
  });

  test('what is out of range is moved in, what is no number is left as it was', () => {
    expect(normaliseRules({ on: 7, minDurationS: -2, medianChunks: 99 })).toMatchObject({
      on: 1,
      minDurationS: 0,
      medianChunks: 31,
    });
    expect(normaliseRules({ on: Number.NaN, mergeGapS: Number.NaN })).toEqual(DEFAULT_RULES);
    expect([0, 1, 2, 3, 4, 4.9].map((medianChunks) => normaliseRules({ medianChunks }).medianChunks)).toEqual([
      1, 1, 3, 3, 5, 5,
    ]);
  });

  test('keeps what the change does not name', () => {
    const before = withRules({ grouped: true, perClass: { x: { on: 0.7 } }, minDurationS: 3 });
    expect(normaliseRules({ mergeGapS: 2 }, before)).toEqual({ ...before, mergeGapS: 2 });
  });

  test('overrides keep only the fields they had, within range; empty ones go', () => {
    const rules = normaliseRules({ perClass: { x: { on: 3 }, y: {}, z: { on: 0.4, off: 0.9 } } });
    expect(rules.perClass).toEqual({ x: { on: 1 }, z: { on: 0.4, off: 0.4 } });
  });

  test('whatever a control sends, the result is a set of rules', () => {
    const odd = [-1, 0, 0.3, 0.9, 2, 40, Number.NaN, Number.POSITIVE_INFINITY];
    for (const on of odd)
      for (const off of odd)
        for (const medianChunks of odd)
          assertRules(normaliseRules({ on, off, medianChunks, minDurationS: off, perClass: { x: { off: on } } }));
  });
});
