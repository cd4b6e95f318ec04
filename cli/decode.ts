/** Audio and video files to mono sample blocks for the command line, as they are read. Node only. */
import { existsSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { FilePathSource } from 'mediabunny';
import { EarshotError } from '../src/core/errors.ts';
import type { ReadBytes } from '../src/media/container-facts.ts';
import { type OpenMedia, openMedia, type SoundBlock } from '../src/media/decode.ts';

export type AudioBlock = SoundBlock;

/**
 * @param onNote told what was done to keep time true, in sentences.
 * @throws EarshotError `not-found`, `bad-audio-file`, `unsupported-audio` or `truncated-audio`.
 */
export async function openFile(path: string, onNote?: (text: string) => void): Promise<OpenMedia> {
  if (!existsSync(path)) throw new EarshotError('not-found', `There is no file ${path}.`);
  if (!statSync(path).isFile()) throw new EarshotError('bad-audio-file', `${path} is not a file.`);
  return openMedia(new FilePathSource(path), path, { readBytes: readFileBytes(path), ...(onNote && { onNote }) });
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
