/** Browsers for the journeys: a WAV file as the microphone, console and page errors that fail the test, a tiny model to serve. */

import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { type BrowserContext, test as base, chromium, expect, type Page } from '@playwright/test';
import { makeSelfCheck } from '../cli/model-folder.ts';
import { tinyModel } from '../fixtures/tiny-model.ts';
import { findChromium } from '../scripts/find-chromium.ts';
import type {} from '../src/app/dev/diagnostics.ts';
import { writeSafetensors } from '../src/core/model/safetensors.ts';

export { expect };

export const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

export interface BrowserOptions {
  /** A WAV file that plays as the microphone, over and over. */
  readonly microphone?: string;
  /** False: getUserMedia is refused, as by a person who says no. */
  readonly allowMicrophone?: boolean;
  /** WebGPU on a software rasteriser: slow and real. */
  readonly webgpu?: boolean;
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: 'dark' | 'light';
  /** True: with the service worker. Elsewhere it would answer for the network that a journey watches or replaces. */
  readonly offline?: boolean;
}

const ALWAYS = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--autoplay-policy=no-user-gesture-required',
];

export interface OpenBrowser {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Console errors and uncaught exceptions so far. */
  readonly troubles: string[];
}

type Open = (options?: BrowserOptions) => Promise<OpenBrowser>;

/** `open` makes a browser of its own (the microphone file is a launch option) and ends it with the test. */
export const test = base.extend<{ open: Open }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures a test wants from this pattern
  open: async ({}, use, testInfo) => {
    const ends: (() => Promise<void>)[] = [];
    await use(async (options = {}) => {
      const allow = options.allowMicrophone ?? true;
      const browser = await chromium.launch({
        executablePath: findChromium(),
        args: [
          ...ALWAYS,
          ...(allow ? ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream'] : []),
          ...(options.microphone ? [`--use-file-for-fake-audio-capture=${options.microphone}`] : []),
          ...(options.webgpu ? ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'] : []),
        ],
      });
      const context = await browser.newContext({
        baseURL: testInfo.project.use.baseURL ?? 'http://localhost:4173',
        viewport: options.viewport ?? { width: 1280, height: 800 },
        colorScheme: options.colorScheme ?? 'light',
        permissions: allow ? ['microphone'] : [],
        serviceWorkers: options.offline ? 'allow' : 'block',
      });
      const page = await context.newPage();
      const troubles: string[] = [];
      page.on('pageerror', (error) => troubles.push(String(error)));
      page.on('console', (message) => {
        if (message.type() === 'error') troubles.push(message.text());
      });
      ends.push(() => browser.close());
      return { page, context, troubles };
    });
    for (const end of ends) await end();
  },
});

/** Serves a model of a few kilobytes as `?model=tiny`: quick enough for a software GPU. */
export async function serveTinyModel(context: BrowserContext): Promise<void> {
  const { card, state } = tinyModel();
  const weights = writeSafetensors(state);
  const selfCheck = await makeSelfCheck(card, weights);
  const sha256 = createHash('sha256').update(weights).digest('hex');
  const served = { ...card, selfCheck, sha256, weightsBytes: weights.length };
  const headers = { 'Cross-Origin-Resource-Policy': 'same-origin' };
  await context.route('**/models/tiny/card.json', (route) => route.fulfill({ json: served, headers }));
  await context.route('**/models/tiny/model.safetensors', (route) =>
    route.fulfill({ body: Buffer.from(weights), contentType: 'application/octet-stream', headers }),
  );
}
