/**
 * Sound through an ffmpeg that is installed on this machine, for what nothing in here decodes: AAC, and files Mediabunny cannot take
 * apart. A process of its own per file, fed by path, ended when reading ends. Node only. Holds what the pipe holds.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { MediaInfo } from '../src/core/media-info.ts';
import { mixToMono } from '../src/media/packet-decoder.ts';
import type { SoundPiece } from '../src/media/sound-timeline.ts';

type Environment = Readonly<Record<string, string | undefined>>;

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** `EARSHOT_FFMPEG`, or the first along PATH; null without one. */
export function ffmpegPath(env: Environment = process.env): string | null {
  const named = env['EARSHOT_FFMPEG'];
  if (named) return isProgram(named) ? named : null;
  const file = process.platform === 'win32' ? 'ffmpeg.exe' : 'ffmpeg';
  const folders = (env['PATH'] ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, file)).find(isProgram) ?? null;
}

export const FFMPEG_ADVICE =
  'Install ffmpeg (Debian: apt install ffmpeg; macOS: brew install ffmpeg; Windows: winget install ffmpeg) and run it again.';

/** No network, no other files: a playlist in disguise gets nowhere. */
const inputOf = (path: string): string[] => ['-protocol_whitelist', 'file,pipe', '-i', `file:${path}`];

/** What ffmpeg says a file is; null when it finds no sound in it. */
export async function probeWithFfmpeg(
  ffmpeg: string,
  path: string,
): Promise<(MediaInfo & { decoder: 'ffmpeg' }) | null> {
  const child = spawn(ffmpeg, ['-nostdin', '-hide_banner', ...inputOf(path)], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (said.length < 100_000) said += text;
  });
  await once(child, 'close');
  const audio = /Stream #.*: Audio: (\w+).*?, (\d+) Hz, ([^,\n]+)/.exec(said);
  if (!audio) return null;
  const duration = /Duration: (\d+):(\d+):(\d+(?:\.\d+)?)/.exec(said);
  return {
    container: /Input #0, ([\w,]+),? from/.exec(said)?.[1]?.split(',')[0]?.toUpperCase() ?? 'file',
    codec: audio[1]!.startsWith('pcm_') ? 'PCM' : audio[1]!.toUpperCase(),
    decoder: 'ffmpeg',
    rateHz: Number(audio[2]),
    channels: CHANNELS[audio[3]!.trim()] ?? (Number.parseInt(audio[3]!, 10) || 2),
    // Without an index ffmpeg guesses from the bit rate, and says so.
    durationS:
      duration && !said.includes('Estimating duration from bitrate')
        ? Number(duration[1]) * 3600 + Number(duration[2]) * 60 + Number(duration[3])
        : null,
    hasVideo: said.split('\n').some((line) => /Stream #.*: Video:/.test(line) && !line.includes('(attached pic)')),
  };
}

const CHANNELS: Readonly<Record<string, number>> = { mono: 1, stereo: 2, quad: 4, '5.1': 6, '5.1(side)': 6, '7.1': 8 };

/** Last words of a process, for the error's cause. */
const LAST_WORDS = 2000;

/**
 * The `track`-th audio track (from 0) from second zero, holes filled by ffmpeg itself. It writes WAV, whose header tells rate and
 * channels, with float samples.
 */
export async function* decodeWithFfmpeg(ffmpeg: string, path: string, track: number): AsyncGenerator<SoundPiece, null> {
  const child = spawn(
    ffmpeg,
    [
      ...['-nostdin', '-hide_banner', '-nostats', '-loglevel', 'error'],
      ...inputOf(path),
      ...['-map', `0:a:${track}`, '-af', 'aresample=async=1:min_hard_comp=0.02:first_pts=0'],
      ...['-c:a', 'pcm_f32le', '-bitexact', '-f', 'wav', 'pipe:1'],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let lastWords = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-LAST_WORDS);
  });
  const closed = once(child, 'close') as Promise<[number | null]>;
  closed.catch(() => {}); // awaited below, if reading gets there
  try {
    let format: WavFormat | null = null;
    let rest: Buffer = Buffer.alloc(0);
    let count = 0;
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      if (!format) {
        format = readWavFormat(rest);
        if (!format) continue;
        rest = rest.subarray(format.dataStart);
      }
      const { rateHz, channels } = format;
      const length = Math.floor(rest.length / (4 * channels));
      if (length === 0) continue;
      const planes = Array.from({ length: channels }, () => new Float32Array(length));
      for (let i = 0, at = 0; i < length; i++) {
        for (let c = 0; c < channels; c++, at += 4) planes[c]![i] = rest.readFloatLE(at);
      }
      rest = rest.subarray(length * 4 * channels);
      yield { startS: count / rateHz, samples: mixToMono(planes), rateHz, channels };
      count += length;
    }
    const [code] = await closed;
    // A file broken in the middle ends well for ffmpeg but not without words; whether sound is missing, its length tells.
    if (code !== 0) throw new Error(`ffmpeg ended with ${code}: ${lastWords.trim()}`);
    return null;
  } finally {
    stop(child);
  }
}

function stop(child: ChildProcess): void {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
}

interface WavFormat {
  readonly rateHz: number;
  readonly channels: number;
  readonly dataStart: number;
}

/** Null while the header is not all there. */
function readWavFormat(bytes: Buffer): WavFormat | null {
  let rateHz = 0;
  let channels = 0;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = bytes.toString('latin1', at, at + 4);
    if (id === 'data') return { rateHz, channels, dataStart: at + 8 };
    if (at + 24 > bytes.length) return null;
    if (id === 'fmt ') {
      channels = bytes.readUInt16LE(at + 10);
      rateHz = bytes.readUInt32LE(at + 12);
    }
    at += 8 + bytes.readUInt32LE(at + 4);
  }
  return null;
}
