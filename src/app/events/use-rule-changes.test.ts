import { expect, test } from 'vitest';
import { DEFAULT_RULES } from '../../core/events/event-types.ts';
import { difference, withWish } from './use-rule-changes.ts';

test('only the fields that differ are handed on; overrides as a whole', () => {
  const before = { ...DEFAULT_RULES, perClass: { dog: { on: 0.2 } } };
  expect(difference(before, { ...before, perClass: { dog: { on: 0.2 } } })).toEqual({});
  expect(difference(before, { ...before, on: 0.2, off: 0.2 })).toEqual({ on: 0.2, off: 0.2 });
  expect(difference(before, { ...before, grouped: true, perClass: {} })).toEqual({ grouped: true, perClass: {} });
});

test('a threshold that gave way to the other comes back when there is room again', () => {
  const wish = { on: 0.5, off: 0.3 };
  expect(withWish({ on: 0.1 }, { ...wish, on: 0.1 })).toEqual({ on: 0.1, off: 0.1 });
  expect(withWish({ on: 0.5 }, wish)).toEqual({ on: 0.5, off: 0.3 });
  expect(withWish({ off: 0.8 }, { ...wish, off: 0.8 })).toEqual({ off: 0.8, on: 0.8 });
  expect(withWish({ off: 0.2 }, { ...wish, off: 0.2 })).toEqual({ off: 0.2, on: 0.5 });
  expect(withWish({ mergeGapS: 1 }, wish)).toEqual({ mergeGapS: 1 });
});
