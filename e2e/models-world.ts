/** What the journeys through the Models view share: a stand-in for Zenodo, what lies in the browser's storage, scores from two engines. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { runImport } from '../cli/import.ts';
import { readModelFolder } from '../cli/model-folder.ts';
import { noise } from '../fixtures/seeded.ts';
import { reducedModels, startZenodo, type ZenodoStandIn } from '../fixtures/zenodo-stand-in.ts';
import { createNodeBackend } from '../src/backends/node.ts';
import { StepSession } from '../src/core/engine/step-session.ts';
import { StreamingTagger } from '../src/core/tagger.ts';
import { expect } from './browser.ts';
import { test as base } from './host.ts';

export { expect };

/** SAT-T, 2 s: a reduced checkpoint under its published name. */
export const NAME = 'SAT_T_stream2s_mAP_43_34.pt';
export const TITLE = 'SAT-T, 2 s';
export const MODEL_ID = 'sat-t-2s-audioset';

export const test = base.extend<{ zenodo: ZenodoStandIn }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures a test wants from this pattern
  zenodo: async ({}, use) => {
    const zenodo = await startZenodo({ files: reducedModels() });
    await use(zenodo);
    await zenodo.close();
  },
});

export const modelsHref = (zenodo: ZenodoStandIn): string =>
  `?view=models&diagnostics&record-base=${encodeURIComponent(zenodo.url)}`;

export const heard = (page: Page) => page.getByRole('region', { name: 'Heard now' });
export const jobs = (page: Page) => page.getByRole('region', { name: 'On their way' });
/** A button of one of them. */
export const act = (page: Page, name: RegExp, title = TITLE) =>
  jobs(page).getByRole('listitem').filter({ hasText: title }).getByRole('button', { name });
export const installed = (page: Page) => page.getByRole('region', { name: 'Installed in this browser' });
export const dialog = (page: Page) => page.getByRole('dialog');

/** Opens the dialog of a published model; the record was read when this resolves. */
export async function openDialog(page: Page, title = TITLE): Promise<void> {
  await page.getByRole('button', { name: new RegExp(`^(Get|Go on with) ${title}$`) }).click();
  await expect(dialog(page).getByRole('radiogroup')).toBeVisible();
}

/** From the Models view, up to the press that begins the download. fp32, so that scores are the checkpoint's own. */
export async function get(page: Page, title = TITLE): Promise<void> {
  await openDialog(page, title);
  await dialog(page).getByRole('radio', { name: /^fp32/ }).check({ force: true });
  await dialog(page)
    .getByRole('button', { name: /^(Download|Go on from) / })
    .click();
}

export const isInstalled = (page: Page) =>
  expect(jobs(page).getByText('Installed: it can be chosen wherever a model is chosen.')).toBeVisible({
    timeout: 60_000,
  });

/** Files in the browser's private file system with their lengths, below our folder, probes left out. */
export const stored = (page: Page): Promise<Record<string, number>> =>
  page.evaluate(async () => {
    const files: Record<string, number> = {};
    const read = async (folder: FileSystemDirectoryHandle, path: string): Promise<void> => {
      for await (const [name, handle] of folder.entries()) {
        const inner = path === '' ? name : `${path}/${name}`;
        if (handle instanceof FileSystemDirectoryHandle) await read(handle, inner);
        else if (handle instanceof FileSystemFileHandle && !inner.startsWith('probe/')) {
          // One that is being written or moved can be gone by now.
          const file = await handle.getFile().catch(() => null);
          if (file) files[inner] = file.size;
        }
      }
    };
    const root = await navigator.storage.getDirectory();
    const ours = await root.getDirectoryHandle('earshot').catch(() => null);
    if (ours) await read(ours, '');
    return files;
  });

/** Nothing is offered, nothing is kept: not in storage, not on the page, not after a reload. */
export async function expectNothing(page: Page): Promise<void> {
  for (const isReloaded of [false, true]) {
    if (isReloaded) await page.reload();
    await expect(page.getByRole('button', { name: `Get ${TITLE}`, exact: true })).toBeVisible();
    await expect(installed(page)).toHaveCount(0);
    expect(await stored(page)).toEqual({});
  }
}

const SECONDS = 6;
const RATE_HZ = 16_000;
/** Any will do: the weights are random. */
const sound = (): Float32Array => noise(71, SECONDS * RATE_HZ, 0.4);

/** Of an installed model, by the page's engine. */
export async function scoresInPage(page: Page, modelId: string): Promise<number[][]> {
  return page.evaluate(
    async ({ url, samples, rateHz }) => {
      const diagnostics = window.earshot;
      if (!diagnostics) throw new Error('the page was opened without ?diagnostics');
      const client = diagnostics.createEngineClient();
      const scores: number[][] = [];
      client.subscribe((event) => {
        if (event.type === 'tags') scores.push([...event.frame.probabilities]);
      });
      await client.load({ lane: 'check', modelUrl: url, backend: 'wasm' });
      await client.push(Float32Array.from(samples), rateHz);
      await client.finish();
      await client.dispose();
      return scores;
    },
    { url: `installed:/${modelId}/`, samples: [...sound()], rateHz: RATE_HZ },
  );
}

/** A model folder on this machine, as `earshot import` makes it. */
export async function folderOf(checkpoint: Uint8Array, id: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-'));
  const file = join(folder, NAME);
  writeFileSync(file, checkpoint);
  const out = join(folder, id);
  if ((await runImport([file, '--out', out, '--id', id])) !== 0) throw new Error('the checkpoint was not imported');
  return out;
}

/** Of the same checkpoint and the same sound, by the native engine, which is held to the original's scores by its own tests. */
export async function scoresInNode(checkpoint: Uint8Array): Promise<number[][]> {
  const session = await StepSession.open({
    ...readModelFolder(await folderOf(checkpoint, MODEL_ID)),
    backend: createNodeBackend(),
  });
  const tagger = new StreamingTagger({ session });
  const frames = [...(await tagger.push(sound(), RATE_HZ)), ...(await tagger.finish())];
  await tagger.dispose();
  await session.dispose();
  return frames.map(({ probabilities }) => [...probabilities]);
}

/** The bound of docs/rules.md, rule 10, without its fourfold: both are float32 engines of one project. */
export function expectSameScores(got: readonly number[][], wanted: readonly number[][]): void {
  expect(got.map((row) => row.length)).toEqual(wanted.map((row) => row.length));
  expect(wanted.length).toBeGreaterThanOrEqual(3);
  const worst = Math.max(...got.flatMap((row, i) => row.map((score, k) => Math.abs(score - wanted[i]![k]!))));
  expect(worst).toBeLessThan(2e-5);
  // Scores that are all alike would agree with anything.
  expect(Math.max(...wanted.flat()) - Math.min(...wanted.flat())).toBeGreaterThan(0.1);
}
