/** The models' store against an installer made of timers: what can be chosen, what stands in, what is told, what is kept. */
import { afterEach, expect, test, vi } from 'vitest';
import { OFFICIAL_MODELS } from '../../core/catalogue/official-models.ts';
import { OFFICIAL_RECORD } from '../../core/catalogue/zenodo-record.ts';
import { EarshotError } from '../../core/errors.ts';
import type { InstallRequest, Precision } from '../../installer/installer.ts';
import { FakeEngine, fakeCard } from '../dev/fake-engine.ts';
import { FakeInstaller, type FakeInstallerOptions, fakeInstalledCard } from '../dev/fake-installer.ts';
import { createModelsStore, heardWith, installedFormOf, overallProgress } from './models.ts';
import { type ModelsPorts, ModelsWork } from './models-work.ts';

const TWO_SECONDS = 'SAT_T_stream2s_mAP_43_34.pt';
const ID = 'sat-t-2s-audioset';

const published = (fileName = TWO_SECONDS, precision: Precision = 'fp16'): InstallRequest => ({
  origin: { kind: 'published', fileName, source: OFFICIAL_RECORD },
  precision,
});

const installed = (precision: Precision) => ({
  card: fakeInstalledCard({ kind: 'published', fileName: TWO_SECONDS, source: OFFICIAL_RECORD }, precision),
  bytes: 11_000_000,
  installedAt: 1,
});

const works: ModelsWork[] = [];
afterEach(() => {
  for (const work of works.splice(0)) work.dispose();
});

interface Scene extends FakeInstallerOptions {
  readonly chosen?: string | null;
  readonly ports?: Partial<ModelsPorts>;
}

function make({ chosen = null, ports = {}, ...options }: Scene = {}) {
  const store = createModelsStore();
  const installer = new FakeInstaller({ tickMs: 0, ...options });
  const kept = new Map<string, string>();
  const asked: string[] = [];
  const left: string[] = [];
  const taken: (readonly string[])[] = [];
  const work = new ModelsWork(store, {
    createClient: () => new FakeEngine({ loadMs: 0 }),
    fetchJson: async (path) => {
      asked.push(path);
      if (path === 'models/index.json') {
        return {
          models: ['fake-10s', 'fake-2s', 'fake-1s'].map((id, at) => ({
            id,
            title: id,
            delayS: 1,
            family: at === 0 ? 'full-context' : 'streaming',
          })),
        };
      }
      return path === 'models/unlisted-1s/card.json' ? fakeCard('unlisted-1s') : null;
    },
    fetchFile: async (path) => new File(['x'], path),
    fetchRecord: async () => ({ ok: false, status: 404, json: async () => null }),
    resolveUrl: (path) => `http://x/${path}`,
    openInstaller: async (ids) => {
      taken.push(ids);
      return installer;
    },
    settings: () => ({ modelId: chosen, byAddress: true, backend: 'auto' }),
    leave: async (id) => {
      left.push(id);
      return id === chosen;
    },
    storage: { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) },
    nowMs: () => performance.now(),
    todayMs: () => 1000,
    ...ports,
  });
  works.push(work);
  return { store, work, installer, asked, left, kept, taken };
}

const ids = (store: ReturnType<typeof make>['store']) => store.getState().entries.map(({ id }) => id);
const jobDone = (store: ReturnType<typeof make>['store']) =>
  vi.waitFor(() => {
    const [job] = store.getState().jobs;
    if (!job || job.state.kind === 'running') throw new Error('still running');
    return job;
  });

test('those beside the page come first, then the installed ones, each with its address', async () => {
  const { store, work, taken } = make({ models: [installed('fp16')] });
  await work.open();
  expect(store.getState()).toMatchObject({ listing: 'read', missing: null });
  expect(ids(store)).toEqual(['fake-10s', 'fake-2s', 'fake-1s', `${ID}-fp16`]);
  expect(await work.modelUrl('fake-1s')).toBe('http://x/models/fake-1s/');
  expect(await work.modelUrl(`${ID}-fp16`)).toBe(`installed:/${ID}-fp16/`);
  await expect(work.modelUrl('nothing')).rejects.toMatchObject({ code: 'model-not-found' });
  expect(taken).toEqual([['fake-10s', 'fake-2s', 'fake-1s']]);
});

test('the first listen with a model beside the page does not wait for the browser’s storage', async () => {
  const never = make({ ports: { openInstaller: () => new Promise(() => undefined) } });
  void never.work.open();
  expect((await never.work.modelFor(null)).id).toBe('fake-2s');
  expect((await never.work.modelFor('fake-1s')).id).toBe('fake-1s');
});

test('an installed one that is remembered is waited for', async () => {
  let open: () => void = () => undefined;
  const late = new FakeInstaller({ models: [installed('fp32')] });
  const { work } = make({
    ports: {
      openInstaller: () =>
        new Promise((resolve) => {
          open = () => resolve(late);
        }),
    },
  });
  const found = work.modelFor(ID);
  await vi.waitFor(() => open());
  await new Promise((resolve) => setTimeout(resolve, 5));
  open();
  expect(await found).toMatchObject({ id: ID, origin: 'installed' });
});

