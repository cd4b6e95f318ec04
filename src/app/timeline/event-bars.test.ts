import { expect, test } from 'vitest';
import { barsPath } from './event-bars.ts';

test('bars stand at their times, cut at the cover, never too narrow to be seen', () => {
  const cover = { startS: 10, endS: 20 };
  const path = barsPath(
    [
      { startS: 0, endS: 5 },
      { startS: 8, endS: 11 },
      { startS: 15, endS: 15.01 },
      { startS: 19, endS: 30 },
      { startS: 20, endS: 21 },
    ],
    cover,
    10,
    40,
    5,
  );
  expect(path).toBe('M0.0 40H10.0v5H0.0zM50.0 40H52.0v5H50.0zM90.0 40H100.0v5H90.0z');
});

test('bars that would touch on the screen are one', () => {
  const spans = Array.from({ length: 1000 }, (_, i) => ({ startS: i, endS: i + 0.5 }));
  expect(barsPath(spans, { startS: 0, endS: 1000 }, 0.5, 0, 5).match(/M/g)).toHaveLength(1);
});
