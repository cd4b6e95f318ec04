/**
 * `npx tsx scripts/make-screenshots.ts [URL]`: the README's pictures, of the production build on real sample sounds. Needs
 * `npm run build` and a running `npx vite preview`.
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from '@playwright/test';
import type {} from '../src/app/dev/diagnostics.ts';
import { CHROMIUM_ARGS, findChromium } from './find-chromium.ts';

const [site = 'http://localhost:4173/'] = process.argv.slice(2);
const path = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));
const image = (name: string): string => path(`docs/images/${name}.png`);

const shots = [
  { name: 'live', width: 1280, height: 800, scheme: 'light', seconds: 19, scale: 1 },
  { name: 'live-phone', width: 390, height: 844, scheme: 'dark', seconds: 21, scale: 2 },
  { name: 'first-visit', width: 1280, height: 800, scheme: 'light', seconds: 0, scale: 1 },
] as const;

const browser = await chromium.launch({
  executablePath: findChromium(),
  // As a machine without WebGPU sees it: the software adapter of the tests would only slow the picture down.
  args: CHROMIUM_ARGS.filter((arg) => !arg.includes('webgpu')),
});
for (const { name, width, height, scheme, seconds, scale } of shots) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    deviceScaleFactor: scale,
  });
  const page = await context.newPage();
  await page.goto(site);
  const sample = page.getByRole('button', { name: /Half a minute/ });
  await sample.waitFor();
  if (seconds > 0) {
    await sample.click();
    await page.waitForTimeout(seconds * 1000);
  }
  await page.screenshot({ path: image(name) });
  await context.close();
}

const SAMPLE = path('public/samples/half-a-minute.mp3');
const FOLDERS = ['public/samples', 'fixtures/audio'];
const sounds = FOLDERS.flatMap((folder) =>
  readdirSync(path(folder))
    .filter((name) => /\.(mp3|wav)$/.test(name))
    .map((name) => path(`${folder}/${name}`)),
);

const choose = (page: Page, files: readonly string[]): Promise<void> =>
  page
    .locator('input[type=file]')
    .first()
    .setInputFiles([...files]);

async function allDone(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const rows = window.earshot?.library?.store.getState().rows ?? [];
    return rows.length > 0 && rows.every(({ state }) => !['waiting', 'loading', 'running'].includes(state.kind));
  });
  // The last tables and curves are drawn.
  await page.waitForTimeout(2000);
}

/** Views of files: each with what a person does to get there. */
const views: readonly { readonly name: string; readonly act: (page: Page) => Promise<void> }[] = [
  {
    name: 'files',
    act: async (page) => {
      await page.goto(`${site}?view=files&diagnostics`);
      await choose(page, sounds);
      await allDone(page);
    },
  },
  {
    name: 'review',
    act: async (page) => {
      await page.goto(`${site}?view=files&diagnostics`);
      await choose(page, [SAMPLE]);
      await allDone(page);
      await page.getByRole('button', { name: /^Review/ }).click();
      await page.waitForTimeout(2500);
    },
  },
  {
    name: 'compare',
    act: async (page) => {
      await page.goto(`${site}?view=compare&diagnostics`);
      await choose(page, [SAMPLE]);
      await allDone(page);
    },
  },
  {
    name: 'models',
    act: async (page) => {
      await page.goto(`${site}?view=models&diagnostics`);
      const published = page.getByRole('heading', { name: 'Published models' });
      await published.waitFor();
      await page.waitForTimeout(1000);
      await published.evaluate((heading) => window.scrollTo(0, heading.getBoundingClientRect().top - 340));
    },
  },
];
for (const { name, act } of views) {
  for (const phone of [false, true]) {
    const context = await browser.newContext({
      viewport: phone ? { width: 390, height: 844 } : { width: 1280, height: 1000 },
      colorScheme: phone ? 'dark' : 'light',
      deviceScaleFactor: phone ? 2 : 1,
    });
    const page = await context.newPage();
    await act(page);
    await page.screenshot({ path: image(phone ? `${name}-phone` : name) });
    await context.close();
  }
}
await browser.close();
