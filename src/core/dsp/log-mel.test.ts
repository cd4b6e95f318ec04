import { describe, expect, test } from 'vitest';
import { readFrontEndGolden } from '../../../fixtures/front-end-golden.ts';
import { ParityAudio, parityAbsent } from '../../../fixtures/parity-audio.ts';
import { noise } from '../../../fixtures/seeded.ts';
import { REFERENCE_FEATURES as features } from '../model/make-model.ts';
import { clampRange, LogMel } from './log-mel.ts';
import { melFilterBank, periodicHann } from './mel.ts';

const MELS = 64;

/**
 * Ours is row-major [frames, mels], the reference's [mels, frames]. Within 80 dB of the maximum float32 rounding moves a bin by at
 * most 0.002 dB; 90 dB and more below it bins hold mostly the rounding noise of the reference's float32 transform.
 */
function expectParity(ours: Float32Array, reference: Float32Array): void {
  expect(ours.length).toBe(reference.length);
  const frames = ours.length / MELS;
  const maximum = reference.reduce((a, b) => Math.max(a, b));
  let loud = 0;
  let quiet = 0;
  let sum = 0;
  for (let frame = 0; frame < frames; frame++) {
    for (let mel = 0; mel < MELS; mel++) {
      const expected = reference[mel * frames + frame]!;
      const difference = Math.abs(ours[frame * MELS + mel]! - expected);
      if (expected > maximum - 80) loud = Math.max(loud, difference);
      else quiet = Math.max(quiet, difference);
      sum += difference;
    }
  }
  expect(loud).toBeLessThan(0.005);
  expect(quiet).toBeLessThan(0.25);
  expect(sum / ours.length).toBeLessThan(0.005);
}

describe('the front end is the original one', () => {
  for (const { name, samples, db } of readFrontEndGolden()) {
    test(`golden in the repository: ${name}`, () => expectParity(new LogMel(features).call(samples), db));
  }

  const absent = parityAbsent();
  if (absent) {
    console.warn(`SKIPPED: 51 parity spectrograms: ${absent}`);
    test.skip(`51 parity spectrograms (${absent})`, () => {});
    return;
  }
  const parity = new ParityAudio();
  const logMel = new LogMel(features);
  test('there are 51 parity spectrograms', () => expect(parity.mel).toHaveLength(51));
  for (const entry of parity.mel) {
    const { input, scope, start_sample: start, samples, db } = entry;
    test(`parity: ${input} ${scope}, ${samples} samples from ${start}`, () => {
      expectParity(logMel.call(parity.sound(input).subarray(start, start + samples)), parity.array(db));
    });
  }
  test('parity: window and filter bank', () => {
    const window = parity.array(parity.constants.window);
    const computed = periodicHann(512);
    window.forEach((value, k) => {
      expect(Math.abs(value - computed[k]!)).toBeLessThan(1e-6);
    });
    const bank = parity.array(parity.constants.mel_filterbank);
    const ours = melFilterBank({ sampleRateHz: 16000, nFft: 512, mels: 64, fMinHz: 0, fMaxHz: 8000 });
    let largest = 0;
    bank.forEach((value, i) => {
      largest = Math.max(largest, Math.abs(value - ours[i]!));
    });
    expect(largest).toBeLessThan(6e-6);
  });
  test('parity: stored float32 window and bank give the same spectrogram', () => {
    const stored = {
      window: parity.array(parity.constants.window),
      filterBank: parity.array(parity.constants.mel_filterbank),
    };
    const entry = parity.mel[1]!;
    expectParity(new LogMel(features, stored).call(parity.sound(entry.input)), parity.array(entry.db));
  });
});

