/** A session that was listened to: recorded when asked, reviewed like a file, still there on the next visit. */
import { expect, test } from './browser.ts';

test('a recorded session can be reviewed, with its sound, also after the page was closed', async ({ open }) => {
  const { page, troubles } = await open();
  await page.goto('/?diagnostics');
  await page.getByLabel('Record while listening').check();
  await page.getByRole('button', { name: 'A dog barks' }).click();
  await expect(page.getByText('Recording. Stays on this device.')).toBeVisible();
  await page.getByRole('button', { name: 'Review what was heard' }).click({ timeout: 60_000 });
  await expect(page).toHaveURL(/view=review/);
  const take = await page.evaluate(async () => {
    const earshot = window.earshot;
    const row = earshot?.library?.store.getState().rows[0];
    if (!earshot || !row?.take.media) throw new Error('no recording');
    return {
      heardS: row.take.durationS,
      waveS: row.take.wave.endS,
      chunks: row.take.lanes[0]?.scores?.to ?? 0,
      samples: await earshot.decode(row.take.media),
      mediaStartS: row.take.mediaStartS,
    };
  });
  // Opus decodes to 48 kHz; the recording is as long as what was heard, and begins with it.
  expect(take.mediaStartS).toBe(0);
  expect(Math.abs(take.samples / 48_000 - take.heardS)).toBeLessThan(0.1);
  expect(Math.abs(take.waveS - take.heardS)).toBeLessThan(0.05);
  expect(take.chunks).toBeGreaterThanOrEqual(2);
  await expect.poll(() => page.evaluate(() => window.earshot?.library?.store.getState().shelf.length)).toBe(1);

  await page.reload();
  await page.waitForFunction(() => (window.earshot?.library?.store.getState().shelf.length ?? 0) === 1);
  const again = await page.evaluate(async () => {
    const library = window.earshot?.library;
    const key = library?.store.getState().shelf[0]?.key;
    if (!library || key === undefined) throw new Error('nothing is stored');
    await library.controller.openStored(key);
    const row = library.store.getState().rows[0];
    return { chunks: row?.take.lanes[0]?.scores?.to, heardS: row?.take.durationS, bytes: row?.take.media?.size };
  });
  expect(again).toMatchObject({ chunks: take.chunks, heardS: take.heardS });
  expect(again.bytes).toBeGreaterThan(1000);
  expect(troubles).toEqual([]);
});

test('moving between views keeps listening and what was heard', async ({ open }) => {
  const { page, troubles } = await open({ microphone: new URL('../fixtures/audio/dog.wav', import.meta.url).pathname });
  await page.goto('/?diagnostics');
  await page.getByRole('button', { name: 'Listen', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Stop' })).toBeVisible();
  await page.getByRole('link', { name: 'Files' }).click();
  await expect(page).toHaveURL(/view=files/);
  await page.getByRole('link', { name: 'Live' }).click();
  await expect(page.getByRole('button', { name: 'Stop' })).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL(/view=files/);
  await page.goForward();
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(page.getByText('Stopped.')).toBeVisible();
  expect(troubles).toEqual([]);
});
