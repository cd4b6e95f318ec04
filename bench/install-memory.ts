/**
 * `npx tsx bench/install-memory.ts ARCH [--precision fp32|fp16|int8] [--from disk]`: what installing a published network of full size holds
 * in the page's process at most, in Chromium, downloaded from a stand-in for Zenodo on this machine or taken from disk. Resident memory of
 * the renderer (/proc, so Linux only), above what it was before, phase by phase. One JSON line.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type BrowserContext, chromium, type Page } from '@playwright/test';
import { createServer } from 'vite';
import { standInCheckpoint } from '../fixtures/stand-in.ts';
import { startZenodo } from '../fixtures/zenodo-stand-in.ts';
import { CHROMIUM_ARGS, findChromium } from '../scripts/find-chromium.ts';
import { OFFICIAL_MODELS } from '../src/core/catalogue/official-models.ts';
import { PRECISIONS } from '../src/core/model/precision.ts';
import { provenance } from './report.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { precision: { type: 'string', default: 'fp32' }, from: { type: 'string', default: 'network' } },
});
const model = OFFICIAL_MODELS.find(({ arch }) => arch === positionals[0]);
const precision = PRECISIONS.find((name) => name === values.precision);
if (!model || !precision) throw new RangeError('a published constructor (SAT_B_2s) and a precision are needed');

const folder = mkdtempSync(join(tmpdir(), 'earshot-install-'));
const bytes = standInCheckpoint(model.arch);
const onDisk = join(folder, model.fileName);
writeFileSync(onDisk, bytes);
const zenodo = await startZenodo({ files: { [model.fileName]: bytes } });
const vite = await createServer({ root, logLevel: 'error', server: { port: 0, host: '127.0.0.1' } });
await vite.listen();
const [base] = vite.resolvedUrls?.local ?? [];
if (!base) throw new Error('the development server has no address');
// A profile on disk: without one the browser keeps the files of a page in memory.
const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
  executablePath: findChromium(),
  args: [...CHROMIUM_ARGS],
});
try {
  const page = await context.newPage();
  const empty = `${base}install-memory.html`;
  await page.route(empty, (route) =>
    route.fulfill({
      contentType: 'text/html',
      headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' },
      body: '<!doctype html><title>empty</title><input type="file">',
    }),
  );
  await page.goto(empty);
  const measured = await measure(context, page, base);
  console.log(JSON.stringify({ what: 'install memory', model: model.arch, precision, from: values.from, ...measured }));
  console.log(provenance(`Chromium ${context.browser()?.version() ?? ''}`));
} finally {
  await context.close();
  await vite.close();
  await zenodo.close();
  rmSync(folder, { recursive: true });
}

async function measure(browser: BrowserContext, page: Page, address: string): Promise<object> {
  const peaks = new Map<string, number>();
  let phase = 'before';
  await page.exposeFunction('phaseNow', (name: string) => {
    phase = name;
  });
  if (values.from === 'disk') await page.locator('input').setInputFiles(onDisk);
  // Both modules and both workers' scripts are there before it counts.
  await page.evaluate(async (url) => {
    const { createInstaller } = await import(/* @vite-ignore */ `${url}src/installer/create-installer.ts`);
    Reflect.set(window, 'installer', createInstaller({ baseUrl: url }));
    await Reflect.get(window, 'installer').list();
  }, address);
  const pids = await rendererPids(browser, page);
  const before = residentBytes(pids);
  const timer = setInterval(() => {
    peaks.set(phase, Math.max(peaks.get(phase) ?? 0, residentBytes(pids) - before));
  }, 10);
  const startedAt = performance.now();
  const result = await page.evaluate(
    async ({ fileName, source, wanted, fromDisk }) => {
      const files = [...(document.querySelector('input')?.files ?? [])];
      const origin = fromDisk ? { kind: 'files', files } : { kind: 'published', fileName, source };
      const job = Reflect.get(window, 'installer').install(
        { origin, precision: wanted },
        (progress: { phase: string }) => void Reflect.get(window, 'phaseNow')(progress.phase),
      );
      const { card, bytes: stored, notes } = await job.done;
      return { weightsBytes: card.weightsBytes, stored, notes, difference: card.storage?.difference };
    },
    {
      fileName: model!.fileName,
      source: { baseUrl: zenodo.url, recordId: '7964975' },
      wanted: precision,
      fromDisk: values.from === 'disk',
    },
  );
  const seconds = (performance.now() - startedAt) / 1000;
  clearInterval(timer);
  const mega = (value: number): number => Math.round(value / 1e6);
  const times = (value: number): number => Number((value / bytes.length).toFixed(2));
  const installing = [...peaks].filter(([name]) => name !== 'measuring').map(([, peak]) => peak);
  return {
    fileMB: mega(bytes.length),
    storedMB: mega(result.weightsBytes),
    peakMB: mega(Math.max(...installing)),
    timesFile: times(Math.max(...installing)),
    measuringMB: mega(peaks.get('measuring') ?? 0),
    measuringTimesFile: times(peaks.get('measuring') ?? 0),
    byPhaseMB: Object.fromEntries([...peaks].map(([name, peak]) => [name, mega(peak)])),
    seconds: Number(seconds.toFixed(1)),
    notes: result.notes,
    difference: result.difference,
  };
}

/** All of them: the others (a spare one) do nothing, so that what grows is the page's. */
async function rendererPids(browser: BrowserContext, page: Page): Promise<number[]> {
  const session = await (browser.browser()?.newBrowserCDPSession() ?? browser.newCDPSession(page));
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
}

function residentBytes(pids: readonly number[]): number {
  let sum = 0;
  for (const pid of pids) {
    const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    if (kilobytes === undefined) throw new Error('this needs /proc/PID/status');
    sum += Number(kilobytes) * 1024;
  }
  return sum;
}
