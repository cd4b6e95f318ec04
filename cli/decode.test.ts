/** One recording in every kind of file, through the command line's decoders. Files are made by ffmpeg; without one this is skipped. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MEDIA_NAMES, type MediaName, makeMediaFiles, mediaPath, RECORDING_S } from '../fixtures/media.ts';
import type { EarshotError } from '../src/core/errors.ts';
import { align, drain, type Sound } from '../src/media/alignment.test-tool.ts';
import { decodeFile, openFile } from './decode.ts';
import { ffmpegPath } from './ffmpeg.ts';

const ready = makeMediaFiles();
const folder = mkdtempSync(join(tmpdir(), 'earshot-decode-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, bytes: Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};
const failure = (promise: Promise<unknown>): Promise<EarshotError> =>
  promise.then(
    () => expect.unreachable('it opened'),
    (error: EarshotError) => error,
  );

describe.skipIf(!ready)('every kind of file', () => {
  let base: Sound;
  beforeAll(async () => {
    base = await drain(await openFile(mediaPath('base.wav')));
  });

  const WHOLE = MEDIA_NAMES.filter((name) => !['silent.mp4', 'late.mkv'].includes(name));
  /** Raw AAC does not say what its encoder put in front; whoever plays it is late by that. */
  const lateMs = (name: MediaName): number => (name === 'sound.aac' ? (1000 * 1024) / 44_100 : 0);
  /** Containers that count whole packets only, or milliseconds, end up to two packets late. */
  const endTolerance = (name: MediaName): number => (/\.(webm|mkv|aac)$/.test(name) ? 0.045 : 1e-4);

  it.each(WHOLE)('%s: right length, in place to the millisecond at both ends, and the same sound', async (name) => {
    const media = await openFile(mediaPath(name));
    const sound = await drain(media);
    expect(sound.error).toBeNull();
    expect(sound.samples.length / sound.rateHz).toBeCloseTo(RECORDING_S, 0);
    expect(Math.abs(sound.samples.length / sound.rateHz - RECORDING_S)).toBeLessThan(endTolerance(name));
    for (const atS of [1, 18.5]) {
      const { lagMs, likeness } = align(base, sound, atS);
      expect(Math.abs(lagMs - lateMs(name)), `${name} at ${atS} s is ${lagMs} ms late`).toBeLessThan(1);
      expect(likeness).toBeGreaterThan(0.98);
    }
    const { info } = media;
    if (name !== 'sound.aac') expect(info.durationS).toBeCloseTo(RECORDING_S, 1);
    expect(info.channels).toBe(['mono.wav', 'low.mp3'].includes(name) ? 1 : 2);
    expect(info.hasVideo).toBe(['opus-vp8.webm', 'aac-mpeg4.mp4', 'pcm-mjpeg.mov'].includes(name));
    // Even blocks of half a second, but for the last.
    const usual = sound.rateHz / 2;
    expect(sound.blockSizes.slice(0, -1).every((size) => size === usual)).toBe(true);
  });

  it('who decodes what', async () => {
    const says: Record<string, string> = {};
    for (const name of WHOLE) {
      const media = await openFile(mediaPath(name));
      says[name] = `${media.info.container}, ${media.info.codec}, ${media.info.decoder}`;
      media.dispose();
    }
    expect(says).toMatchObject({
      'base.wav': 'WAV, PCM, built in',
      'sound.mp3': 'MP3, MP3, WebAssembly',
      'vorbis.ogg': 'Ogg, Vorbis, WebAssembly',
      'sound.opus': 'Ogg, Opus, WebAssembly',
      'sound.flac': 'FLAC, FLAC, WebAssembly',
      'sound.m4a': 'MP4, AAC, ffmpeg',
      'opus-vp8.webm': 'WebM, Opus, WebAssembly',
      'vorbis.mkv': 'Matroska, Vorbis, WebAssembly',
      'pcm-mjpeg.mov': 'QuickTime, PCM, built in',
      'sound.aiff': 'AIFF, PCM, ffmpeg',
    });
  });

  it('stereo is the mean of its channels', async () => {
    // The recording's channels are a dog and a baby: read by hand, and compared.
    const bytes = readFileSync(mediaPath('base.wav'));
    const data = bytes.indexOf('data') + 8;
    for (const frame of [0, 44_100, 300_001, 881_999]) {
      const left = bytes.readInt16LE(data + 4 * frame) / 32_768;
      const right = bytes.readInt16LE(data + 4 * frame + 2) / 32_768;
      expect(base.samples[frame]).toBeCloseTo((left + right) / 2, 6);
    }
  });

  it('sound that begins after the picture stands at its place, and that is said', async () => {
    const notes: string[] = [];
    const late = await drain(await openFile(mediaPath('late.mkv'), { onNote: (note) => notes.push(note) }));
    const silent = Math.round(1.5 * late.rateHz);
    expect(late.samples.subarray(0, silent).every((x) => x === 0)).toBe(true);
    const moved = { samples: late.samples.subarray(silent), rateHz: late.rateHz };
    expect(Math.abs(align(base, moved, 1).lagMs)).toBeLessThan(1);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/late\.mkv at 0:00\.0: 1\.50 s have no sound; silence stands in\.$/);
  });

  const CUT = WHOLE.filter((name) => name !== 'front.m4a');
  it.each([...CUT, 'front.m4a' as const])(
    '%s cut after 3/5 of its bytes: what is there is good, then a clear end',
    async (name) => {
      const bytes = readFileSync(mediaPath(name));
      const path = file(`cut-${name}`, bytes.subarray(0, Math.floor(0.6 * bytes.length)));
      // Their index is behind the sound.
      if (['sound.m4a', 'aac-mpeg4.mp4', 'pcm-mjpeg.mov'].includes(name)) {
        const error = await failure(openFile(path));
        expect(error.code).toBe('truncated-audio');
        expect(error.message).toMatch(/stops at 0:00\.0: this (MP4|QuickTime) file was cut short/);
        return;
      }
      const sound = await drain(await openFile(path));
      const seconds = sound.samples.length / sound.rateHz;
      expect(seconds).toBeGreaterThan(9.5);
      expect(seconds).toBeLessThan(12.5);
      expect(Math.abs(align(base, sound, 8).lagMs - lateMs(name))).toBeLessThan(1);
      if (name === 'sound.aac') {
        // Raw AAC has neither a length nor an end: nobody can know.
        expect(sound.error).toBeNull();
        return;
      }
      const error = sound.error as EarshotError;
      expect(error.code).toBe('truncated-audio');
      const stop = `0:${String(Math.floor(seconds)).padStart(2, '0')}`;
      expect(error.message).toContain(`cut-${name} stops at ${stop}`);
      expect(error.message).toMatch(/: the rest cannot be read\.$/);
    },
  );

  it('a Matroska file with a hole in it is not mistaken for sound that ends before the picture', async () => {
    const bytes = readFileSync(mediaPath('opus-vp8.webm'));
    bytes.fill(0x5a, Math.floor(0.6 * bytes.length), Math.floor(0.6 * bytes.length) + 3000);
    const sound = await drain(await openFile(file('hole.webm', bytes)));
    expect(sound.samples.length / sound.rateHz).toBeGreaterThan(10);
    expect(sound.error).toMatchObject({ code: 'truncated-audio' });
  });

  it('a damaged packet is passed over, its time kept', async () => {
    const bytes = readFileSync(mediaPath('sound.flac'));
    bytes.fill(0x5a, Math.floor(0.6 * bytes.length), Math.floor(0.6 * bytes.length) + 200);
    const notes: string[] = [];
    const sound = await drain(await openFile(file('scratch.flac', bytes), { onNote: (note) => notes.push(note) }));
    expect(sound.error).toBeNull();
    expect(sound.samples.length).toBe(RECORDING_S * 44_100);
    expect(align(base, sound, 18.5)).toMatchObject({ lagMs: 0 });
    expect(notes.join()).toContain('are missing; silence stands in');
  });

  it('a video without sound', async () => {
    const error = await failure(openFile(mediaPath('silent.mp4')));
    expect(error.code).toBe('unsupported-audio');
    expect(error.message).toMatch(/silent\.mp4 is a video without sound\.$/);
  });

  it('without ffmpeg, AAC is refused with what to do', async () => {
    const error = await failure(openFile(mediaPath('sound.m4a'), { ffmpeg: null }));
    expect(error.code).toBe('unsupported-audio');
    expect(error.message).toMatch(/nothing here decodes AAC \(in MP4\)\. Install ffmpeg/);
    expect((await failure(openFile(mediaPath('sound.aiff'), { ffmpeg: null }))).code).toBe('bad-audio-file');
  });

  it.each(['sound.opus', 'sound.m4a'] as const)('%s: reading can be cancelled', async (name) => {
    const abort = new AbortController();
    let blocks = 0;
    const reading = (async () => {
      for await (const _ of decodeFile(mediaPath(name), abort.signal)) if (++blocks === 3) abort.abort();
    })();
    expect(await failure(reading)).toMatchObject({ code: 'cancelled' });
    expect(blocks).toBe(3);
  });
});

