/**
 * Recordings for the journeys with files: the one of fixtures/media.ts in every kind, laid out in folders, cut short, or made long;
 * and dropping them as a hand does, through the browser's own drag and drop, folders included.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Page } from '@playwright/test';
import { MEDIA_FOLDER, type MediaName, makeMediaFiles, mediaPath } from '../fixtures/media.ts';

/** What stands under a name: a file as it is, its first part, or bytes of one's own. */
export type Content = MediaName | { readonly cut: MediaName; readonly keep: number } | Buffer;

/** A new folder with these files; names may have folders of their own. Throws without ffmpeg: journeys need one. */
export function layOut(name: string, files: Readonly<Record<string, Content>>): string {
  if (!makeMediaFiles()) throw new Error('an ffmpeg is needed to make the recordings; set EARSHOT_FFMPEG');
  const folder = join(mkdtempSync(join(tmpdir(), 'earshot-')), name);
  for (const [path, content] of Object.entries(files)) {
    const to = join(folder, path);
    mkdirSync(dirname(to), { recursive: true });
    if (typeof content === 'string') cpSync(mediaPath(content), to);
    else if (Buffer.isBuffer(content)) writeFileSync(to, content);
    else {
      const whole = readFileSync(mediaPath(content.cut));
      writeFileSync(to, whole.subarray(0, Math.floor(whole.length * content.keep)));
    }
  }
  return folder;
}

/** The recording over and over: mono, 16 kHz, as long as asked. Kept beside the others. */
export function longRecording(minutes: number): string {
  const path = join(MEDIA_FOLDER, `long-${minutes}.wav`);
  if (existsSync(path)) return path;
  if (!makeMediaFiles()) throw new Error('an ffmpeg is needed to make the recordings; set EARSHOT_FFMPEG');
  const whole = readFileSync(mediaPath('mono.wav'));
  const dataAt = whole.indexOf('data') + 8;
  const once = whole.subarray(dataAt);
  const dataBytes = minutes * 60 * 16_000 * 2;
  const header = Buffer.from(whole.subarray(0, dataAt));
  header.writeUInt32LE(dataAt - 8 + dataBytes, 4);
  header.writeUInt32LE(dataBytes, dataAt - 4);
  const draft = `${path}.${process.pid}`;
  const times = Math.ceil(dataBytes / once.length);
  writeFileSync(draft, Buffer.concat([header, ...Array.from({ length: times }, () => once)], dataAt + dataBytes));
  renameSync(draft, path);
  return path;
}

/** Lets files and folders of this machine fall onto the middle of the page. */
export async function dropOnto(page: Page, paths: readonly string[]): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const { width, height } = page.viewportSize() ?? { width: 1280, height: 800 };
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await devtools.send('Input.dispatchDragEvent', { type, x: width / 2, y: height / 2, data });
  }
  await devtools.detach();
}
