/** The production build in Chromium: engine steps in the worker, page load to first tag, bytes on the wire, half an hour at a stretch. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type Browser, type CDPSession, chromium, type Page } from '@playwright/test';
import { build, type PreviewServer, preview } from 'vite';
import { serveTinyModel } from '../e2e/browser.ts';
import { findChromium } from '../scripts/find-chromium.ts';
import type {} from '../src/app/dev/diagnostics.ts';
import type { BackendChoice } from '../src/core/protocol/messages.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

export interface Site {
  readonly url: string;
  close(): Promise<void>;
}

export async function serveBuild(): Promise<Site> {
  await build({ root, logLevel: 'error' });
  const server: PreviewServer = await preview({ root, preview: { port: 4199, strictPort: true }, logLevel: 'error' });
  return { url: 'http://localhost:4199', close: () => server.close() };
}

export async function launch(microphone?: string): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      '--autoplay-policy=no-user-gesture-required',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      '--enable-unsafe-webgpu',
      '--use-webgpu-adapter=swiftshader',
      ...(microphone ? [`--use-file-for-fake-audio-capture=${microphone}`] : []),
    ],
  });
}

export async function open(browser: Browser, site: Site, query: string): Promise<Page> {
  const context = await browser.newContext({ permissions: ['microphone'] });
  await serveTinyModel(context);
  const page = await context.newPage();
  await page.goto(`${site.url}/?diagnostics${query}`);
  await page.waitForFunction(() => window.earshot !== undefined);
  return page;
}

export interface StepRun {
  readonly backend: string;
  readonly times: number[];
}

/** Steps in the worker, by the worker's own clock, on noise. */
export async function workerStepTimes(
  browser: Browser,
  site: Site,
  model: string,
  backend: BackendChoice,
  steps: number,
  warmUp: number,
): Promise<StepRun> {
  const page = await open(browser, site, '');
  try {
    return await page.evaluate(
      async ({ model, backend, steps, warmUp }) => {
        const client = window.earshot?.createEngineClient();
        if (!client) throw new Error('no diagnostics');
        const times: number[] = [];
        client.subscribe((event) => {
          if (event.type === 'tags') times.push(event.timing.computeMs);
        });
        const { card, backend: info } = await client.load({ lane: 'bench', modelUrl: `models/${model}`, backend });
        const samples = card.chunk.strideFrames * card.features.hopSamples;
        for (let i = 0; times.length < steps + warmUp && i < 4 * (steps + warmUp); i++) {
          await client.push(
            Float32Array.from({ length: samples }, () => Math.random() - 0.5),
            card.audio.sampleRateHz,
          );
        }
        await client.dispose();
        return { backend: info.label, times: times.slice(warmUp) };
      },
      { model, backend, steps, warmUp },
    );
  } finally {
    await page.context().close();
  }
}

export interface FirstTag {
  readonly listenButtonMs: number;
  readonly firstTagMs: number;
  readonly bytes: number;
  readonly gzipBytes: number;
  readonly requests: number;
}

/** A first visit with nothing cached: from navigation to the first tag (a chunk of sound included), and what it downloaded. */
export async function firstVisit(site: Site, microphone: string): Promise<FirstTag> {
  const browser = await launch(microphone);
  try {
    const context = await browser.newContext({ permissions: ['microphone'] });
    const page = await context.newPage();
    const bodies: Promise<readonly [number, number]>[] = [];
    context.on('response', (response) => {
      bodies.push(
        response.body().then(
          (body) =>
            [body.length, /\.(safetensors|mp3)$/.test(response.url()) ? body.length : gzipSync(body).length] as const,
          () => [0, 0] as const,
        ),
      );
    });
    const began = performance.now();
    await page.goto(`${site.url}/?diagnostics`);
    const button = page.getByRole('button', { name: 'Listen' });
    await button.waitFor();
    const listenButtonMs = performance.now() - began;
    await button.click();
    await page.waitForFunction(() => (window.earshot?.clients.length ?? 0) > 0);
    await page.evaluate(
      () =>
        new Promise<void>((resolve) => {
          window.earshot?.clients.at(-1)?.subscribe(({ type }) => {
            if (type === 'tags') resolve();
          });
        }),
    );
    const firstTagMs = performance.now() - began;
    const sizes = await Promise.all(bodies);
    const sum = (pick: 0 | 1): number => sizes.reduce((total, size) => total + size[pick], 0);
    return { listenButtonMs, firstTagMs, bytes: sum(0), gzipBytes: sum(1), requests: sizes.length };
  } finally {
    await browser.close();
  }
}

