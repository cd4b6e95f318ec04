import { describe, expect, test } from 'vitest';
import type { TagEvent } from '../../core/events/event-types.ts';
import { classCounts, countWords, lengthWords } from './event-words.ts';

const event = (name: string, classIndex: number): TagEvent => ({
  classIndex,
  mid: `/m/${name}`,
  name,
  startS: 0,
  endS: 1,
  peak: 0.9,
  peakS: 0.5,
  mean: 0.9,
  chunks: 1,
});

describe('event words', () => {
  test('counts events and their classes, in the right number', () => {
    expect(countWords([])).toBe('No events');
    expect(countWords([event('Dog', 3)])).toBe('1 event of 1 class');
    expect(countWords([event('Dog', 3), event('Cat', 4), event('Dog', 3)])).toBe('3 events of 2 classes');
    expect(countWords(Array.from({ length: 1234 }, () => event('Dog', 3)))).toBe('1,234 events of 1 class');
  });

  test('lengths are as exact as is of use, and never 60 s of a minute', () => {
    expect([0.96, 9.99, 9.996, 59.9, 59.96, 60, 119.6, 247].map(lengthWords)).toEqual([
      '0.96 s',
      '9.99 s',
      '10.0 s',
      '59.9 s',
      '1 min 0 s',
      '1 min 0 s',
      '2 min 0 s',
      '4 min 7 s',
    ]);
  });

  test('classes of a list by name', () => {
    expect(classCounts([event('Dog', 3), event('Cat', 4), event('Dog', 3)])).toEqual([
      { mid: '/m/Cat', name: 'Cat', count: 1 },
      { mid: '/m/Dog', name: 'Dog', count: 2 },
    ]);
  });
});
