import { expect, it } from 'vitest';
import { BlobParts } from './blob-parts.ts';
import { openMedia } from './decode.ts';
import { StreamRecorder } from './recorder.ts';

it('without an encoder it writes a WAV file: all in place across a gap and a change of rate', async () => {
  const recorder = await StreamRecorder.open(48_000);
  expect(recorder.type).toBe('audio/wav');
  const tone = (seconds: number, rateHz: number): Float32Array =>
    Float32Array.from({ length: seconds * rateHz }, (_, i) => 0.5 * Math.sin((2 * Math.PI * 440 * i) / rateHz));
  await recorder.push(tone(1, 48_000), 48_000);
  await recorder.gap(0.5);
  void recorder.push(tone(1, 44_100), 44_100);
  void recorder.push(tone(0.5, 16_000), 16_000);
  const file = await recorder.finish();
  await expect(recorder.push(new Float32Array(1), 16_000)).rejects.toMatchObject({ code: 'disposed' });

  const media = await openMedia(file, 'recording');
  expect(media.info).toMatchObject({ container: 'WAV', rateHz: 16_000, channels: 1, durationS: 3 });
  const samples: number[] = [];
  for await (const block of media.blocks()) samples.push(...block.samples);
  media.dispose();
  expect(samples).toHaveLength(48_000);
  const rms = (fromS: number, toS: number): number => {
    const part = samples.slice(fromS * 16_000, toS * 16_000);
    return Math.sqrt(part.reduce((sum, x) => sum + x * x, 0) / part.length);
  };
  const loud = 0.5 / Math.SQRT2;
  expect(rms(0.01, 0.99)).toBeCloseTo(loud, 3);
  expect(rms(1.01, 1.49)).toBeLessThan(1e-3);
  expect(rms(1.51, 2.49)).toBeCloseTo(loud, 3);
  expect(rms(2.51, 2.99)).toBeCloseTo(loud, 3);
});

it('an aborted recording takes no more', async () => {
  const recorder = await StreamRecorder.open(16_000);
  await recorder.push(new Float32Array(1600), 16_000);
  await recorder.abort();
  await expect(recorder.finish()).rejects.toMatchObject({ code: 'disposed' });
});

it('a Blob in parts is what was written, in any cut, its front corrected', async () => {
  for (const total of [1, 262_144, 262_145, 524_288, 700_000]) {
    const wanted = Uint8Array.from({ length: total }, (_, i) => (i * 31 + (i >> 8)) % 251);
    const parts = new BlobParts();
    for (let at = 0, step = 1; at < total; at += step, step = (step * 7) % 90_001) {
      step = Math.min(step, total - at);
      parts.write(wanted.subarray(at, at + step), at);
    }
    wanted[0] = 99;
    parts.write(Uint8Array.of(99), 0);
    expect(parts.size).toBe(total);
    const bytes = new Uint8Array(await parts.toBlob('a/b').arrayBuffer());
    expect(Buffer.compare(bytes, wanted)).toBe(0);
  }
});
