/** Without a network: what was used once goes on working; a newer version waits until it is asked for. */
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect } from './browser.ts';
import { test } from './host.ts';

const heard = (page: Page) => page.getByRole('region', { name: 'Heard now' });
const notice = (page: Page) => page.getByText('A new version is ready', { exact: false });

/** Addresses in the service worker's caches, without the host. */
const kept = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const urls: string[] = [];
    for (const name of await caches.keys()) {
      for (const { url } of await (await caches.open(name)).keys()) urls.push(url);
    }
    return urls.map((url) => url.replace(document.baseURI.replace(/[^/]*$/, ''), '/'));
  });
const isControlled = (page: Page) => page.evaluate(() => navigator.serviceWorker.controller !== null);
const untilControlled = (page: Page) => expect.poll(() => isControlled(page)).toBe(true);

async function hearTheDog(page: Page): Promise<void> {
  await page.getByRole('button', { name: /A dog barks/ }).click();
  await expect(heard(page)).toContainText(/Dog|Bark/, { timeout: 60_000 });
}

for (const isolated of [true, false]) {
  test(`a second visit without a network hears with what the first one used (${isolated ? 'isolated' : 'plain host'})`, async ({
    open,
    host: start,
  }) => {
    const host = await start({ folder: '/some/folder/', isolated });
    const { page, context, troubles } = await open({ allowMicrophone: false, offline: true });
    await page.goto(host.url);
    await hearTheDog(page);
    // Fetched before the service worker was there, or after: kept all the same, and nothing that was not used.
    const large = async () => (await kept(page)).filter((url) => url.includes('?sha256='));
    await expect.poll(async () => (await large()).length, { timeout: 60_000 }).toBe(2);
    expect(await large()).toEqual([
      expect.stringMatching(
        /^\/(assets\/ort-wasm[^/]*\.wasm|models\/sat-t-2s\/model\.safetensors)\?sha256=[0-9a-f]{64}$/,
      ),
      expect.stringMatching(
        /^\/(assets\/ort-wasm[^/]*\.wasm|models\/sat-t-2s\/model\.safetensors)\?sha256=[0-9a-f]{64}$/,
      ),
    ]);
    await page.close();

    await host.leave();
    const second = await context.newPage();
    second.on('pageerror', (error) => troubles.push(String(error)));
    await second.goto(host.url);
    expect(await second.evaluate(() => crossOriginIsolated)).toBe(isolated);
    await hearTheDog(second);
    // Parts of the page that the first visit did not open.
    for (const view of ['files', 'review', 'compare']) {
      await second.goto(`${host.url}?view=${view}`);
      await expect(second.getByRole('main').getByRole('heading').first()).toBeVisible();
    }
    // What was never used is missed with a sentence, not with a page that hangs.
    await second.goto(`${host.url}?model=sat-t-1s`);
    await second.getByRole('button', { name: /A dog barks/ }).click();
    await expect(second.getByRole('alert')).toContainText(/connection/i, { timeout: 60_000 });
    expect(troubles.filter((text) => !text.includes('ERR_CONNECTION_REFUSED'))).toEqual([]);
  });
}

test('weights that arrive damaged are refused and not kept; the next try is whole', async ({ open, host: start }) => {
  const host = await start();
  const { page } = await open({ allowMicrophone: false, offline: true });
  await page.goto(host.url);
  await untilControlled(page);
  host.change = (path, answer) => {
    if (path !== 'models/sat-t-2s/model.safetensors') return answer;
    const body = Buffer.from(answer.body);
    body[body.length - 1]! ^= 1;
    return { ...answer, body };
  };
  await page.getByRole('button', { name: /A dog barks/ }).click();
  await expect(page.getByRole('alert')).toContainText(/weights/, { timeout: 60_000 });
  expect((await kept(page)).filter((url) => url.includes('safetensors'))).toEqual([]);
  host.change = null;
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(heard(page)).toContainText(/Dog|Bark/, { timeout: 60_000 });
});

test('a new version waits to be asked for; other tabs go on as they are', async ({ open, host: start }) => {
  const host = await start();
  const { page, context } = await open({ allowMicrophone: false, offline: true });
  await page.goto(host.url);
  await untilControlled(page);
  await page.evaluate(() => Object.assign(window, { mark: 1 }));
  const first = await kept(page);
  const index = first.find((url) => url.startsWith('/index.html'));
  expect(index).toBeDefined();

  const REVISION = /(index\.html.{1,3}revision:.)[0-9a-f]+/;
  host.change = (path, answer) => {
    if (path === 'service-worker.js') {
      const script = answer.body.toString();
      expect(script).toMatch(REVISION);
      return { ...answer, body: Buffer.from(script.replace(REVISION, '$1second')) };
    }
    if (path !== 'index.html') return answer;
    return { ...answer, body: Buffer.from(answer.body.toString().replace('<title>', '<meta name="second"><title>')) };
  };
  const other = await context.newPage();
  await other.goto(host.url);
  await other.evaluate(() => Object.assign(window, { mark: 2 }));
  await expect(notice(other)).toBeVisible();
  await expect(notice(page)).toBeVisible();
  for (const colorScheme of ['light', 'dark'] as const) {
    await other.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page: other }).include('.update-notice').analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
  }
  await other.setViewportSize({ width: 320, height: 640 });
  expect(await other.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
  // Nobody pressed anything: still the version before, in both.
  expect(await other.locator('meta[name=second]').count()).toBe(0);
  await page.getByRole('button', { name: 'Later' }).click();
  await expect(notice(page)).toBeHidden();

  await other.getByRole('button', { name: 'Load it now' }).click();
  await expect(other.locator('meta[name=second]')).toHaveCount(1);
  expect(await other.evaluate('window.mark')).toBeUndefined();
  expect(await page.evaluate('window.mark')).toBe(1);
  // The first tab's version is open: a view that it opens only now is still there.
  await page.getByRole('link', { name: 'Compare' }).click();
  await expect(page.getByRole('main').getByRole('heading').first()).toBeVisible();
  expect(await kept(other)).toContain(index);

  await page.close();
  await other.reload();
  await expect.poll(() => kept(other)).not.toContain(index);
  expect((await kept(other)).filter((url) => url.startsWith('/index.html'))).toHaveLength(1);
});

test('the page can be installed as an app', async ({ open, host: start }) => {
  const host = await start({ folder: '/some/folder/' });
  const { page, context } = await open({ allowMicrophone: false, offline: true });
  await page.goto(host.url);
  await untilControlled(page);
  const cdp = await context.newCDPSession(page);
  const { url, errors, data } = await cdp.send('Page.getAppManifest');
  expect({ url, errors }).toEqual({ url: `${host.url}manifest.webmanifest`, errors: [] });
  expect(JSON.parse(data ?? '')).toMatchObject({ name: 'Earshot', start_url: './', scope: './' });
  // Incognito is how tests run; nothing else may be in the way.
  const { installabilityErrors } = await cdp.send('Page.getInstallabilityErrors');
  expect(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')).toEqual([]);
  // The browser's frame has the page's colour, whichever theme was chosen.
  for (const [theme, colour] of [
    ['Dark', '#0c1214'],
    ['Light', '#edf1ee'],
  ] as const) {
    await page.getByRole('combobox', { name: 'Theme' }).selectOption(theme.toLowerCase());
    for (const meta of await page.locator('meta[name=theme-color]').all()) {
      await expect(meta).toHaveAttribute('content', colour);
    }
  }
});