export interface SoakSample {
  /** Minutes of sound pushed so far. */
  readonly minutes: number;
  /** Resident memory of the page's renderer and of the GPU process, in MB. */
  readonly rendererMb: number;
  readonly gpuMb: number;
  /** JavaScript heap of page and worker after a collection, in MB. */
  readonly heapMb: number;
  /** Array buffers of the worker, in MB (WebAssembly memory shows in the renderer’s resident size). */
  readonly buffersMb: number;
}

/** Half an hour of sound, pushed faster than real time, with memory read at every step. */
export async function soak(
  site: Site,
  model: string,
  backend: BackendChoice,
  minutes: number,
  everyMinutes: number,
): Promise<{ readonly backend: string; readonly samples: SoakSample[] }> {
  const browser = await launch();
  try {
    const page = await open(browser, site, '');
    const label = await page.evaluate(
      async ({ model, backend }) => {
        const client = window.earshot?.createEngineClient();
        if (!client) throw new Error('no diagnostics');
        return (await client.load({ lane: 'soak', modelUrl: `models/${model}`, backend })).backend.label;
      },
      { model, backend },
    );
    const samples: SoakSample[] = [];
    for (let done = 0; done < minutes; done += everyMinutes) {
      await page.evaluate(async (seconds) => {
        const client = window.earshot?.clients.at(-1);
        for (let s = 0; s < seconds; s += 10) {
          await client?.push(
            Float32Array.from({ length: 160_000 }, () => Math.random() - 0.5),
            16_000,
          );
        }
      }, everyMinutes * 60);
      samples.push({ minutes: done + everyMinutes, ...(await memory(browser, page)) });
    }
    return { backend: label, samples };
  } finally {
    await browser.close();
  }
}

async function memory(browser: Browser, page: Page): Promise<Omit<SoakSample, 'minutes'>> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('HeapProfiler.collectGarbage');
  const { usedSize } = await cdp.send('Runtime.getHeapUsage');
  const worker = await workerHeap(cdp);
  await cdp.detach();
  const root = await browser.newBrowserCDPSession();
  const { processInfo } = await root.send('SystemInfo.getProcessInfo');
  await root.detach();
  const resident = (type: string): number =>
    Math.max(0, ...processInfo.filter((process) => process.type === type).map(({ id }) => residentMb(id)));
  return {
    rendererMb: resident('renderer'),
    gpuMb: resident('GPU'),
    heapMb: (usedSize + worker.usedSize) / 1e6,
    buffersMb: worker.backingStorageSize / 1e6,
  };
}

interface HeapUsage {
  readonly usedSize: number;
  readonly backingStorageSize: number;
}

/** The engine's worker is a target of its own; its messages travel inside the page's. */
async function workerHeap(cdp: CDPSession): Promise<HeapUsage> {
  const attached = new Promise<string>((resolve) => {
    cdp.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
      if (targetInfo.type === 'worker' && targetInfo.url.includes('tagger')) resolve(sessionId);
    });
  });
  await cdp.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
  const sessionId = await attached;
  let id = 0;
  const ask = (method: string): Promise<unknown> => {
    const wanted = ++id;
    const answer = new Promise<unknown>((resolve) => {
      cdp.on('Target.receivedMessageFromTarget', ({ message }) => {
        const { id: answered, result } = JSON.parse(message) as { id?: number; result?: unknown };
        if (answered === wanted) resolve(result);
      });
    });
    void cdp.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id: wanted, method }) });
    return answer;
  };
  await ask('HeapProfiler.collectGarbage');
  return (await ask('Runtime.getHeapUsage')) as HeapUsage;
}

/** Linux only; NaN elsewhere. */
function residentMb(pid: number): number {
  try {
    const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kilobytes) / 1000;
  } catch {
    return Number.NaN;
  }
}
