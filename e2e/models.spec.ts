/**
 * Published models through the page, from a stand-in for Zenodo: got, listened with, kept for a visit without a network, removed;
 * and everything that can go wrong on the way. Whatever goes wrong, nothing half-installed is offered as a model.
 */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { reducedModels } from '../fixtures/zenodo-stand-in.ts';
import { dropOnto } from './media.ts';
import {
  act,
  dialog,
  expect,
  expectNothing,
  expectSameScores,
  folderOf,
  get,
  heard,
  installed,
  isInstalled,
  jobs,
  MODEL_ID,
  modelsHref,
  NAME,
  openDialog,
  scoresInNode,
  scoresInPage,
  stored,
  TITLE,
  test,
} from './models-world.ts';

const CHECKPOINT = reducedModels()[NAME]!;
const trouble = (page: Parameters<typeof jobs>[0]) => jobs(page).getByRole('alert');

test('got, listened with, heard with again without any network, removed', async ({ open, host: start, zenodo }) => {
  const host = await start({ folder: '/some/folder/' });
  const { page, context, troubles } = await open({ allowMicrophone: false, offline: true });
  await page.goto(`${host.url}${modelsHref(zenodo)}`);
  expect(zenodo.requests).toEqual([]);

  // The licence and what is odd about the file, before a byte of it comes.
  await openDialog(page);
  await expect(dialog(page)).toContainText('The record states this licence: cc-by-4.0.');
  await expect(dialog(page)).toContainText('The file has 0.4 MB, about 22.1 MB were expected');
  expect(zenodo.downloads(NAME)).toEqual([]);
  await page.keyboard.press('Escape');

  zenodo.file(NAME).bytesPerS = 200_000;
  await get(page);
  const progress = jobs(page).getByRole('progressbar', { name: `Progress of ${TITLE}` });
  await expect(jobs(page)).toContainText(/Downloading: 0\.\d.MB of 0\.4.MB/);
  await expect(progress).toHaveAttribute('value', /^0\.[1-9]/);
  // Not before it is whole.
  await expect(installed(page)).toHaveCount(0);
  await isInstalled(page);
  await expect(installed(page).getByRole('heading', { name: TITLE })).toBeVisible();
  expect(Object.keys(await stored(page)).sort()).toEqual([
    `models/${MODEL_ID}/card.json`,
    `models/${MODEL_ID}/model.safetensors`,
  ]);

  const wanted = await scoresInNode(CHECKPOINT);
  expectSameScores(await scoresInPage(page, MODEL_ID), wanted);
  await act(page, /^Use for listening/).click();
  await page.getByRole('link', { name: 'Live' }).click();
  await page.getByRole('button', { name: /A dog barks/ }).click();
  await expect(heard(page)).toContainText(/Class \d+/, { timeout: 60_000 });
  // The runtime was used: it is what the service worker has to keep.
  const runtimeIsKept = () =>
    page.evaluate(async () => {
      for (const name of await caches.keys()) {
        const keys = await (await caches.open(name)).keys();
        if (keys.some(({ url }) => /ort-wasm[^/]*\.wasm\?sha256=/.test(url))) return true;
      }
      return false;
    });
  await expect.poll(runtimeIsKept, { timeout: 60_000 }).toBe(true);
  await page.close();

  await host.leave();
  await zenodo.close();
  const second = await context.newPage();
  second.on('pageerror', (error) => troubles.push(String(error)));
  await second.goto(`${host.url}?diagnostics`);
  await second.getByRole('button', { name: /A dog barks/ }).click();
  await expect(heard(second)).toContainText(/Class \d+/, { timeout: 60_000 });
  expectSameScores(await scoresInPage(second, MODEL_ID), wanted);

  // Zenodo is gone: said in a sentence, and other ways are named.
  await second.goto(`${host.url}${modelsHref(zenodo)}`);
  await second.getByRole('button', { name: 'Get SAT-T, 1 s' }).click();
  await expect(dialog(second).getByRole('alert')).toContainText('could not be reached');
  await expect(dialog(second)).toContainText('From disk');
  await dialog(second).getByRole('button', { name: 'Close' }).click();

  await installed(second)
    .getByRole('button', { name: /^Remove/ })
    .click();
  const question = second.getByRole('alertdialog');
  await expect(question).toContainText('It is in use for listening: Tiny streaming, 2 s takes its place.');
  await question.getByRole('button', { name: 'Remove' }).click();
  await expect(installed(second)).toHaveCount(0);
  expect(await stored(second)).toEqual({});
  const storage = second.getByRole('region', { name: 'Storage' });
  await expect(storage).toContainText('Nothing yet');
  await expect(storage).toContainText('This page opens with the models that were used and those that are installed.');
  expect(troubles.filter((text) => !text.includes('ERR_CONNECTION_REFUSED'))).toEqual([]);
});

