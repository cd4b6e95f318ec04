import { expect, test } from 'vitest';
import { noteWords, runningWords, spanWords, speedWords, stateWords } from './take-words.ts';
import { testRow } from './test-rows.ts';

test.each([
  [0.2, '1 s'],
  [8.2, '9 s'],
  [59.4, '1 min'],
  [150, '3 min'],
  [3599, '1 h'],
  [4800, '1 h 20 min'],
])('%f s is said as %s', (seconds, words) => {
  expect(spanWords(seconds)).toBe(words);
});

test('speed has a decimal only where it matters', () => {
  expect(speedWords(4.23)).toBe('4.2×');
  expect(speedWords(38.4)).toBe('38×');
});

test('a running file says its share, speed and rest; without a known length how much is read', () => {
  const state = { kind: 'running' } as const;
  const known = testRow('a', { state, saidS: 100, scoredS: 43.9, speed: 38, remainingS: 1.4 });
  expect(runningWords(known)).toBe('43 %, 38×, 2 s left');
  expect(runningWords(testRow('b', { state, saidS: null, scoredS: 75 }))).toBe('1:15 read');
});

test('where a file stopped, and why; a person who stopped it is told no reason', () => {
  const error = { code: 'truncated-audio', message: 'the file ends in the middle of a block.' } as const;
  expect(stateWords(testRow('a', { state: { kind: 'stopped', atS: 12.34, error } }))).toBe(
    'stopped at 0:12.3: the file ends in the middle of a block.',
  );
  const told = { ...error, message: 'a.wav stops at 0:12.3 of 0:20.0: the rest cannot be read.' };
  expect(stateWords(testRow('a', { state: { kind: 'stopped', atS: 12.34, error: told } }))).toBe(
    'stops at 0:12.3 of 0:20.0: the rest cannot be read.',
  );
  expect(stateWords(testRow('a', { state: { kind: 'stopped', atS: 12.34, error: null } }))).toBe('cancelled at 0:12.3');
});

test('more than one channel is said to be mixed', () => {
  expect(noteWords(testRow('a', { saidS: 1 }).take, () => 'Tiny, 2 s')).toBe(
    'WAV · 2 channels, mixed to one · Tiny, 2 s',
  );
});