test('a frame is what the formulas say, by a slow transform written another way', () => {
  const samples = noise(7, 700);
  const ours = new LogMel(features).call(samples);
  const bank = melFilterBank({ sampleRateHz: 16000, nFft: 512, mels: 64, fMinHz: 0, fMaxHz: 8000 });
  const frames = 1 + Math.floor(700 / 160);
  expect(ours.length).toBe(frames * MELS);
  const mirror = (at: number): number => (at < 0 ? -at : at > 699 ? 2 * 699 - at : at);
  for (let frame = 0; frame < frames; frame++) {
    const windowed = Array.from(
      { length: 512 },
      (_, k) => samples[mirror(160 * frame - 256 + k)]! * Math.sin((Math.PI * k) / 512) ** 2,
    );
    const power = Array.from({ length: 257 }, (_, bin) => {
      let re = 0;
      let im = 0;
      for (let k = 0; k < 512; k++) {
        const turn = (2 * Math.PI * ((bin * k) % 512)) / 512;
        re += windowed[k]! * Math.cos(turn);
        im += windowed[k]! * Math.sin(turn);
      }
      return re * re + im * im;
    });
    for (let mel = 0; mel < MELS; mel++) {
      const energy = power.reduce((sum, value, bin) => sum + value * bank[bin * MELS + mel]!, 0);
      expect(Math.abs(ours[frame * MELS + mel]! - 10 * Math.log10(energy))).toBeLessThan(1e-5);
    }
  }
});

test('digital silence is exactly the floor', () => {
  expect(new Set(new LogMel(features).call(new Float32Array(3200)))).toEqual(new Set([-100]));
});

test('the clamp looks at the whole call, frames that are cut off later included', () => {
  const samples = new Float32Array(32000);
  const logMel = new LogMel(features);
  // One full-scale click in the 9 frames (193..201) that a 2 s model does not use.
  samples[31500] = 1;
  for (let i = 31000; i < 32000; i++) samples[i] = i % 2 === 0 ? 1 : -1;
  const data = logMel.call(samples);
  const maximum = data.reduce((a, b) => Math.max(a, b));
  expect(maximum).toBeGreaterThan(30);
  expect(data[0]).toBe(Math.fround(maximum - 120));
  const unclamped = logMel.unclamped(samples);
  expect(unclamped[0]).toBe(-100);
  expect(clampRange(unclamped, 120)).toEqual(data);
});

test('the reflection needs 257 samples; fewer are refused with both numbers', () => {
  const logMel = new LogMel(features);
  expect(logMel.call(noise(1, 257)).length).toBe(2 * MELS);
  for (const count of [0, 1, 256]) {
    expect(() => logMel.call(noise(1, count))).toThrow(
      expect.objectContaining({
        code: 'too-short',
        message: expect.stringMatching(new RegExp(`257 .*got ${count}\\.`)),
      }),
    );
  }
});

test('a stored window and bank are used, and are refused with another shape or when a card asks for them in vain', () => {
  const window = new Float32Array(512).fill(0.5);
  const filterBank = new Float32Array(257 * MELS);
  // Every band sees bin 0 only: the squared sum of the samples under the flat window.
  filterBank.fill(1, 0, MELS);
  const data = new LogMel(features, { window, filterBank }).unclamped(new Float32Array(800).fill(0.25));
  for (const value of data) expect(value).toBeCloseTo(10 * Math.log10((512 * 0.5 * 0.25) ** 2), 4);

  const short = { window: window.subarray(1), filterBank };
  expect(() => new LogMel(features, short)).toThrow(expect.objectContaining({ code: 'bad-weights' }));
  const wrongBank = { window, filterBank: filterBank.subarray(MELS) };
  expect(() => new LogMel(features, wrongBank)).toThrow(expect.objectContaining({ code: 'bad-weights' }));
  const broken = { window: window.slice().fill(Number.NaN, 9, 10), filterBank };
  expect(() => new LogMel(features, broken)).toThrow(/NaN at index 9/);
  expect(() => new LogMel({ ...features, storedFrontEnd: true })).toThrow(TypeError);
});

test('a front end that this code does not know is refused by name', () => {
  for (const [field, value] of [
    ['nFft', 500],
    ['winSamples', 400],
    ['hopSamples', 300],
    ['fMaxHz', 9000],
    ['rangeDb', 0],
  ] as const) {
    expect(() => new LogMel({ ...features, [field]: value })).toThrow(
      expect.objectContaining({ code: 'bad-card', message: expect.stringContaining(field) }),
    );
  }
});
