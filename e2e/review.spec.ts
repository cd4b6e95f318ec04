/** A recording under review: what was heard can be heard again at a click, rules move events at once, and everything can be taken along. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import AxeBuilder from '@axe-core/playwright';
import type { Download, Page } from '@playwright/test';
import { parse } from 'csv-parse/sync';
import { unzipSync } from 'fflate';
import { expect, test } from './browser.ts';

const HALF_A_MINUTE = fileURLToPath(new URL('../public/samples/half-a-minute.mp3', import.meta.url));

/** Scores the sample in the Files view and opens its review, as a person does. */
async function review(page: Page): Promise<void> {
  await page.goto('/?view=files&diagnostics&backend=wasm');
  await page.locator('input[type=file]').first().setInputFiles(HALF_A_MINUTE);
  await expect(page.getByRole('region', { name: 'All files' })).toContainText('1 file finished', { timeout: 60_000 });
  await page.getByRole('button', { name: /^Review/ }).click();
  await expect(page.getByRole('heading', { name: 'half-a-minute.mp3' })).toBeVisible();
  await expect(page.getByRole('img', { name: 'Scores of all classes over time' })).toBeVisible();
}

const sound = (page: Page): Promise<{ readonly playing: boolean; readonly atS: number }> =>
  page
    .locator('audio')
    .evaluate((element: HTMLAudioElement) => ({ playing: !element.paused, atS: element.currentTime }));

/** What the page holds, for comparing with what was saved. */
const inPage = (page: Page) =>
  page.evaluate(() => {
    const row = window.earshot?.library?.store.getState().rows[0];
    const lane = row?.take.lanes[0];
    if (!lane?.scores || !lane.card) throw new Error('nothing was scored');
    const { scores, card } = lane;
    return {
      chunks: scores.to - scores.from,
      lastEndS: scores.endS,
      first: Array.from(scores.row(scores.from)),
      names: card.labels.names,
      model: card.id,
      sha256: card.sha256,
    };
  });

/** The captions as the browser's own video player reads them. */
const cuesOf = (page: Page, vtt: string): Promise<readonly string[]> =>
  page.evaluate(async (text) => {
    const video = document.createElement('video');
    const track = document.createElement('track');
    track.src = URL.createObjectURL(new Blob([text], { type: 'text/vtt' }));
    video.append(track);
    document.body.append(video);
    track.track.mode = 'hidden';
    await new Promise((resolve, reject) => {
      track.addEventListener('load', resolve);
      track.addEventListener('error', () => reject(new Error('no captions')));
    });
    const lines = Array.from(track.track.cues ?? []).flatMap((cue) => (cue as VTTCue).text.split('\n'));
    video.remove();
    return lines;
  }, vtt);

const bytesOf = async (download: Download): Promise<Buffer> => readFileSync(await download.path());

test('a click on the heat map, on an event, or Space: the sound is heard from there', async ({ open }) => {
  const { page, troubles } = await open();
  await review(page);
  const heat = page.getByRole('img', { name: 'Scores of all classes over time' });
  const box = await heat.boundingBox();
  if (!box) throw new Error('the heat map has no place');
  await heat.click({ position: { x: box.width / 2, y: 8 } });
  await expect.poll(async () => (await sound(page)).playing).toBe(true);
  // The middle of 36 s; playing goes on meanwhile.
  const { atS } = await sound(page);
  expect(atS).toBeGreaterThan(17.5);
  expect(atS).toBeLessThan(22);
  await page.getByRole('button', { name: 'Pause' }).click();
  expect((await sound(page)).playing).toBe(false);
  const event = page
    .getByRole('list', { name: 'Events' })
    .or(page.getByRole('grid', { name: 'Events' }))
    .getByRole('button')
    .last();
  await event.click();
  await expect.poll(async () => (await sound(page)).playing).toBe(true);
  const from = /(\d+):(\d+\.\d)/.exec((await event.textContent()) ?? '');
  const startS = Number(from?.[1]) * 60 + Number(from?.[2]);
  expect(Math.abs((await sound(page)).atS - startS)).toBeLessThan(2.5);
  expect(troubles).toEqual([]);
});

test('moving a threshold changes the events at once, and the model is not asked again', async ({ open }) => {
  const { page, troubles } = await open();
  await review(page);
  const tab = page.getByRole('tab', { name: /^Events/ });
  const count = async (): Promise<number> => Number(/\d+/.exec((await tab.textContent()) ?? '')?.[0]);
  const before = await count();
  expect(before).toBeGreaterThan(0);
  const { chunks } = await inPage(page);
  const field = page.getByRole('textbox', { name: 'On threshold, as a number' });
  await field.fill('0.95');
  await field.press('Enter');
  await expect.poll(count).toBeLessThan(before);
  await expect(page.getByRole('tab', { name: /^Rejected/ })).not.toHaveText(/ 0$/);
  await field.fill('0.35');
  await field.press('Enter');
  await expect.poll(count).toBeGreaterThan(before);
  expect((await inPage(page)).chunks).toBe(chunks);
  // The rules are there on the next visit.
  await page.reload();
  await expect.poll(() => page.evaluate(() => window.earshot?.library?.store.getState().rules.on)).toBe(0.35);
  expect(troubles).toEqual([]);
});

