import { expect, test } from 'vitest';
import { noise } from '../../../fixtures/seeded.ts';
import { melEnergy, melFilterBank, periodicHann, sparseBank } from './mel.ts';

const spec = { sampleRateHz: 16000, nFft: 512, mels: 64, fMinHz: 0, fMaxHz: 8000 };
const BINS = 257;

test('the window is periodic: it starts at 0, peaks at its middle, and overlaps itself to a constant', () => {
  const window = periodicHann(512);
  expect(window[0]).toBe(0);
  expect(window[256]).toBe(1);
  expect(window[511]).toBeGreaterThan(0);
  for (let k = 0; k < 256; k++) expect(window[k]! + window[k + 256]!).toBeCloseTo(1, 12);
});

test('no filter is empty, none is above 1, DC and Nyquist count in none', () => {
  const bank = melFilterBank(spec);
  for (let mel = 0; mel < 64; mel++) {
    const filter = Array.from({ length: BINS }, (_, bin) => bank[bin * 64 + mel]!);
    expect(Math.max(...filter)).toBeGreaterThan(0);
    expect(Math.max(...filter)).toBeLessThanOrEqual(1);
    expect(Math.min(...filter)).toBe(0);
    expect(filter[0]).toBe(0);
    expect(filter[256]).toBeCloseTo(0, 12);
  }
});

test('between the first and the last peak the filters add up to 1: HTK mel, peak 1, no area normalisation', () => {
  const bank = melFilterBank(spec);
  const hzOfMel = (mel: number) => 700 * (10 ** (mel / 2595) - 1);
  const top = 2595 * Math.log10(1 + 8000 / 700);
  let checked = 0;
  for (let bin = 0; bin < BINS; bin++) {
    const hz = (bin * 16000) / 512;
    if (hz < hzOfMel(top / 65) || hz > hzOfMel((64 * top) / 65)) continue;
    let sum = 0;
    for (let mel = 0; mel < 64; mel++) sum += bank[bin * 64 + mel]!;
    expect(sum).toBeCloseTo(1, 10);
    checked++;
  }
  expect(checked).toBeGreaterThan(240);
});

test('the sparse bank gives what the full one gives, with holes and an empty filter too', () => {
  const mels = 7;
  const bank = noise(3, 33 * mels).map((value, i) => (i % mels === 4 || Math.abs(value) < 0.2 ? 0 : value));
  const power = Float64Array.from(noise(4, 33));
  const sparse = sparseBank(bank, mels);
  for (let mel = 0; mel < mels; mel++) {
    let sum = 0;
    for (let bin = 0; bin < 33; bin++) sum += bank[bin * mels + mel]! * power[bin]!;
    expect(melEnergy(sparse, mel, power)).toBeCloseTo(sum, 12);
  }
  expect(melEnergy(sparse, 4, power)).toBe(0);
});