test('a published one in another form answers to its published name', async () => {
  const { store, work } = make({ models: [installed('int8')], chosen: ID });
  await work.open();
  expect(store.getState().missing).toBeNull();
  expect((await work.modelFor(ID)).id).toBe(`${ID}-int8`);
  expect(heardWith(store.getState().entries, ID)?.id).toBe(`${ID}-int8`);
  const official = OFFICIAL_MODELS.find(({ id }) => id === ID)!;
  expect(installedFormOf(official, store.getState().installed)?.card.id).toBe(`${ID}-int8`);
});

test('a published one that is not installed is stood in for, and is missing until it is', async () => {
  const { store, work, asked } = make({ chosen: ID });
  await work.open();
  expect(store.getState().missing).toMatchObject({ id: ID, by: 'address', official: { fileName: TWO_SECONDS } });
  expect((await work.modelFor(ID)).id).toBe('fake-2s');
  // It cannot lie beside the page, so it is not looked for there.
  expect(asked.filter((path) => path.includes(ID))).toEqual([]);
  work.install(published());
  await jobDone(store);
  expect(store.getState().missing).toBeNull();
  expect((await work.modelFor(ID)).id).toBe(`${ID}-fp16`);
});

test('a folder beside the page that no list names is found by its name; what is nowhere is said', async () => {
  const { store, work } = make();
  await work.open();
  expect(await work.modelFor('unlisted-1s')).toMatchObject({ origin: 'embedded', delayS: 0.96, family: 'streaming' });
  expect(ids(store)).toContain('unlisted-1s');
  expect((await work.modelFor('nowhere')).id).toBe('fake-2s');
  expect(store.getState().missing).toMatchObject({ id: 'nowhere', official: null });
});

test('without any model beside the page there is nothing to listen with', async () => {
  const { work } = make({ ports: { fetchJson: async () => null } });
  await work.open();
  await expect(work.modelFor(null)).rejects.toMatchObject({ code: 'model-not-found' });
});

test('an installation is told from its beginning to its end, and is not begun twice', async () => {
  const { store, work } = make();
  const said: string[] = [];
  const phases = new Set<string>();
  store.subscribe((state, before) => {
    if (state.said !== before.said) said.push(state.said);
    for (const { progress } of state.jobs) phases.add(progress.phase);
  });
  await work.open();
  work.install(published());
  work.install(published());
  const job = await jobDone(store);
  expect(job).toMatchObject({ title: 'SAT-T, 2 s', state: { kind: 'done', modelId: `${ID}-fp16` } });
  expect(store.getState().jobs).toHaveLength(1);
  expect([...phases]).toEqual(['asking', 'downloading', 'checking', 'reading', 'storing', 'measuring']);
  expect(said).toEqual([
    'SAT-T, 2 s: installation begun.',
    'SAT-T, 2 s: 25 percent downloaded.',
    'SAT-T, 2 s: 50 percent downloaded.',
    'SAT-T, 2 s: 75 percent downloaded.',
    'SAT-T, 2 s: downloaded, now being checked and stored.',
    'SAT-T, 2 s is installed.',
  ]);
  expect(ids(store)).toContain(`${ID}-fp16`);
  work.dismiss(job.id);
  expect(store.getState().jobs).toEqual([]);
});

const OFTEN = { interval: 5 };

test('pause, resume, cancel', async () => {
  const { store, work } = make({ tickMs: 20 });
  await work.open();
  work.install(published());
  await vi.waitFor(() => expect(store.getState().jobs[0]?.progress.phase).toBe('downloading'), OFTEN);
  const { id } = store.getState().jobs[0]!;
  work.pause(id);
  await vi.waitFor(() => expect(store.getState().jobs[0]?.progress.phase).toBe('paused'), OFTEN);
  expect(overallProgress(store.getState().jobs)?.share).toBeGreaterThan(0);
  // One that runs is not put away.
  work.dismiss(id);
  work.resume(id);
  await vi.waitFor(() => expect(store.getState().jobs[0]?.progress.phase).toBe('downloading'), OFTEN);
  work.cancel(id);
  await vi.waitFor(() => expect(store.getState().jobs).toEqual([]));
  expect(overallProgress(store.getState().jobs)).toBeNull();
  expect(store.getState().partials).toEqual([]);
  expect(ids(store)).toHaveLength(3);
});

