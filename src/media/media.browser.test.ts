/**
 * The same files through the browser's decoders and through WebAssembly; and what is recorded is found again where it was. Files are made by ffmpeg before the run (fixtures/media-setup.ts); without one the first part is skipped.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { align, drain, type Sound } from './alignment.test-tool.ts';
import { openMedia } from './decode.ts';
import { StreamRecorder } from './recorder.ts';

const FOLDER = '/.cache/media/1/';
const load = async (name: string): Promise<Blob> => (await fetch(FOLDER + name)).blob();
/** A dev server answers with its page where there is no file. */
const there = await fetch(`${FOLDER}silent.mp4`).then(
  (response) => !response.headers.get('content-type')?.includes('html'),
);
if (!there) console.warn('No media files: ffmpeg is missing, and decoding in the browser is NOT TESTED.');

describe.skipIf(!there)('WebCodecs and WebAssembly', () => {
  let base: Sound;
  beforeAll(async () => {
    base = await drain(await openMedia(await load('base.wav'), 'base.wav'));
    expect(base.samples).toHaveLength(882_000);
  });

  const BOTH = ['sound.mp3', 'low.mp3', 'vorbis.ogg', 'sound.opus', 'sound.flac', 'opus-vp8.webm', 'vorbis.mkv'];
  it.each(BOTH)('%s: both agree, in length, place and sound', async (name) => {
    const file = await load(name);
    const own = await openMedia(file, name);
    const forced = await openMedia(file, name, { decoder: 'wasm' });
    expect(own.info.decoder).toBe('this browser');
    expect(forced.info).toEqual({ ...own.info, decoder: 'WebAssembly' });
    const [a, b] = [await drain(own), await drain(forced)];
    expect([a.error, b.error]).toEqual([null, null]);
    expect(b.samples.length).toBe(a.samples.length);
    let difference = 0;
    for (let i = 0; i < a.samples.length; i++)
      difference = Math.max(difference, Math.abs(a.samples[i]! - b.samples[i]!));
    // Decoders round differently; some browsers decode Opus and MP3 to 16 bits.
    expect(difference).toBeLessThan(2e-3);
    for (const atS of [1, 18.5]) {
      const { lagMs, likeness } = align(base, a, atS);
      expect(Math.abs(lagMs)).toBeLessThan(1);
      expect(likeness).toBeGreaterThan(0.98);
    }
  });

  it.each(['sound.m4a', 'aac-mpeg4.mp4'])(
    '%s: the browser’s AAC is in place; without it the message says what can be done',
    async (name) => {
      const file = await load(name);
      const media = await openMedia(file, name);
      expect(media.info).toMatchObject({ codec: 'AAC', decoder: 'this browser', durationS: 20 });
      const sound = await drain(media);
      expect(sound.samples.length).toBe(882_000);
      expect(Math.abs(align(base, sound, 18.5).lagMs)).toBeLessThan(1);
      await expect(openMedia(file, name, { decoder: 'wasm' })).rejects.toMatchObject({
        code: 'unsupported-audio',
        message: `${name}: nothing here decodes AAC (in MP4). Another browser may, such as Chrome, Edge or Safari; or convert the file to WAV, FLAC, MP3 or Opus first.`,
      });
    },
  );

  const CUT = ['sound.mp3', 'vorbis.ogg', 'sound.opus', 'sound.flac', 'front.m4a', 'opus-vp8.webm', 'base.wav'];
  it.each(CUT)('%s cut after 3/5 of its bytes: what is there is good, then a clear end', async (name) => {
    const whole = await load(name);
    const sound = await drain(await openMedia(whole.slice(0, Math.floor(0.6 * whole.size)), name));
    expect(sound.samples.length / sound.rateHz).toBeGreaterThan(9.5);
    expect(Math.abs(align(base, sound, 8).lagMs)).toBeLessThan(1);
    expect(sound.error).toMatchObject({
      code: 'truncated-audio',
      message: expect.stringContaining(`${name} stops at 0:`),
    });
  });

  it('damage in the middle: what came before it is kept', async () => {
    const bytes = new Uint8Array(await (await load('sound.m4a')).arrayBuffer());
    bytes.fill(0x5a, 0.5 * bytes.length, 0.5 * bytes.length + 4000);
    const sound = await drain(await openMedia(new Blob([bytes]), 'scratch.m4a'));
    const seconds = sound.samples.length / sound.rateHz;
    expect(seconds).toBeGreaterThan(9);
    if (seconds < 19.7) expect(sound.error).toMatchObject({ code: 'truncated-audio' });
  });

  it('what is no media file', async () => {
    const open = (bytes: BlobPart): Promise<unknown> => openMedia(new Blob([bytes]), 'x.wav');
    await expect(open('only words\n'.repeat(1000))).rejects.toMatchObject({ code: 'bad-audio-file' });
    await expect(open('')).rejects.toMatchObject({ code: 'bad-audio-file', message: 'x.wav is empty.' });
    await expect(openMedia(await load('silent.mp4'), 'silent.mp4')).rejects.toMatchObject({
      code: 'unsupported-audio',
      message: 'silent.mp4 is a video without sound.',
    });
  });
});

