/** The first journeys: a stranger opens the page and sees what is heard. Real browser, real worker, real model. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HeardChunk } from '../src/core/protocol/messages.ts';
import { expect, fixture, test } from './browser.ts';
import { hashChunks } from './hash-chunks.ts';
import { floatWav } from './wav.ts';

const heard = (page: import('@playwright/test').Page) => page.getByRole('region', { name: 'Heard now' });

for (const { file, onTop, named } of [
  // AudioSet's ancestors are right too (a bark is an animal's); the word itself must be among the first three.
  { file: 'dog', onTop: /Dog|Bark|Bow-wow|Animal|Domestic animals/, named: /Dog|Bark/ },
  { file: 'crying-baby', onTop: /Baby cry|Crying/, named: /Baby cry/ },
  // Stream is a kind of Water in AudioSet's tree, and the small models can hardly tell it from rain.
  { file: 'rain', onTop: /Rain|Water|Stream/, named: /Rain|Water|Stream/ },
]) {
  test(`microphone: ${file}.wav is heard as what it is`, async ({ open }) => {
    const { page, troubles } = await open({ microphone: fixture(`audio/${file}.wav`) });
    await page.goto('/');
    await page.getByRole('button', { name: 'Listen' }).click();
    const words = heard(page).getByRole('listitem');
    // On top of the list, not merely somewhere in it.
    await expect(words.first()).toContainText(onTop, { timeout: 60_000 });
    await expect
      .poll(async () => (await words.allTextContents()).slice(0, 3).join(' '), { timeout: 30_000 })
      .toMatch(named);
    await page.getByRole('button', { name: 'Stop' }).click();
    await expect(page.getByRole('button', { name: 'Listen' })).toBeVisible();
    expect(troubles).toEqual([]);
  });
}

test('a sample sound works with no microphone at all', async ({ open }) => {
  const { page, troubles } = await open({ allowMicrophone: false });
  await page.goto('/');
  await page.getByRole('button', { name: /A dog barks/ }).click();
  await expect(heard(page)).toContainText(/Dog|Bark/, { timeout: 60_000 });
  expect(troubles).toEqual([]);
});

test('the microphone is asked for on the press only, and a refusal says what to do', async ({ open }) => {
  const { page } = await open({ allowMicrophone: false });
  await page.addInitScript(() => {
    const asked = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    Object.assign(window, { asked: 0 });
    navigator.mediaDevices.getUserMedia = (constraints) => {
      Object.assign(window, { asked: (window as unknown as { asked: number }).asked + 1 });
      return asked(constraints);
    };
  });
  await page.goto('/');
  await expect(page.getByRole('button', { name: 'Listen' })).toBeVisible();
  await page.waitForTimeout(500);
  expect(await page.evaluate('window.asked')).toBe(0);
  await page.getByRole('button', { name: 'Listen' }).click();
  await expect(page.getByRole('alert')).toContainText(/microphone/i);
  expect(await page.evaluate('window.asked')).toBe(1);
});

test('one of the runtime’s wasm files is downloaded, and only when listening begins', async ({ open }) => {
  const { page } = await open({ microphone: fixture('audio/dog.wav') });
  const runtimes: string[] = [];
  page.context().on('request', (request) => {
    if (/ort-wasm[^/]*\.wasm/.test(request.url())) runtimes.push(request.url());
  });
  await page.goto('/');
  await page.getByRole('button', { name: 'Listen' }).click();
  await expect(heard(page).getByRole('listitem').first()).toBeVisible({ timeout: 60_000 });
  expect(runtimes).toHaveLength(1);
});

test('live equals file: bit-equal chunk inputs, and the command line gives the same scores', async ({ open }) => {
  const { page, troubles } = await open({ microphone: fixture('audio/dog.wav') });
  await page.goto('/?diagnostics&backend=wasm');
  await page.getByRole('button', { name: 'Listen' }).click();
  await expect(page.getByRole('button', { name: 'Stop' })).toBeVisible({ timeout: 60_000 });
  // From second zero: keep what the model hears, and start anew.
  const session = await page.evaluate(async () => {
    const diagnostics = window.earshot;
    const client = diagnostics?.clients.at(-1);
    if (!client) throw new Error('no client');
    type Event = Parameters<Parameters<typeof client.subscribe>[0]>[0];
    const events: Event[] = [];
    client.subscribe((event) => events.push(event));
    await client.watch({ mel: true, audio: true });
    await client.unlisten();
    await client.takeHeard().catch(() => undefined);
    events.length = 0;
    const input = window.earshot?.input;
    if (!input) throw new Error('no input');
    await client.listen(input, 0);
    await new Promise((resolve) => setTimeout(resolve, 9000));
    await client.unlisten();
    await client.takeHeard();
    const audio = events.find((event) => event.type === 'heard');
    if (audio?.type !== 'heard') throw new Error('nothing heard');
    const bytes = new Uint8Array(audio.samples.buffer);
    let binary = '';
    for (let i = 0; i < bytes.length; i += 8192) binary += String.fromCharCode(...bytes.subarray(i, i + 8192));
    return {
      samples: btoa(binary),
      rateHz: audio.rateHz,
      chunks: audio.chunks,
      scores: events.flatMap((event) => (event.type === 'tags' ? [Array.from(event.frame.probabilities)] : [])),
      gaps: events.filter(({ type }) => type === 'gap').length,
    };
  });
  expect(session.gaps).toBe(0);
  expect(session.scores.length).toBeGreaterThanOrEqual(3);
  const raw = Buffer.from(session.samples, 'base64');
  const samples = new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength));

  // The same samples through the same core in Node: the model's inputs are the same to the last bit.
  const hashes = await hashChunks(samples, session.rateHz, 'sat-t-2s');
  const live = session.chunks.map(({ melHash }: HeardChunk) => melHash);
  expect(live.length).toBeGreaterThanOrEqual(3);
  expect(hashes.slice(0, live.length)).toEqual(live);

  // And through the command line: the same scores, to what float32 arithmetic in another engine allows.
  const file = join(mkdtempSync(join(tmpdir(), 'earshot-')), 'heard.wav');
  writeFileSync(file, floatWav(samples, session.rateHz));
  const root = fileURLToPath(new URL('..', import.meta.url));
  const out = execFileSync(
    'npm',
    ['run', '--silent', 'earshot', '--', 'tag', file, '--model', 'sat-t-2s', '--format', 'json'],
    {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 1e8,
    },
  );
  const { chunks } = JSON.parse(out) as { chunks: { scores: number[] }[] };
  session.scores.forEach((scores, i) => {
    const worst = Math.max(...scores.map((score, k) => Math.abs(score - chunks[i]!.scores[k]!)));
    expect(worst).toBeLessThan(2e-5);
  });
  expect(troubles).toEqual([]);
});