test('every export is saved and can be read back, and says how it was made', async ({ open }) => {
  const { page, troubles } = await open();
  await review(page);
  const { chunks, lastEndS, first, names, model, sha256 } = await inPage(page);
  const events = Number(/\d+/.exec((await page.getByRole('tab', { name: /^Events/ }).textContent()) ?? '')?.[0]);
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Export' });
  const save = async (name: RegExp): Promise<{ readonly name: string; readonly bytes: Buffer }> => {
    const [download] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name }).click()]);
    return { name: download.suggestedFilename(), bytes: await bytesOf(download) };
  };

  // Where a format cannot hold its settings, they come beside it.
  const zipped = await save(/^Audacity/);
  expect(zipped.name).toMatch(/\.zip$/);
  const inside = Object.entries(unzipSync(zipped.bytes));
  const settings = inside.find(([path]) => path.endsWith('.settings.json'));
  expect(JSON.parse(Buffer.from(settings![1]).toString('utf8'))).toMatchObject({ model: { id: model, sha256 } });

  await dialog.getByText('Put the settings file beside it (zip)').click();
  const text = async (name: RegExp) => {
    const saved = await save(name);
    expect(saved.name).toContain('half-a-minute.');
    expect(saved.name).toContain(`${model}-${sha256.slice(0, 8)}`);
    return saved.bytes.toString('utf8');
  };
  const tsv = (content: string): string[][] => parse(content, { delimiter: '\t', quote: null });

  const audacity = tsv(await text(/^Audacity/));
  expect(audacity).toHaveLength(events);
  for (const [start, end, label] of audacity) {
    expect(Number(end)).toBeGreaterThan(Number(start));
    expect(names).toContain(label);
  }
  expect(tsv(await text(/^Raven/))).toHaveLength(events + 1);
  const dcase = tsv(await text(/^DCASE/));
  expect(dcase[0]).toEqual(['filename', 'onset', 'offset', 'event_label']);
  expect(dcase.slice(1).every(([file]) => file === 'half-a-minute.mp3')).toBe(true);
  expect(dcase).toHaveLength(events + 1);

  const vtt = await text(/^WebVTT/);
  const captions = await cuesOf(page, vtt);
  expect(captions.length).toBeGreaterThan(0);
  for (const caption of captions) expect(caption).toMatch(/^\[.+\]$/);
  expect(vtt).toContain(sha256);

  const jams = JSON.parse(await text(/^JAMS/));
  expect(jams.annotations[0].namespace).toBe('tag_audioset');
  expect(jams.annotations[0].data).toHaveLength(events);

  const csv: string[][] = parse(await text(/^Chunk scores.*csv|^CSV/i));
  expect(csv).toHaveLength(chunks + 1);
  expect(csv[0]!.slice(2)).toEqual(names);
  expect(csv[1]!.slice(2).every((score, k) => Math.abs(Number(score) - first[k]!) < 1e-6)).toBe(true);
  const json = JSON.parse(await text(/json/i));
  expect(json.chunks).toHaveLength(chunks);
  const sed = tsv(await text(/sed.scores/i));
  expect(sed[0]!.slice(0, 2)).toEqual(['onset', 'offset']);
  expect(Number(sed[1]![0])).toBe(0);
  expect(Math.abs(Number(sed.at(-1)![1]) - lastEndS)).toBeLessThan(1e-5);
  for (let row = 2; row < sed.length; row++) expect(sed[row]![0]).toBe(sed[row - 1]![1]);

  const png = await save(/^Picture/);
  expect(png.bytes.subarray(1, 4).toString('latin1')).toBe('PNG');
  expect(png.bytes.readUInt32BE(16)).toBeGreaterThan(800);
  const all = unzipSync((await save(/^Everything/)).bytes);
  expect(Object.keys(all)).toHaveLength(9);
  expect(troubles).toEqual([]);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the review has no accessibility violations, and fits 320 px (${colorScheme})`, async ({ open }) => {
    const { page } = await open({ colorScheme });
    await review(page);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
    await page.setViewportSize({ width: 320, height: 700 });
    await expect
      .poll(() => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth))
      .toBe(0);
  });
}
