/** The engine under stress: forced backends, a lost device, a busy page, both rings, another model in mid-stream. */
import type { Page } from '@playwright/test';
import { expect, fixture, serveTinyModel, test } from './browser.ts';

const DOG = fixture('audio/dog.wav');

/** Collects what the engine tells the page from now on. */
async function watchEvents(page: Page): Promise<void> {
  await page.waitForFunction(() => (window.earshot?.clients.length ?? 0) > 0);
  await page.evaluate(() => {
    const seen: { type: string; startS?: number; endS?: number; reason?: string }[] = [];
    Object.assign(window, { seen });
    window.earshot?.clients.at(-1)?.subscribe((event) => {
      if (event.type === 'tags') seen.push({ type: 'tags', startS: event.frame.startS, endS: event.frame.endS });
      else if (event.type === 'gap') {
        seen.push({ type: 'gap', startS: event.startS, endS: event.endS, reason: event.reason });
      } else if (event.type === 'restarting' || event.type === 'broken') seen.push({ type: event.type });
    });
  });
}

type Seen = { type: string; startS?: number; endS?: number; reason?: string }[];
const seen = (page: Page): Promise<Seen> => page.evaluate(() => (window as unknown as { seen: Seen }).seen);

/** Each tag begins where the one before ended. */
function expectUnbroken(events: Seen): void {
  const tags = events.filter(({ type }) => type === 'tags');
  expect(tags.length).toBeGreaterThan(2);
  expect(events.filter(({ type }) => type === 'gap')).toEqual([]);
  for (let i = 1; i < tags.length; i++) expect(tags[i]!.startS).toBeCloseTo(tags[i - 1]!.endS!, 6);
}

test('WebGPU, forced: runs, says so; its device is lost while listening, and hearing goes on with a mark and no reload', async ({
  open,
}) => {
  const { page, context } = await open({ microphone: DOG, webgpu: true });
  await serveTinyModel(context);
  await page.goto('/?diagnostics&backend=webgpu&model=tiny');
  await page.evaluate(() => Object.assign(window, { notReloaded: true }));
  await page.getByRole('button', { name: 'Listen' }).click();
  await expect(page.getByText(/Running on WebGPU/)).toBeVisible({ timeout: 90_000 });
  await watchEvents(page);
  await expect
    .poll(async () => (await seen(page)).filter(({ type }) => type === 'tags').length, { timeout: 60_000 })
    .toBeGreaterThan(2);
  await page.evaluate(() => window.earshot?.clients.at(-1)?.loseDevice());
  await expect
    .poll(async () => (await seen(page)).map(({ type }) => type), { timeout: 30_000 })
    .toContain('restarting');
  const before = (await seen(page)).filter(({ type }) => type === 'tags').length;
  await expect
    .poll(async () => (await seen(page)).filter(({ type }) => type === 'tags').length, { timeout: 90_000 })
    .toBeGreaterThan(before + 3);
  const events = await seen(page);
  expect(events.map(({ type }) => type)).not.toContain('broken');
  // Time goes on and nothing is told twice.
  const starts = events.filter(({ type }) => type === 'tags').map(({ startS }) => startS!);
  expect(starts).toEqual(starts.toSorted((a, b) => a - b));
  expect(new Set(starts).size).toBe(starts.length);
  expect(await page.evaluate('window.notReloaded')).toBe(true);
  await expect(page.getByRole('button', { name: 'Stop' })).toBeVisible();
  // The mark has its words.
  await page.getByText('The same as numbers').click();
  await expect(page.getByRole('list', { name: 'What happened' })).toContainText(/restart/i);
});

test('WebGPU forced where there is none: a clear panel, and Auto works', async ({ open }) => {
  const { page } = await open({ microphone: DOG });
  await page.goto('/?backend=webgpu');
  await page.getByRole('button', { name: 'Listen' }).click();
  await expect(page.getByRole('alert')).toContainText(/WebGPU/, { timeout: 30_000 });
  await page.getByRole('combobox', { name: 'Engine' }).selectOption('auto');
  await page
    .getByRole('button', { name: /Listen|Try again/ })
    .first()
    .click();
  await expect(page.getByText(/Running on WASM/)).toBeVisible({ timeout: 60_000 });
});