test('what goes wrong keeps its sentence; a new try takes its place and goes on from what came', async () => {
  const error = new EarshotError('download-failed', 'The line broke at 9 of 22 MB.');
  const { store, work } = make({ failures: [{ atShare: 0.4, error }] });
  await work.open();
  work.install(published());
  const failed = await jobDone(store);
  expect(failed.state).toEqual({ kind: 'failed', error: { code: 'download-failed', message: error.message } });
  expect(store.getState().said).toBe('SAT-T, 2 s was not installed. The line broke at 9 of 22 MB.');
  await vi.waitFor(() => expect(store.getState().partials).toHaveLength(1));
  expect(ids(store)).toHaveLength(3);
  work.retry(failed.id);
  await vi.waitFor(() => expect(store.getState().jobs[0]?.state.kind).toBe('done'));
  expect(store.getState().jobs).toHaveLength(1);
  expect(store.getState().partials).toEqual([]);
});

test('whoever uses a model that is removed takes another first, and that is said', async () => {
  const { store, work, left } = make({ models: [installed('fp32')], chosen: ID });
  await work.open();
  await work.remove(ID);
  expect(left).toEqual([ID]);
  expect(ids(store)).not.toContain(ID);
  expect(store.getState().notice).toBe('SAT-T, 2 s is removed. It was in use: fake-2s takes its place.');
});

test('a removal that fails is said, and the model is still there', async () => {
  const { store, work, installer } = make({ models: [installed('fp32')] });
  await work.open();
  vi.spyOn(installer, 'remove').mockRejectedValue(
    new EarshotError('write-failed', 'The folder is held by another tab.'),
  );
  await work.remove(ID);
  expect(store.getState().notice).toBe('The folder is held by another tab.');
  expect(ids(store)).toContain(ID);
});

test('what another tab installs can be chosen here, too', async () => {
  const { store, work, installer } = make();
  await work.open();
  await installer.install(published(), () => undefined).done;
  await vi.waitFor(() => expect(ids(store)).toContain(`${ID}-fp16`));
});

test('a browser that refuses its storage has the models beside the page, and says why there are no others', async () => {
  const { store, work } = make({
    chosen: ID,
    ports: { openInstaller: () => Promise.reject(new DOMException('denied', 'SecurityError')) },
  });
  await work.open();
  expect(store.getState().listing).toBe('refused');
  expect((await work.modelFor(ID)).id).toBe('fake-2s');
  work.install(published());
  await vi.waitFor(() => expect(store.getState().notice).toContain('no storage'));
});

test('persist says what the browser answered', async () => {
  const { store, work, installer } = make();
  await work.open();
  await work.persist();
  expect(store.getState()).toMatchObject({ storage: { persisted: true }, notice: expect.stringContaining('promised') });
  vi.spyOn(installer, 'persist').mockResolvedValue(false);
  await work.persist();
  expect(store.getState().notice).toContain('did not promise');
});

test('a measured speed is kept for its weights and engine', async () => {
  const { store, work, kept } = make();
  await work.open();
  await work.measureSpeed('fake-1s');
  const [speed] = store.getState().speeds;
  expect(speed).toMatchObject({
    sha256: '0'.repeat(64),
    engine: 'WASM, 2 threads',
    reason: 'no WebGPU adapter',
    chunkS: 0.96,
    chunks: 10,
    atMs: 1000,
  });
  // As the engine told: 30 to 34 ms in the model, 0.9 ms of log-mel.
  expect(speed!.msPerChunk).toBeGreaterThan(30.8);
  expect(speed!.msPerChunk).toBeLessThan(35);
  expect(store.getState().measuring).toBeNull();
  const again = make({ ports: { storage: { getItem: (key) => kept.get(key) ?? null, setItem: () => undefined } } });
  expect(again.store.getState().speeds).toEqual([speed]);
});

test('a measurement that cannot be made is said, and its engine is given back', async () => {
  const engines: FakeEngine[] = [];
  const { store, work } = make({
    ports: {
      createClient: () => {
        const engine = new FakeEngine({ loadMs: 0, fail: 'model' });
        engines.push(engine);
        vi.spyOn(engine, 'dispose');
        return engine;
      },
    },
  });
  await work.open();
  await work.measureSpeed('fake-1s');
  expect(store.getState().notice).toMatch(/^The speed was not measured\. .*404/);
  expect(store.getState().speeds).toEqual([]);
  expect(engines[0]!.dispose).toHaveBeenCalledOnce();
  await work.measureSpeed('nowhere');
  expect(store.getState().notice).toContain('"nowhere" is not here');
});

test('a stopped measurement leaves no figure and no word', async () => {
  const { store, work } = make();
  await work.open();
  const measuring = work.measureSpeed('fake-1s');
  work.stopMeasuring();
  await measuring;
  expect(store.getState()).toMatchObject({ speeds: [], notice: null, measuring: null });
});

test('the cards beside the page are read when they are wanted, once', async () => {
  const { work, asked, store } = make();
  await work.open();
  expect(asked).toEqual(['models/index.json']);
  await Promise.all([work.readCards(), work.readCards()]);
  expect(asked.filter((path) => path === 'models/fake-1s/card.json')).toHaveLength(1);
  expect(store.getState().cards.size).toBe(0);
});