describe('what is no media file', () => {
  it('a text in disguise', async () => {
    const error = await failure(
      openFile(file('text.wav', new TextEncoder().encode('this is not sound\n'.repeat(500)))),
    );
    expect(error.code).toBe('bad-audio-file');
    expect(error.message).toMatch(/text\.wav is not an audio or video file that can be read: WAV, MP3, .* can\.$/);
  });

  it('an empty file, a folder, nothing', async () => {
    const empty = await failure(openFile(file('empty.mp3', new Uint8Array(0))));
    expect([empty.code, empty.message]).toEqual(['bad-audio-file', `${join(folder, 'empty.mp3')} is empty.`]);
    expect(await failure(openFile(folder))).toMatchObject({ code: 'bad-audio-file' });
    expect(await failure(openFile(join(folder, 'absent.wav')))).toMatchObject({ code: 'not-found' });
  });

  it('a playlist does not make us read what it names', async () => {
    const secret = file('secret.txt', new TextEncoder().encode('x'.repeat(1000)));
    const list = `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${secret}\n#EXT-X-ENDLIST\n`;
    const error = await failure(openFile(file('list.mp3', new TextEncoder().encode(list))));
    expect(error.code).toBe('bad-audio-file');
  });
});

it('a named ffmpeg is taken, one that is none is not', () => {
  expect(ffmpegPath({ EARSHOT_FFMPEG: process.execPath, PATH: '' })).toBe(process.execPath);
  expect(ffmpegPath({ EARSHOT_FFMPEG: join(folder, 'none'), PATH: process.env['PATH'] })).toBeNull();
  expect(ffmpegPath({ PATH: folder })).toBeNull();
});