for (const ring of ['shared', 'port'] as const) {
  test(`nothing is lost while the page’s main thread stands still for 6 s (${ring} ring)`, async ({ open }) => {
    const { page } = await open({ microphone: DOG });
    await page.goto(`/?diagnostics&backend=wasm${ring === 'port' ? '&ring=port' : ''}`);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    await page.getByRole('button', { name: 'Listen' }).click();
    await watchEvents(page);
    await expect.poll(async () => (await seen(page)).length, { timeout: 60_000 }).toBeGreaterThan(0);
    // Harsher than a hidden tab: timers, frames and messages of the page stop altogether.
    await page.evaluate(() => {
      const end = performance.now() + 6000;
      while (performance.now() < end);
    });
    await page.waitForTimeout(4500);
    expectUnbroken(await seen(page));
  });
}

test('another model while listening: hearing goes on with shorter chunks', async ({ open }) => {
  const { page, troubles } = await open({ microphone: DOG });
  await page.goto('/?diagnostics&backend=wasm');
  await page.getByRole('button', { name: 'Listen' }).click();
  await watchEvents(page);
  await expect.poll(async () => (await seen(page)).length, { timeout: 60_000 }).toBeGreaterThan(1);
  await page.getByRole('combobox', { name: 'Model' }).selectOption({ label: 'Tiny streaming, 1 s' });
  await expect
    .poll(
      async () => {
        const last = (await seen(page)).filter(({ type }) => type === 'tags').at(-1);
        return last ? last.endS! - last.startS! : 0;
      },
      { timeout: 60_000 },
    )
    .toBeCloseTo(0.96, 3);
  await expect(page.getByRole('button', { name: 'Stop' })).toBeVisible();
  expect(troubles).toEqual([]);
});

test('muted is said while it lasts; unplugged: what was heard stays, and a press listens again', async ({ open }) => {
  const { page } = await open({ microphone: DOG });
  await page.addInitScript(() => {
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (constraints) => {
      const stream = await ask(constraints);
      Object.assign(window, { stream });
      return stream;
    };
  });
  await page.goto('/?backend=wasm');
  await page.getByRole('button', { name: 'Listen' }).click();
  const heard = page.getByRole('region', { name: 'Heard now' });
  await expect(heard.getByRole('listitem').first()).toBeVisible({ timeout: 60_000 });
  // Muted by a switch while it listens: said, and taken back.
  const event = (name: string) =>
    page.evaluate((type) => {
      const [track] = (window as unknown as { stream: MediaStream }).stream.getAudioTracks();
      track?.dispatchEvent(new Event(type));
    }, name);
  await event('mute');
  await expect(page.getByText(/microphone is muted/)).toBeVisible();
  await event('unmute');
  await expect(page.getByText(/microphone is muted/)).toBeHidden();
  await page.evaluate(() => {
    const [track] = (window as unknown as { stream: MediaStream }).stream.getAudioTracks();
    track?.stop();
    // A browser fires this when the device goes away; stop() alone does not.
    track?.dispatchEvent(new Event('ended'));
  });
  await expect(page.getByRole('alert')).toContainText(/unplugged|went away/i);
  await expect(page.getByText('Bark').first()).toBeVisible();
  await page
    .getByRole('button', { name: /Listen|Try again/ })
    .first()
    .click();
  await expect(page.getByRole('button', { name: 'Stop' })).toBeVisible({ timeout: 60_000 });
});

test('a model that is not there: another listens and the page says so; weights that are not the card’s: a clear panel', async ({
  open,
}) => {
  const { page, context } = await open({ microphone: DOG });
  await page.goto('/?model=nowhere');
  await expect(page.getByText('This address asks for the model “nowhere”, which is not here.')).toBeVisible();
  await page.getByRole('button', { name: 'Listen' }).click();
  await expect(page.getByText('Listening', { exact: true })).toBeVisible({ timeout: 30_000 });
  await context.route('**/models/sat-t-2s/model.safetensors', async (route) => {
    const response = await route.fetch();
    const body = await response.body();
    body[body.length - 1] = (body.at(-1) ?? 0) ^ 1;
    await route.fulfill({ response, body });
  });
  await page.goto('/?model=sat-t-2s');
  await page.getByRole('button', { name: 'Listen' }).click();
  await expect(page.getByRole('alert')).toContainText(/SHA-256|not the ones/i, { timeout: 30_000 });
});
