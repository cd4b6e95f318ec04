import { afterAll, describe, expect, test } from 'vitest';
import { noise, oddBlocks, seeded } from '../../../fixtures/seeded.ts';
import { Resampler } from './resampler.ts';

const OUT = 16_000;
const RATES = [44_100, 48_000, 22_050, 96_000, 8_000, 11_025];

const join = (parts: readonly Float32Array[]): Float32Array => {
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};

async function resample(blocks: Iterable<Float32Array>, rateHz: number, outHz = OUT): Promise<Float32Array> {
  const resampler = await Resampler.create(rateHz, outHz);
  const parts = [...blocks].map((block) => resampler.push(block));
  return join([...parts, resampler.finish()]);
}

const sine = (hz: number, rateHz: number, seconds = 0.5): Float32Array =>
  Float32Array.from({ length: rateHz * seconds }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hz * i) / rateHz + 0.3));
const middle = (samples: Float32Array): Float32Array =>
  samples.subarray(Math.floor(samples.length / 4), Math.floor((samples.length * 3) / 4));
const rms = (samples: Float32Array): number => Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
const decibels = (ratio: number): number => 20 * Math.log10(ratio);
const SINE_RMS = 0.5 / Math.SQRT2;

const measured: string[] = [];
afterAll(() => console.info(measured.join('\n')));

describe.each(RATES)('%i Hz to 16 kHz', (rateHz) => {
  const limit = Math.min(rateHz, OUT) / 2;

  test('tones up to 94 % of the band come through as they are: level, phase and time', async () => {
    let worst = -Infinity;
    for (const part of [0.01, 0.1, 0.5, 0.8, 0.94]) {
      const hz = part * limit;
      const out = await resample([sine(hz, rateHz)], rateHz);
      const error = middle(out).map(
        (x, i) => x - 0.5 * Math.sin((2 * Math.PI * hz * (i + Math.floor(out.length / 4))) / OUT + 0.3),
      );
      worst = Math.max(worst, decibels(rms(error) / SINE_RMS));
    }
    measured.push(`${rateHz} Hz: pass-band error ${worst.toFixed(0)} dB`);
    expect(worst).toBeLessThan(-105);
  });

  // Below 16 kHz nothing is above the band.
  if (rateHz > OUT) {
    test('tones above the band are gone', async () => {
      let worst = -Infinity;
      for (const hz of [8_100, 8_300, 9_000, 10_000, 0.95 * (rateHz / 2)]) {
        const out = await resample([sine(hz, rateHz)], rateHz);
        worst = Math.max(worst, decibels(rms(middle(out)) / SINE_RMS));
      }
      measured.push(`${rateHz} Hz: alias ${worst.toFixed(0)} dB`);
      expect(worst).toBeLessThan(-110);
    });
  }

  test('an impulse lands at its own time, also the first and the last sample', async () => {
    const length = rateHz / 5;
    // Times that are whole samples on both sides, where the rates allow it.
    for (const at of [0, Math.round(rateHz / 10), length - Math.ceil(rateHz / OUT)]) {
      const input = new Float32Array(length);
      input[at] = 1;
      const out = await resample([input], rateHz);
      expect(out.length).toBe(Math.round((length * OUT) / rateHz));
      const peak = out.reduce((best, x, i) => (Math.abs(x) > Math.abs(out[best]!) ? i : best), 0);
      expect(Math.abs(peak - (at * OUT) / rateHz)).toBeLessThanOrEqual(0.5);
    }
  });

  test('how the input is cut changes nothing, bit for bit', async () => {
    const input = noise(rateHz, 20_011);
    const whole = await resample([input], rateHz);
    for (const seed of [1, 2, 3]) {
      expect(await resample(oddBlocks(input, seed, 3000), rateHz)).toEqual(whole);
    }
    const singles = Array.from({ length: 2000 }, (_, i) => input.subarray(i, i + 1));
    expect(await resample(singles, rateHz)).toEqual(await resample([input.subarray(0, 2000)], rateHz));
  });

  test('n samples give round(n·out/in), for any n', async () => {
    const random = seeded(rateHz);
    for (const n of [0, 1, 2, 3, 127, ...Array.from({ length: 20 }, () => Math.floor(random() * 9000))]) {
      expect((await resample([new Float32Array(n)], rateHz)).length).toBe(Math.round((n * OUT) / rateHz));
    }
  });

  test('it holds back less than 17 ms', async () => {
    const resampler = await Resampler.create(rateHz, OUT);
    const came = resampler.push(noise(5, rateHz)).length;
    resampler.dispose();
    expect((OUT - came) / OUT).toBeLessThan(0.017);
  });
});

