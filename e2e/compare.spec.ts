/** Three delays on the same samples: scores, numbers, memory switched off, the ten-second model recomputed, the figure saved. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { readFixtureWav } from '../fixtures/wav.ts';
import { expect, fixture, test } from './browser.ts';
import { longestTask } from './main-thread.ts';
import { floatWav } from './wav.ts';

const RATE = 16_000;
const MINUTES = 2;

/** Two minutes of rain, a dog and a baby in turn, as a file: handed over as bytes it would pass through the page's main thread. */
function twoMinutes(): string {
  const parts = ['rain', 'dog', 'crying-baby'].map((name) =>
    readFixtureWav(readFileSync(fixture(`audio/${name}.wav`))),
  );
  const samples = new Float32Array(MINUTES * 60 * RATE);
  for (let at = 0, turn = 0; at < samples.length; turn++) {
    const part = parts[turn % parts.length]!.subarray(0, samples.length - at);
    samples.set(part, at);
    at += part.length;
  }
  const path = join(mkdtempSync(join(tmpdir(), 'earshot-')), 'two-minutes.wav');
  writeFileSync(path, floatWav(samples, RATE));
  return path;
}

const chooseFile = (page: Page): Promise<void> => page.locator('input[type=file]').first().setInputFiles(twoMinutes());

const settled = (page: Page, count: number): Promise<unknown> =>
  page.waitForFunction(
    (wanted) => {
      const rows = window.earshot?.library?.store.getState().rows ?? [];
      return rows.length === wanted && rows.every(({ state }) => state.kind === 'done');
    },
    count,
    { timeout: 110_000 },
  );

/** Chunks per lane of the latest take, and the scores of one of them. */
const lanes = (page: Page) =>
  page.evaluate(() => {
    const take = window.earshot?.library?.store.getState().rows.at(-1)?.take;
    return (take?.lanes ?? []).map(({ setup, scores }) => ({
      model: setup.modelId,
      chunks: scores ? scores.to - scores.from : 0,
      endS: scores?.endS ?? 0,
      fifth: scores && scores.to > 4 ? Array.from(scores.row(scores.from + 4)) : [],
    }));
  });

test('three lanes on a file of two minutes: one clock, four numbers per class and lane, a figure to save', async ({
  open,
}) => {
  test.setTimeout(240_000);
  const { page, troubles } = await open();
  await page.goto('/?view=compare&diagnostics&backend=wasm');
  await expect(page.getByText('not streaming, no memory').first()).toBeVisible();
  const longest = await longestTask(page, async () => {
    await chooseFile(page);
    await settled(page, 1);
  });
  console.log(`longest of ${longest.tasks} tasks: ${longest.cpuMs} ms of processor, ${longest.wallMs} ms on the clock`);
  expect(longest.cpuMs).toBeLessThan(100);
  const scored = await lanes(page);
  // 12 001 frames of 10 ms: 125 chunks of 96 and the frame on the very end; 62 of 192 and a tail; 11 of 1008 and a tail.
  expect(scored.map(({ model, chunks }) => [model, chunks])).toEqual([
    ['sat-t-1s', 125],
    ['sat-t-2s', 63],
    ['vit-t-10s', 12],
  ]);
  for (const { endS } of scored) expect(Math.abs(endS - 120)).toBeLessThan(0.02);

  const table = page.getByRole('region', { name: 'Delay against steadiness' }).getByRole('table');
  await expect(table.getByRole('columnheader')).toHaveText([
    'Lane',
    'First said',
    /At .* or more/,
    'Crossings a minute',
    'Mean score',
  ]);
  await expect(table.getByRole('row', { name: /^(SAT|ViT)/ })).toHaveCount(4 * 3);
  // The shares follow the threshold at once.
  const share = () =>
    table
      .getByRole('row', { name: /^SAT 1 s/ })
      .first()
      .getByRole('cell')
      .nth(1)
      .textContent();
  const before = await share();
  await page.getByRole('slider', { name: 'Threshold' }).press('Home');
  await expect.poll(share).not.toBe(before);

  const [figure] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save PNG' }).click(),
  ]);
  const png = readFileSync(await figure.path());
  expect(png.subarray(1, 4).toString('latin1')).toBe('PNG');
  expect(png.readUInt32BE(16)).toBeGreaterThan(1500);
  expect(figure.suggestedFilename()).toContain('two-minutes');

  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
  expect(troubles).toEqual([]);
});

test('memory off, and the ten-second model every second: other scores, and what it costs is measured', async ({
  open,
}) => {
  test.setTimeout(240_000);
  const { page, troubles } = await open();
  await page.goto('/?view=compare&diagnostics&backend=wasm');
  await chooseFile(page);
  await settled(page, 1);
  const before = await lanes(page);
  await page.getByRole('button', { name: 'Change the lanes' }).click();
  await page.getByRole('switch', { name: 'Memory' }).nth(1).press('Space');
  await page.getByText('Recomputed every second').click();
  await page.getByRole('button', { name: 'Run again' }).click();
  await settled(page, 2);
  const after = await lanes(page);
  expect(after[0]!.fifth).toEqual(before[0]!.fifth);
  expect(after[1]!.chunks).toBe(63);
  expect(after[1]!.fifth).not.toEqual(before[1]!.fifth);
  expect(after[2]!.chunks).toBe(120);
  await expect(page.getByText('memory off').first()).toBeVisible();
  // What it costs is said: 120 runs instead of 12.
  await expect(page.getByText(/120 runs where 12 would do/).first()).toBeVisible();
  expect(troubles).toEqual([]);
});

test('live: three lanes listen on one microphone, and after the stop the comparison stays', async ({ open }) => {
  test.setTimeout(180_000);
  const { page, troubles } = await open({ microphone: fixture('audio/rain.wav') });
  await page.goto('/?view=compare&diagnostics&backend=wasm');
  await page.getByRole('button', { name: 'Listen with the microphone' }).click();
  await page.waitForFunction(
    () => (window.earshot?.library?.store.getState().rows[0]?.take.lanes[1]?.scores?.to ?? 0) >= 3,
    null,
    { timeout: 90_000 },
  );
  await page.getByRole('button', { name: /^Stop/ }).click();
  await settled(page, 1);
  const heard = await lanes(page);
  expect(heard[0]!.chunks).toBeGreaterThanOrEqual(5);
  await expect(page.getByRole('region', { name: 'Delay against steadiness' })).toBeVisible();
  expect(troubles).toEqual([]);
});

test('the comparison fits a phone', async ({ open }) => {
  const { page } = await open({ viewport: { width: 320, height: 700 } });
  await page.goto('/?view=compare&backend=wasm');
  await expect(page.getByRole('button', { name: 'Listen with the microphone' })).toBeVisible();
  const sideways = () =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await expect.poll(sideways).toBe(0);
  await chooseFile(page);
  await expect(page.getByRole('region', { name: 'Delay against steadiness' })).toBeVisible({ timeout: 90_000 });
  await expect.poll(sideways).toBe(0);
});