test('another file than the record’s, no file, no record, no permission: a sentence each, and no model', async ({
  open,
  zenodo,
}) => {
  const { page } = await open({ allowMicrophone: false });
  const file = zenodo.file(NAME);
  await page.goto(`/${modelsHref(zenodo)}`);

  const real = file.recordMd5;
  file.recordMd5 = '0'.repeat(32);
  await get(page);
  await expect(trouble(page)).toContainText(
    `${NAME} is not the published file: its MD5 is ${real}, the record says ${'0'.repeat(32)}.`,
  );
  await expectNothing(page);
  file.recordMd5 = real;

  // As long as announced and something else: not even a checkpoint.
  file.bytes = new Uint8Array(CHECKPOINT.length).fill(65);
  await get(page);
  await expect(trouble(page)).toContainText('is not the published file');
  await expectNothing(page);
  file.bytes = CHECKPOINT;

  file.status = 404;
  await get(page);
  await expect(trouble(page)).toContainText(/There is no file at .* \(status 404\)/);
  await expectNothing(page);
  file.status = 200;

  const noDownload = async (why: string): Promise<void> => {
    await expect(dialog(page).getByRole('alert')).toContainText(why);
    await expect(dialog(page).getByRole('button', { name: /^Download/ })).toHaveCount(0);
  };
  zenodo.record.status = 404;
  await page.getByRole('button', { name: `Get ${TITLE}`, exact: true }).click();
  await noDownload('answered with status 404');
  zenodo.record.status = 200;
  zenodo.cors = false;
  await dialog(page).getByRole('button', { name: 'Try again' }).click();
  await noDownload('could not be reached');
  zenodo.cors = true;
  zenodo.record.licence = null;
  await dialog(page).getByRole('button', { name: 'Try again' }).click();
  await expect(dialog(page)).toContainText('The record names no licence.');
  await dialog(page).getByRole('button', { name: 'Cancel' }).click();
  await expectNothing(page);
});

test('a line that breaks at 60 %: it goes on where it stopped, by itself and by hand, and the scores are right', async ({
  open,
  zenodo,
}) => {
  const { page } = await open({ allowMicrophone: false });
  const file = zenodo.file(NAME);
  const cutAt = Math.floor(0.6 * CHECKPOINT.length);
  const seen = () => zenodo.downloads(NAME).map(({ status, range }) => [status, range]);

  // Broken again and again at the same place: given up, kept, never a model.
  Object.assign(file, { ranges: true, bytesPerS: 400_000, cut: { at: 0.6, times: 99 } });
  await page.goto(`/${modelsHref(zenodo)}`);
  await get(page);
  await expect(trouble(page)).toContainText(/could not be downloaded: .*0\.\d.MB of 0\.4.MB are kept/, {
    timeout: 60_000,
  });
  await expect(installed(page)).toHaveCount(0);
  // A browser drops what it has not handed on yet when a line breaks.
  const kept = (await stored(page))[`downloads/${NAME}.part`] ?? 0;
  expect(kept).toBeGreaterThan(0);
  expect(kept).toBeLessThanOrEqual(cutAt);
  expect(seen()[0]).toEqual([200, null]);

  // Mended: the rest only, though this server grants no preflight and hides Content-Range, as Zenodo does.
  file.cut = null;
  const before = zenodo.downloads(NAME).length;
  await act(page, /^Go on/).click();
  await isInstalled(page);
  expect(seen().slice(before)).toEqual([[206, `bytes=${kept}-`]]);
  const wanted = await scoresInNode(CHECKPOINT);
  expectSameScores(await scoresInPage(page, MODEL_ID), wanted);

  // A server that knows no ranges: once more from the start, by itself.
  const other = zenodo.file('SAT_T_stream1s_mAP_40_11.pt');
  other.cut = { at: 0.6, times: 1 };
  await get(page, 'SAT-T, 1 s');
  await expect(installed(page).getByRole('heading', { name: 'SAT-T, 1 s' })).toBeVisible({ timeout: 60_000 });
  const downloads = zenodo.downloads('SAT_T_stream1s_mAP_40_11.pt');
  expect(downloads.every(({ status }) => status === 200)).toBe(true);
  expect(downloads.at(-1)!.sentBytes).toBe(other.bytes.length);
});

