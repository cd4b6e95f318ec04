import { expect, test } from 'vitest';
import { DEFAULT_RULES } from '../../core/events/event-types.ts';
import { difference } from './use-rule-changes.ts';

test('only the fields that differ are handed on; overrides as a whole', () => {
  const before = { ...DEFAULT_RULES, perClass: { dog: { on: 0.2 } } };
  expect(difference(before, { ...before, perClass: { dog: { on: 0.2 } } })).toEqual({});
  expect(difference(before, { ...before, on: 0.2, off: 0.2 })).toEqual({ on: 0.2, off: 0.2 });
  expect(difference(before, { ...before, grouped: true, perClass: {} })).toEqual({ grouped: true, perClass: {} });
});
