/**
 * Files: from the drop to the last score, in the page and on the command line, and what three hours of sound take of memory. Always
 * beside decoding alone in the same run.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BackendChoice } from '../src/core/protocol/messages.ts';
import { launch, open, type Site } from './browser.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, '.cache/bench');
const RATE = 44_100;

/** A WAV file (16 bit, mono, 44.1 kHz) of tones that come and go over noise: cheap to write at any length, and never the same. */
export async function makeWav(minutes: number): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${minutes}-min.wav`);
  const frames = Math.round(minutes * 60) * RATE;
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + frames * 2, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(RATE, 24);
  header.writeUInt32LE(RATE * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(frames * 2, 40);
  const out = createWriteStream(path);
  out.write(header);
  let seed = 1;
  for (let second = 0; second * RATE < frames; second++) {
    const block = new Int16Array(RATE);
    const hertz = 200 + ((second * 137) % 3000);
    const loud = second % 7 < 4 ? 6000 : 0;
    for (let i = 0; i < RATE; i++) {
      seed = (seed * 1_664_525 + 1_013_904_223) >>> 0;
      block[i] = loud * Math.sin((2 * Math.PI * hertz * i) / RATE) + seed / 2 ** 20 - 2048;
    }
    if (!out.write(Buffer.from(block.buffer))) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
  return path;
}

export const removeWavs = (): void => rmSync(folder, { recursive: true, force: true });

export interface FileRun {
  /** Wall-clock seconds from the drop to the last score; the model is loaded before. */
  readonly seconds: number;
  readonly backend: string;
  /** Highest resident memory of the page's renderer (its workers and WASM memory are in it), and before the drop; MB. */
  readonly peakMb: number;
  readonly beforeMb: number;
}

/** Drops a file onto the library, as the Files view does. */
export async function dropInPage(site: Site, path: string, model: string, backend: BackendChoice): Promise<FileRun> {
  const browser = await launch();
  try {
    const page = await open(browser, site, `&backend=${backend}&view=files`);
    await page.waitForFunction(() => window.earshot?.library !== null);
    await page.evaluate((modelId) => {
      const input = document.createElement('input');
      input.type = 'file';
      input.id = 'bench-file';
      document.body.append(input);
      window.earshot?.library?.controller.changeFileSetup({ modelId, run: { memory: 'on', recompute: 'window' } });
    }, model);
    // A second of sound first: the model is loaded once, whatever is dropped.
    await page.setInputFiles('#bench-file', await makeWav(1 / 30));
    await score(page);
    const session = await browser.newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const renderers = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
    const beforeMb = Math.max(...renderers.map((pid) => memoryMb(pid, 'VmRSS')));
    await page.setInputFiles('#bench-file', path);
    const { seconds, label } = await score(page);
    return { seconds, backend: label, beforeMb, peakMb: Math.max(...renderers.map((pid) => memoryMb(pid, 'VmHWM'))) };
  } finally {
    await browser.close();
  }
}

/** Adds the chosen file and waits for its end. */
function score(page: Awaited<ReturnType<typeof open>>): Promise<{ readonly seconds: number; readonly label: string }> {
  return page.evaluate(async () => {
    const library = window.earshot?.library;
    const input = document.querySelector<HTMLInputElement>('#bench-file');
    const file = input?.files?.[0];
    if (!library || !file) throw new Error('no library or no file');
    const began = performance.now();
    const [id] = library.controller.addFiles([{ file, folder: '' }]);
    return new Promise((resolve, reject) => {
      library.store.subscribe(({ rows }) => {
        const row = rows.find((one) => one.id === id);
        if (row?.state.kind === 'done') {
          const label = row.take.lanes[0]?.backend?.label ?? '?';
          resolve({ seconds: (performance.now() - began) / 1000, label });
        } else if (row?.state.kind === 'failed' || row?.state.kind === 'stopped') {
          reject(new Error(`the file ended ${row.state.kind}: ${row.state.error?.message}`));
        }
      });
    });
  });
}

/** The same file decoded in the page and thrown away: the baseline. */
export async function decodeInPage(site: Site, path: string): Promise<number> {
  const browser = await launch();
  try {
    const page = await open(browser, site, '&view=files');
    await page.evaluate(() => {
      const input = document.createElement('input');
      input.type = 'file';
      input.id = 'bench-file';
      document.body.append(input);
    });
    await page.setInputFiles('#bench-file', path);
    return await page.evaluate(async () => {
      const file = document.querySelector<HTMLInputElement>('#bench-file')?.files?.[0];
      if (!file || !window.earshot) throw new Error('no diagnostics');
      const began = performance.now();
      await window.earshot.decode(file);
      return (performance.now() - began) / 1000;
    });
  } finally {
    await browser.close();
  }
}

/** A process of ours, with its highest resident memory in MB (Linux; NaN elsewhere). */
export async function runCli(args: readonly string[]): Promise<{ readonly seconds: number; readonly peakMb: number }> {
  const began = performance.now();
  const child = spawn(process.execPath, ['--import', 'tsx', ...args], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let peakMb = Number.NaN;
  const timer = setInterval(() => {
    if (child.pid !== undefined) peakMb = memoryMb(child.pid, 'VmHWM') || peakMb;
  }, 200);
  const [code] = (await once(child, 'exit')) as [number | null];
  clearInterval(timer);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
  return { seconds: (performance.now() - began) / 1000, peakMb };
}

function memoryMb(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1000;
  } catch {
    return Number.NaN;
  }
}
