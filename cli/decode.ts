/** Audio and video files to mono sample blocks for the command line, as they are read. Node only. */
import { existsSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { FilePathSource } from 'mediabunny';
import { EarshotError } from '../src/core/errors.ts';
import type { ReadBytes } from '../src/media/container-facts.ts';
import { type OpenMedia, openMedia, readBlocks, type SoundBlock } from '../src/media/decode.ts';
import { decodeWithFfmpeg, FFMPEG_ADVICE, ffmpegPath, probeWithFfmpeg } from './ffmpeg.ts';

export type AudioBlock = SoundBlock;

export interface OpenFileOptions {
  /** Told what was done to keep time true, in sentences. */
  readonly onNote?: (text: string) => void;
  /** Program to ask for what nothing in here decodes; null for none. By default the one on this machine. */
  readonly ffmpeg?: string | null;
}

/** @throws EarshotError `not-found`, `bad-audio-file`, `unsupported-audio` or `truncated-audio`. */
export async function openFile(path: string, options: OpenFileOptions = {}): Promise<OpenMedia> {
  if (!existsSync(path)) throw new EarshotError('not-found', `There is no file ${path}.`);
  const stats = statSync(path);
  if (!stats.isFile()) throw new EarshotError('bad-audio-file', `${path} is not a file.`);
  if (stats.size === 0) throw new EarshotError('bad-audio-file', `${path} is empty.`);
  const { onNote, ffmpeg = ffmpegPath() } = options;
  try {
    return await openMedia(new FilePathSource(path), path, {
      readBytes: readFileBytes(path),
      advice: FFMPEG_ADVICE,
      ...(onNote && { onNote }),
      ...(ffmpeg && {
        elsewhere: { name: 'ffmpeg', decode: (trackIndex: number) => decodeWithFfmpeg(ffmpeg, path, trackIndex) },
      }),
    });
  } catch (error) {
    if (!ffmpeg || !(error instanceof EarshotError) || error.code === 'truncated-audio') throw error;
    // A kind of file that only ffmpeg takes apart.
    const info = await probeWithFfmpeg(ffmpeg, path);
    if (!info) throw error;
    const reading = {
      name: path,
      pieces: () => decodeWithFfmpeg(ffmpeg, path, 0),
      declaredS: info.durationS,
      lengthIsShared: info.hasVideo,
      facts: null,
      onNote,
    };
    return { info, blocks: (signal) => readBlocks(reading, signal), dispose: () => {} };
  }
}

/** @throws as `openFile`, and `cancelled`; what was yielded before stays good. */
export async function* decodeFile(path: string, signal?: AbortSignal): AsyncGenerator<AudioBlock> {
  const media = await openFile(path);
  try {
    yield* media.blocks(signal);
  } finally {
    media.dispose();
  }
}

const readFileBytes =
  (path: string): ReadBytes =>
  async (start, end) => {
    const file = await open(path);
    try {
      const bytes = new Uint8Array(Math.max(0, end - start));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
      return bytes.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  };
