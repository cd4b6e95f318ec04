/** The whole installer in a real browser: worker, storage, engine. From local files; downloads are in install-host.test.ts and e2e. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createEngineClient } from '../app/client/create-client.ts';
import type { EngineClient } from '../app/client/engine-client.ts';
import { DIFFERENCE_CLIP } from '../core/model/precision.ts';
import { createInstaller } from './create-installer.ts';
import type { EngineWorker } from './engine-run.ts';
import {
  type InstalledModel,
  type Installer,
  type InstallPhase,
  type InstallProgress,
  installedUrl,
} from './installer.ts';
import { InstallerClient, type InstallerWorker } from './installer-client.ts';

const BASE = new URL('/', location.href).href;

async function fixture(name: string): Promise<File> {
  const response = await fetch('/fixtures/parity/checkpoints/sat_t_2s.pt');
  return new File([await response.blob()], name);
}

const clients: EngineClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose();
});

/** As a page would use it. */
async function load(modelId: string) {
  const client = createEngineClient();
  clients.push(client);
  return client.load({ lane: 'a', modelUrl: installedUrl(modelId), backend: 'wasm' });
}

/** Without OPFS everything goes through the Cache API. */
const cacheOnly = (): Installer =>
  new InstallerClient({
    spawn: (): InstallerWorker =>
      new Worker(new URL('./cache-only.test-worker.ts', import.meta.url), { type: 'module' }),
    spawnEngine: (): EngineWorker =>
      new Worker(new URL('../worker/tagger.worker.ts', import.meta.url), { type: 'module' }),
    fetchClip: async () =>
      new File([await (await fetch(`/samples/${DIFFERENCE_CLIP}.mp3`)).blob()], `${DIFFERENCE_CLIP}.mp3`),
    takenIds: [],
    persist: async () => false,
    onChange: () => () => undefined,
  });

describe.each([
  ['opfs', () => createInstaller({ baseUrl: BASE, embeddedIds: ['taken'] })],
  ['cache', cacheOnly],
] as const)('in %s', (kind, create) => {
  let installer: Installer;
  const clear = async (): Promise<void> => {
    for (const { card } of await installer.list()) await installer.remove(card.id);
  };
  beforeAll(async () => {
    installer = create();
    await clear();
  });
  afterAll(async () => {
    await clear();
    installer.dispose();
  });
  const install = async (
    files: readonly File[],
    precision: 'fp32' | 'fp16' | 'int8',
    onProgress: (progress: InstallProgress) => void = () => undefined,
  ): Promise<InstalledModel> => installer.install({ origin: { kind: 'files', files }, precision }, onProgress).done;

  test('a checkpoint from disk becomes a model that the engine runs, and takes the room it says', async () => {
    const phases: InstallPhase[] = [];
    const model = await install([await fixture('My model (1).pt')], 'fp32', ({ phase }) => {
      if (phases.at(-1) !== phase) phases.push(phase);
    });
    expect(phases).toEqual(['asking', 'reading', 'storing', 'measuring']);
    expect(model.card.id).toBe('my-model-1');
    expect(model.notes).toBeUndefined();
    expect(await installer.list()).toEqual([model]);
    expect(await installer.storage()).toMatchObject({ kind, usedBytes: model.bytes });
    // The engine repeats the stored check: another engine's scores would be refused.
    expect(model.card.selfCheck).toHaveLength(40);
    const { card, backend } = await load('my-model-1');
    expect(card).toEqual(model.card);
    expect(backend.kind).toBe('wasm');
  });

  test('smaller weights say what they cost, on the clip that all cards name', async () => {
    const shares: number[] = [];
    const { card } = await install([await fixture('small.pt')], 'fp16', ({ phase, doneBytes, totalBytes }) => {
      if (phase === 'measuring' && totalBytes) shares.push(doneBytes / totalBytes);
    });
    expect(card.id).toBe('small-fp16');
    expect(card.storage).toMatchObject({
      precision: 'fp16',
      difference: { clip: 'half-a-minute', chunks: 19, engine: expect.stringContaining('WASM') },
    });
    const { max, mean } = card.storage!.difference!;
    expect(max).toBeGreaterThan(0);
    expect(max).toBeLessThan(0.05);
    expect(mean).toBeLessThan(max);
    // It is long: so it is seen to move, through both runs.
    expect(shares.some((share) => share > 0.1 && share < 0.5)).toBe(true);
    expect(shares.some((share) => share > 0.6)).toBe(true);
    await load(card.id);
  });

  test('is there after the page was closed, and gone when it is removed', async () => {
    const other = create();
    const before = (await installer.list()).map(({ card }) => card.id);
    expect((await other.list()).map(({ card }) => card.id)).toEqual(before);
    await other.remove('my-model-1');
    other.dispose();
    expect((await installer.list()).map(({ card }) => card.id)).toEqual(['small-fp16']);
    await expect(load('my-model-1')).rejects.toMatchObject({
      code: 'model-not-found',
      message: expect.stringContaining('"my-model-1" is no longer in this browser'),
    });
  });

  test('a job that is cancelled while it is measured leaves nothing', async () => {
    const used = (await installer.storage()).usedBytes;
    const files = [await fixture('never.pt')];
    const job = installer.install({ origin: { kind: 'files', files }, precision: 'int8' }, ({ phase }) => {
      if (phase === 'measuring') job.cancel();
    });
    await expect(job.done).rejects.toMatchObject({ code: 'cancelled' });
    expect(await installer.storage()).toMatchObject({ usedBytes: used });
    expect((await installer.list()).map(({ card }) => card.id)).toEqual(['small-fp16']);
  });

  test('a page that is closed in the middle leaves no model, and the next one tidies up', async () => {
    const used = (await installer.storage()).usedBytes;
    const other = create();
    const files = [await fixture('closed.pt')];
    await new Promise<void>((resolve) => {
      other.install({ origin: { kind: 'files', files }, precision: 'int8' }, ({ phase }) => {
        if (phase === 'measuring') resolve();
      });
    });
    expect((await installer.storage()).usedBytes).toBeGreaterThan(used);
    other.dispose();
    const next = create();
    // The lock of a worker that was ended is free soon, not at once.
    await expect.poll(async () => (await next.storage()).usedBytes).toBeGreaterThan(0);
    const { card } = await next.install(
      { origin: { kind: 'files', files: [await fixture('next.pt')] }, precision: 'fp32' },
      () => undefined,
    ).done;
    const bytes = (await next.list()).reduce((sum, model) => sum + model.bytes, 0);
    expect(await next.storage()).toMatchObject({ usedBytes: bytes });
    await next.remove(card.id);
    next.dispose();
  });
});

test('every page hears of what another one installs and removes', async () => {
  const [one, other] = [createInstaller({ baseUrl: BASE }), createInstaller({ baseUrl: BASE, embeddedIds: ['heard'] })];
  let heard = 0;
  const stop = one.watch(() => {
    heard++;
  });
  const { card } = await other.install(
    { origin: { kind: 'files', files: [await fixture('heard.pt')] }, precision: 'fp32' },
    () => undefined,
  ).done;
  expect(card.id).toBe('heard-2');
  await expect.poll(() => heard).toBeGreaterThan(0);
  const before = heard;
  await other.remove(card.id);
  await expect.poll(() => heard).toBeGreaterThan(before);
  stop();
  one.dispose();
  await expect(one.list()).rejects.toMatchObject({ code: 'disposed' });
  other.dispose();
});
