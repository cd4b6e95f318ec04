import { expect, test } from 'vitest';
import { noise } from '../../../fixtures/seeded.ts';
import { assertFinite } from './assert-finite.ts';

test.each([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
])('%s is refused with its place', (word, value) => {
  for (const index of [0, 41, 998]) {
    const samples = noise(1, 999);
    samples[index] = value;
    expect(() => assertFinite(samples)).toThrow(
      expect.objectContaining({ code: 'bad-samples', message: expect.stringContaining(`${word} at index ${index} `) }),
    );
  }
});

test('every finite number passes, also outside -1..1, and so does no sound at all', () => {
  assertFinite(new Float32Array(0));
  assertFinite(Float32Array.of(0, -0, 1e-45, 3.4e38, -3.4e38, 3.4e38, 3.4e38));
});