describe('StreamRecorder', () => {
  const RATE = 44_100;
  const CLICKS_S = [0.25, 0.9, 2.0, 3.37, 4.5];
  const LENGTH_S = 5;
  /** An Opus file ends with a whole packet of 20 ms; the rest of it is silence. */
  const PACKET_S = 0.0201;

  /** Short bursts of a high tone, whose start shows in a compressed file too. */
  function clicks(rateHz: number, fromS: number, toS: number): Float32Array {
    const samples = new Float32Array(Math.round((toS - fromS) * rateHz));
    for (const atS of CLICKS_S) {
      for (let i = 0; i < 0.004 * rateHz; i++) {
        const at = Math.round((atS - fromS) * rateHz) + i;
        if (at >= 0 && at < samples.length) samples[at] = 0.8 * Math.sin((2 * Math.PI * 3000 * i) / rateHz);
      }
    }
    return samples;
  }

  /** Where each click's energy begins. */
  function found({ samples, rateHz }: Sound): number[] {
    const starts: number[] = [];
    for (let i = 0; i < samples.length; i++) {
      if (Math.abs(samples[i]!) > 0.3 && i / rateHz - (starts.at(-1) ?? -1) > 0.1) starts.push(i / rateHz);
    }
    return starts;
  }

  it.each(['auto', 'wav'] as const)(
    '%s: clicks are where they were, across a gap and a change of rate',
    async (format) => {
      const recorder = await StreamRecorder.open(RATE, { format });
      // As a stream comes: in small blocks; 1.0 to 1.8 s are lost; from 3 s on at another rate.
      const push = async (samples: Float32Array, rateHz: number): Promise<void> => {
        for (let at = 0; at < samples.length; at += 2048) await recorder.push(samples.slice(at, at + 2048), rateHz);
      };
      await push(clicks(RATE, 0, 1), RATE);
      await recorder.gap(0.8);
      await push(clicks(RATE, 1.8, 3), RATE);
      await push(clicks(16_000, 3, LENGTH_S), 16_000);
      const file = await recorder.finish();
      expect(file.type).toBe(recorder.type);

      const media = await openMedia(file, 'recording');
      expect(media.info).toMatchObject(
        format === 'auto' ? { container: 'Ogg', codec: 'Opus', rateHz: 48_000 } : { container: 'WAV', rateHz: 16_000 },
      );
      expect(media.info.durationS).toBeGreaterThan(LENGTH_S - 0.001);
      expect(media.info.durationS).toBeLessThan(LENGTH_S + PACKET_S);
      const sound = await drain(media);
      expect(sound.error).toBeNull();
      expect(sound.samples.length / sound.rateHz).toBeCloseTo(media.info.durationS!, 3);
      const starts = found(sound);
      expect(starts).toHaveLength(CLICKS_S.length);
      for (const [i, atS] of CLICKS_S.entries()) expect(Math.abs(starts[i]! - atS)).toBeLessThan(0.005);

      // A player knows its length and can go anywhere in it.
      const player = new Audio(URL.createObjectURL(file));
      await new Promise((resolve, reject) => {
        player.oncanplaythrough = resolve;
        player.onerror = () => reject(player.error);
      });
      expect(player.duration).toBeCloseTo(LENGTH_S, 1);
      await new Promise((resolve) => {
        player.onseeked = resolve;
        player.currentTime = 3.3;
      });
      expect(player.currentTime).toBeCloseTo(3.3, 2);
      expect(player.seekable.end(0)).toBeCloseTo(LENGTH_S, 1);
      URL.revokeObjectURL(player.src);
    },
  );

  it('ten minutes of silence are small, and their file whole', async () => {
    const recorder = await StreamRecorder.open(16_000);
    await recorder.push(clicks(16_000, 0, 1), 16_000);
    await recorder.gap(600);
    await recorder.push(clicks(16_000, 0, 1), 16_000);
    const file = await recorder.finish();
    const media = await openMedia(file, 'recording');
    expect(Math.abs(media.info.durationS! - 602)).toBeLessThan(PACKET_S);
    media.dispose();
    expect(file.size).toBeLessThan(602 * 8500);
  });
});
