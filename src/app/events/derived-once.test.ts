import { expect, test } from 'vitest';
import { DEFAULT_RULES } from '../../core/events/event-types.ts';
import { ScoreTimeline } from '../../core/scores/score-timeline.ts';
import { derivedOnce } from './derived-once.ts';

test('the same question gets the very same answer; another rule, or more sound, a new one', () => {
  const labels = { mids: ['a'], names: ['A'] };
  const scores = new ScoreTimeline({ classes: 1 });
  const hear = (index: number, value: number) =>
    scores.push({ index, startS: index, endS: index + 1, probabilities: Float32Array.of(value) });
  hear(0, 0.6);
  const first = derivedOnce(scores, labels, DEFAULT_RULES);
  expect(first.events).toHaveLength(1);
  expect(derivedOnce(scores, labels, { ...DEFAULT_RULES })).toBe(first);
  expect(derivedOnce(scores, labels, { ...DEFAULT_RULES, on: 0.7 }).events).toHaveLength(0);
  hear(1, 0.1);
  hear(2, 0.9);
  expect(derivedOnce(scores, labels, DEFAULT_RULES).events).toHaveLength(2);
});