test.each([
  // A tenth of the work of 44 100 to 16 000 Hz, with the same interpolation between positions.
  ['an hour', 4_410, 4_000, 3600],
  ['a minute', 44_100, OUT, 60],
] as const)(
  '%s from %i to %i Hz does not drift, in count or in phase',
  { timeout: 120_000 },
  async (_, inHz, outHz, seconds) => {
    const resampler = await Resampler.create(inHz, outHz);
    const second = sine(500, inHz, 1);
    let count = 0;
    let last = new Float32Array(0);
    for (let s = 0; s < seconds; s++) {
      last = Float32Array.from(resampler.push(second));
      count += last.length;
    }
    const from = count - last.length + Math.floor(last.length / 4);
    const error = middle(last).map(
      (x, i) => x - 0.5 * Math.sin((2 * Math.PI * 500 * ((from + i) % outHz)) / outHz + 0.3),
    );
    expect(decibels(rms(error) / SINE_RMS)).toBeLessThan(-105);
    expect(count + resampler.finish().length).toBe(seconds * outHz);
  },
);

test('equal rates pass through bit for bit, as a copy', async () => {
  const input = noise(1, 1001);
  const resampler = await Resampler.create(OUT, OUT);
  const out = resampler.push(input);
  expect(out).toEqual(input);
  expect(out.buffer).not.toBe(input.buffer);
  expect(resampler.finish()).toHaveLength(0);
});

test('odd rates work: the ends of the range, primes, fractions of a hertz, and downwards from 16 kHz', async () => {
  for (const [inHz, outHz] of [
    [4_000, OUT],
    [768_000, OUT],
    [44_101, OUT],
    [767_999, OUT],
    [44_100.5, OUT],
    [OUT, 44_100],
  ] as const) {
    const n = Math.round(inHz / 4);
    const out = await resample([sine(500, inHz, n / inHz)], inHz, outHz);
    expect(out.length).toBe(Math.round((n * outHz) / inHz));
    const from = Math.floor(out.length / 4);
    const error = middle(out).map((x, i) => x - 0.5 * Math.sin((2 * Math.PI * 500 * (from + i)) / outHz + 0.3));
    expect(decibels(rms(error) / SINE_RMS), `${inHz} to ${outHz}`).toBeLessThan(-105);
  }
});

test('two streams of one thread do not touch', async () => {
  const left = noise(1, 9_000);
  const right = noise(2, 9_000);
  const alone = await resample([left], 48_000);
  const a = await Resampler.create(48_000, OUT);
  const b = await Resampler.create(44_100, OUT);
  const parts: Float32Array[] = [];
  for (let at = 0; at < 9_000; at += 777) {
    parts.push(a.push(left.subarray(at, at + 777)));
    b.push(right.subarray(at, at + 777));
  }
  b.dispose();
  b.dispose();
  expect(join([...parts, a.finish()])).toEqual(alone);
});

test('rates out of range are refused with both', async () => {
  for (const [a, b] of [
    [3_999, OUT],
    [768_001, OUT],
    [Number.NaN, OUT],
    [0, OUT],
    [-48_000, OUT],
    [48_000, Number.POSITIVE_INFINITY],
  ] as const) {
    await expect(Resampler.create(a, b)).rejects.toThrow(RangeError);
    await expect(Resampler.create(a, b)).rejects.toThrow(`got ${a} and ${b}`);
  }
});

test('after finish or dispose it takes no more; finishing twice gives nothing twice', async () => {
  const resampler = await Resampler.create(48_000, OUT);
  resampler.push(noise(1, 100));
  expect(resampler.finish()).toHaveLength(33);
  expect(resampler.finish()).toHaveLength(0);
  resampler.dispose();
  expect(() => resampler.push(noise(1, 100))).toThrow(expect.objectContaining({ code: 'disposed' }));
});

test('a thousand streams one after the other need no more memory than one', async () => {
  const one = await Resampler.create(48_000, OUT);
  one.dispose();
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 1000; i++) {
    const resampler = await Resampler.create(i % 2 ? 44_100 : 48_000, OUT);
    resampler.push(new Float32Array(480));
    if (i % 3) resampler.finish();
    resampler.dispose();
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16e6);
});
