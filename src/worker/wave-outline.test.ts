import { expect, test } from 'vitest';
import { noise, oddBlocks } from '../../fixtures/seeded.ts';
import { WaveOutline } from './wave-outline.ts';

const outline = (samples: Float32Array, rateHz: number, blocks: Iterable<Float32Array> = [samples]): number[] => {
  const wave = new WaveOutline();
  const pairs: number[] = [];
  for (const block of blocks) {
    wave.push(block, rateHz);
    pairs.push(...wave.take());
  }
  return pairs;
};

test.each([8000, 11_025, 16_000, 44_100, 48_000])(
  'a pair per 20 ms at %d Hz, the same however the sound is cut',
  (rateHz) => {
    const samples = noise(1, Math.round(rateHz * 3.01));
    const whole = outline(samples, rateHz);
    expect(whole).toHaveLength(2 * 150);
    for (let pair = 0; pair < 150; pair++) {
      const part = samples.subarray(Math.round(pair * 0.02 * rateHz), Math.round((pair + 1) * 0.02 * rateHz));
      expect(whole[pair * 2]).toBe(Math.round(part.reduce((a, b) => Math.min(a, b)) * 127));
      expect(whole[pair * 2 + 1]).toBe(Math.round(part.reduce((a, b) => Math.max(a, b)) * 127));
    }
    expect(outline(samples, rateHz, oddBlocks(samples, 2, 2000))).toEqual(whole);
  },
);

test('lost sound is a flat line, and time goes on behind it', () => {
  const wave = new WaveOutline();
  wave.push(new Float32Array(1600).fill(0.5), 16_000);
  wave.skip(0.1);
  wave.push(new Float32Array(1600).fill(-0.5), 16_000);
  const pairs = [...wave.take()];
  expect(pairs).toHaveLength(30);
  expect(pairs.slice(0, 10)).toEqual(Array(10).fill(64));
  expect(pairs.slice(10, 20)).toEqual(Array(10).fill(0));
  expect(pairs.slice(20)).toEqual(Array(10).fill(-63));
});