test('paused, reloaded in the middle, gone on with; cancelled, nothing is left', async ({ open, zenodo }) => {
  const { page } = await open({ allowMicrophone: false });
  const file = zenodo.file(NAME);
  Object.assign(file, { ranges: true, bytesPerS: 60_000 });
  const part = async () => (await stored(page))[`downloads/${NAME}.part`] ?? 0;
  await page.goto(`/${modelsHref(zenodo)}`);

  await get(page);
  await act(page, /^Pause/).click();
  await expect(jobs(page)).toContainText(/Paused at 0\.\d.MB of 0\.4.MB/);
  const paused = await part();
  expect(paused).toBeGreaterThan(0);
  await act(page, /^Resume/).click();
  await expect.poll(part).toBeGreaterThan(paused + 50_000);

  await page.reload();
  const row = page.locator('[data-official=sat-t-2s-audioset]');
  await expect(row).toContainText(/0\.\d.MB of 0\.4.MB came on an earlier visit or before a break/);
  await expect(installed(page)).toHaveCount(0);
  const kept = await part();
  expect(kept).toBeGreaterThan(paused);
  expect(kept).toBeLessThan(CHECKPOINT.length);
  file.bytesPerS = null;
  const before = zenodo.downloads(NAME).length;
  await get(page);
  await isInstalled(page);
  expect(zenodo.downloads(NAME).slice(before)).toMatchObject([{ status: 206, range: `bytes=${kept}-` }]);
  expectSameScores(await scoresInPage(page, MODEL_ID), await scoresInNode(CHECKPOINT));

  // Another one is given up: what came of it goes, the installed one stays.
  const others = await stored(page);
  zenodo.file('SAT_S_stream2s_mAP_43_37.pt').bytesPerS = 60_000;
  await get(page, 'SAT-S, 2 s');
  await expect(act(page, /^Pause/, 'SAT-S, 2 s')).toBeVisible();
  await expect.poll(async () => Object.keys(await stored(page)).length).toBeGreaterThan(Object.keys(others).length);
  await act(page, /^Cancel/, 'SAT-S, 2 s').click();
  await expect(page.getByRole('button', { name: 'Get SAT-S, 2 s', exact: true })).toBeVisible();
  await expect.poll(() => stored(page)).toEqual(others);
});

test('a disk that is full, before the download and in the middle of it', async ({ open, host: start, zenodo }) => {
  const host = await start();
  const { page, context } = await open({ allowMicrophone: false });
  // The estimate is asked for in the installer's thread.
  host.change = (path, answer) => {
    if (!/^assets\/install\.worker-[^/]*\.js$/.test(path)) return answer;
    const estimate = 'navigator.storage.estimate = async () => ({ quota: 500_000, usage: 100_000 });';
    return { ...answer, body: Buffer.from(`${estimate}\n${answer.body}`) };
  };
  await page.goto(`${host.url}${modelsHref(zenodo)}`);
  await openDialog(page);
  await expect(dialog(page)).toContainText('There is probably too little room');
  await page.keyboard.press('Escape');
  await get(page);
  await expect(trouble(page)).toContainText(/Installing needs 1 MB of this browser's storage/);
  expect(zenodo.downloads(NAME)).toEqual([]);
  host.change = null;
  await expectNothing(page);

  // The browser's own limit, of which its estimate says nothing.
  const devtools = await context.newCDPSession(page);
  const { origin } = new URL(page.url());
  await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 250_000 });
  await get(page);
  await expect(trouble(page)).toContainText("This browser's storage for the page is full.");
  await expect(installed(page)).toHaveCount(0);
  expect(Object.keys(await stored(page)).filter((path) => !path.startsWith('downloads/'))).toEqual([]);

  // Room again: it goes through.
  await devtools.send('Storage.overrideQuotaForOrigin', { origin });
  await act(page, /^Go on/).click();
  await isInstalled(page);
  expectSameScores(await scoresInPage(page, MODEL_ID), await scoresInNode(CHECKPOINT));
});

test('from disk: a checkpoint that is dropped, a zip of a model folder; text with a false name is refused', async ({
  open,
  zenodo,
}) => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-'));
  const put = (name: string, content: Uint8Array | string): string => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const { page } = await open({ allowMicrophone: false });
  await page.goto(`/${modelsHref(zenodo)}`);
  await expect(page.getByRole('heading', { name: 'From disk' })).toBeVisible();
  const importIt = async (precision: RegExp): Promise<void> => {
    await dialog(page).getByRole('radio', { name: precision }).check({ force: true });
    await dialog(page).getByRole('button', { name: 'Import' }).click();
  };
  const disk = page.getByRole('region', { name: 'From disk' });
  const choose = (path: string) => disk.locator('input[type=file]').first().setInputFiles(path);

  await choose(put('letter.pt', 'Dear reader, '.repeat(200)));
  await importIt(/^fp32/);
  await expect(trouble(page)).toContainText(/letter\.pt|checkpoint/);
  await expect(installed(page)).toHaveCount(0);
  expect(await stored(page)).toEqual({});

  // Things fall onto the middle of the page.
  await disk.getByText('Drop a model here').evaluate((element) => element.scrollIntoView({ block: 'center' }));
  await dropOnto(page, [put(NAME, CHECKPOINT)]);
  await expect(dialog(page)).toContainText('read as SAT_T_2s, by its name');
  await importIt(/^fp32/);
  await isInstalled(page);
  await expect(installed(page).getByRole('article')).toHaveCount(1);

  const model = await folderOf(CHECKPOINT, 'from-a-zip');
  const zip = zipSync(
    Object.fromEntries(
      ['card.json', 'model.safetensors'].map((name) => [`from-a-zip/${name}`, readFileSync(join(model, name))]),
    ),
  );
  await choose(put('from-a-zip.zip', zip));
  await importIt(/^fp32/);
  await expect(installed(page).getByRole('article')).toHaveCount(2, { timeout: 60_000 });
  expectSameScores(await scoresInPage(page, 'from-a-zip'), await scoresInNode(CHECKPOINT));
  expect(zenodo.requests).toEqual([]);
});
