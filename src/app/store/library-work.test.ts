import { afterEach, expect, test, vi } from 'vitest';
import { tinyModel } from '../../../fixtures/tiny-model.ts';
import { EarshotError } from '../../core/errors.ts';
import { DEFAULT_RULES } from '../../core/events/event-types.ts';
import type { MediaInfo } from '../../core/media-info.ts';
import type { AudioInput, InputEnd } from '../audio/audio-input.ts';
import type { ClientEvent, EngineClient, LoadRequest } from '../client/engine-client.ts';
import { createLibraryStore, type LibraryStore } from './library.ts';
import { setupOf } from './library-settings.ts';
import { LibraryWork } from './library-work.ts';
import type { SessionShelf, ShelfEntry } from './session-shelf.ts';
import type { Take } from './take.ts';
import { createTake } from './take-fold.ts';

const { card } = tinyModel();
const backend = { kind: 'wasm', label: 'WASM, 1 thread', reason: 'test' } as const;

const info = (durationS: number): MediaInfo => ({
  container: 'WAV',
  codec: 'PCM',
  decoder: 'built in',
  rateHz: 16_000,
  channels: 1,
  durationS,
  hasVideo: false,
});

/** An engine that reads files as their names say: "3 s.wav" gives three chunks in each lane. */
class FakeClient implements EngineClient {
  static all: FakeClient[] = [];
  /** A file that stands still after two seconds, until cancelled. */
  static stuckOn: string | null = null;
  static dieOn: string | null = null;
  readonly loads: LoadRequest[] = [];
  readonly reads: string[] = [];
  disposed = false;
  listening = false;
  #listeners = new Set<(event: ClientEvent) => void>();
  #cancel: (() => void) | null = null;

  constructor() {
    FakeClient.all.push(this);
  }
  say(event: ClientEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
  chunk(lane: string, index: number): void {
    this.say({
      type: 'tags',
      lane,
      frame: { index, startS: index, endS: index + 1, probabilities: new Float32Array(5).fill(0.5) },
      timing: { heardAtMs: 0, queueMs: 0, computeMs: 10, melMs: 0 },
    });
  }
  async load(request: LoadRequest) {
    if (request.modelUrl.includes('absent')) throw new EarshotError('model-not-found', 'no such model');
    this.say({ type: 'loading', lane: request.lane, phase: 'weights', loadedBytes: 5, totalBytes: 10 });
    this.loads.push(request);
    return { card, backend };
  }
  async read(file: File): Promise<void> {
    this.reads.push(file.name);
    if (file.name.startsWith('text')) throw new EarshotError('bad-audio-file', `${file.name} is not sound`);
    const seconds = Number.parseInt(file.name, 10);
    this.say({ type: 'file', info: info(seconds) });
    const cancelled = new Promise<never>((_, reject) => {
      this.#cancel = () => reject(new EarshotError('cancelled', 'stopped'));
    });
    cancelled.catch(() => undefined);
    for (let second = 0; second < seconds; second++) {
      await (file.name === FakeClient.stuckOn && second === 2 ? cancelled : Promise.resolve());
      if (FakeClient.dieOn === file.name && second === 1) {
        FakeClient.dieOn = null;
        this.say({ type: 'restarting', reason: 'device lost' });
        throw new EarshotError('engine-failed', 'The engine was restarted.');
      }
      for (const { lane } of this.loads) this.chunk(lane, second);
      this.say({ type: 'progress', readS: second + 1, scoredS: second + 1, peaks: new Int8Array(100) });
    }
    if (file.name.includes('broken')) throw new EarshotError('truncated-audio', `${file.name} stops here`);
  }
  async cancelRead(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
  }
  async listen(): Promise<void> {
    this.listening = true;
  }
  async unlisten(): Promise<void> {
    this.listening = false;
  }
  async reset(): Promise<void> {}
  async watch(): Promise<void> {}
  async push(): Promise<void> {}
  async finish(): Promise<void> {}
  async record(): Promise<void> {}
  async endRecord(): Promise<void> {}
  async loseDevice(): Promise<void> {}
  async takeHeard(): Promise<void> {}
  subscribe(listener: (event: ClientEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  async dispose(): Promise<void> {
    this.disposed = true;
  }
}

function fakeInput() {
  let end: (reason: InputEnd) => void = () => {};
  const input: AudioInput & { disposed: boolean } = {
    kind: 'microphone',
    label: 'mic',
    deviceId: null,
    rateHz: 48_000,
    warnings: [],
    disposed: false,
    openHandle: () => {
      throw new Error('not in this test');
    },
    onEnded: (listener) => {
      end = listener;
      return () => {};
    },
    dispose: async () => {
      input.disposed = true;
    },
  };
  return { input, end: (reason: InputEnd) => end(reason) };
}

const works: LibraryWork[] = [];
afterEach(async () => {
  for (const work of works.splice(0)) await work.dispose();
  FakeClient.all = [];
  FakeClient.stuckOn = null;
  FakeClient.dieOn = null;
});

function make(shelf: SessionShelf | null = null) {
  const store = createLibraryStore({
    rules: DEFAULT_RULES,
    fileSetup: setupOf('two'),
    compareSetups: [setupOf('one'), setupOf('two'), setupOf('ten')],
  });
  const mic = fakeInput();
  const went: string[] = [];
  const work = new LibraryWork(store, {
    createClient: () => new FakeClient(),
    openMicrophone: async () => mic.input,
    openSample: async () => mic.input,
    resolveUrl: (path) => `http://x/${path}`,
    nowMs: () => performance.now(),
    modelUrl: async (id) => `http://x/models/${id}/`,
    goTo: (view) => void went.push(view),
    settings: () => ({ backend: 'auto', deviceId: null }),
    samples: () => [],
    shelf,
    todayMs: () => 1000,
    timeOfDay: () => '14:05',
  });
  works.push(work);
  return { store, work, mic, went };
}

const drop = (...names: string[]) => names.map((name) => ({ file: new File(['x'], name), folder: '' }));

async function until(store: LibraryStore, what: (states: readonly string[]) => boolean): Promise<void> {
  const states = () => store.getState().rows.map(({ state }) => state.kind);
  for (let waited = 0; !what(states()); waited++) {
    if (waited > 400) throw new Error(`waited in vain: ${states().join(' ')}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const settled = (states: readonly string[]) => states.every((kind) => ['done', 'stopped', 'failed'].includes(kind));

test('files are scored one after the other with one loaded engine; a bad one does not stop the rest', async () => {
  const { store, work } = make();
  work.addFiles(drop('3 s.wav', 'text.wav', '2 s broken.mp3', '1 s.flac', 'notes.txt', '.DS_Store'));
  expect(store.getState().notice).toBe('Left out, neither audio nor video: notes.txt.');
  await until(store, settled);
  const { rows } = store.getState();
  expect(rows.map(({ state }) => state.kind)).toEqual(['done', 'failed', 'stopped', 'done']);
  expect(rows[2]!.state).toMatchObject({ atS: 2, error: { code: 'truncated-audio' } });
  expect(rows.map(({ take }) => take.lanes[0]!.scores?.to ?? 0)).toEqual([3, 0, 2, 1]);
  expect(rows[0]!.take.lanes[0]).toMatchObject({ card, backend, computeMs: 30, scoredS: 3 });
  expect(rows[0]!.take).toMatchObject({ readS: 3, durationS: 3, info: { container: 'WAV' } });
  expect(FakeClient.all).toHaveLength(1);
  expect(FakeClient.all[0]!.reads).toEqual(['3 s.wav', 'text.wav', '2 s broken.mp3', '1 s.flac']);
});

test('cancelling in the middle keeps what was scored; a waiting one never starts; retry begins anew', async () => {
  const { store, work } = make();
  FakeClient.stuckOn = '5 s.wav';
  const [first, second] = work.addFiles(drop('5 s.wav', '2 s.wav', '1 s.wav'));
  await until(store, ([kind]) => kind === 'running');
  await new Promise((resolve) => setTimeout(resolve, 20));
  work.cancel(second!);
  work.cancel(first!);
  await until(store, settled);
  expect(store.getState().rows.map(({ state }) => state.kind)).toEqual(['stopped', 'stopped', 'done']);
  expect(store.getState().rows[0]).toMatchObject({ state: { atS: 2, error: null }, take: { readS: 2, durationS: 5 } });
  expect(store.getState().rows[0]!.take.lanes[0]!.scores!.to).toBe(2);
  expect(FakeClient.all.flatMap(({ reads }) => reads)).toEqual(['5 s.wav', '1 s.wav']);
  FakeClient.stuckOn = null;
  work.retry(first!);
  await until(store, settled);
  expect(store.getState().rows[0]!.take.lanes[0]!.scores!.to).toBe(5);
  work.remove(first!);
  expect(store.getState().rows).toHaveLength(2);
});

test('an engine that dies under a file is tried once more from the start, without a double count', async () => {
  const { store, work } = make();
  FakeClient.dieOn = '3 s.wav';
  work.addFiles(drop('3 s.wav'));
  await until(store, settled);
  const [row] = store.getState().rows;
  expect(row!.state.kind).toBe('done');
  expect(row!.take.lanes[0]!.scores!.to - row!.take.lanes[0]!.scores!.from).toBe(3);
  expect(row!.take.wave.count).toBe(150);
});

test('comparing a file loads a lane per set-up and shows it', async () => {
  const { store, work, went } = make();
  const id = work.compareFile({ file: new File(['x'], '2 s.wav'), folder: '' });
  expect(store.getState().compareId).toBe(id);
  expect(went).toEqual(['compare']);
  await until(store, settled);
  const { take } = store.getState().rows[0]!;
  expect(take.lanes.map(({ setup, scores }) => [setup.modelId, scores!.to])).toEqual([
    ['one', 2],
    ['two', 2],
    ['ten', 2],
  ]);
  expect(FakeClient.all[0]!.loads.map(({ modelUrl }) => modelUrl)).toEqual(
    ['one', 'two', 'ten'].map((name) => `http://x/models/${name}/`),
  );
  expect(work.compareFile({ file: new File(['x'], 'a.txt'), folder: '' })).toBeNull();
});

test('a model that is not there fails the file with the reason, and the next one is tried', async () => {
  const { store, work } = make();
  work.changeFileSetup(setupOf('absent'));
  work.addFiles(drop('1 s.wav'));
  await until(store, settled);
  expect(store.getState().rows[0]!.state).toMatchObject({ kind: 'failed', error: { code: 'model-not-found' } });
  work.changeFileSetup(setupOf('two'));
  work.addFiles(drop('1 s.wav'));
  await until(store, settled);
  expect(store.getState().rows[1]!.state.kind).toBe('done');
});

test('listening with three lanes makes a take; what was heard stays after the stop, with its gaps', async () => {
  const { store, work, mic } = make();
  const id = await work.compareLive({ kind: 'microphone' });
  const client = FakeClient.all[0]!;
  expect(client.listening).toBe(true);
  for (const { lane } of client.loads) client.chunk(lane, 0);
  client.say({ type: 'gap', lane: null, startS: 1, endS: 2, reason: 'capture-lost' });
  for (const { lane } of client.loads) client.chunk(lane, 2);
  await work.stopLive();
  expect(client.listening).toBe(false);
  expect(mic.input.disposed).toBe(true);
  const [row] = store.getState().rows;
  expect(row).toMatchObject({ id, state: { kind: 'done' }, take: { name: 'Live, 14:05', durationS: 3 } });
  expect(row!.take.gaps).toHaveLength(1);
  // The same engine again; listening that heard nothing leaves no take behind.
  await work.compareLive({ kind: 'microphone' });
  expect(FakeClient.all).toHaveLength(1);
  await work.stopLive();
  expect(store.getState().rows).toHaveLength(1);
});

test('a microphone that is unplugged ends the take and keeps it', async () => {
  const { store, work, mic } = make();
  await work.compareLive({ kind: 'microphone' });
  const client = FakeClient.all[0]!;
  client.chunk(client.loads[0]!.lane, 0);
  mic.end('unplugged');
  await until(store, settled);
  expect(store.getState().rows[0]!.state.kind).toBe('done');
});

test('a sample that does not exist is refused before anything starts', async () => {
  const { store, work } = make();
  await expect(work.compareLive({ kind: 'sample', sampleId: 'none' })).rejects.toMatchObject({ code: 'not-found' });
  expect(store.getState().rows).toHaveLength(0);
});

test('a recorded session is stored, opened again on another visit, and removed; a full disk is said', async () => {
  const kept = new Map<string, Take>();
  let full = false;
  const shelf: SessionShelf = {
    list: async () =>
      [...kept].map(([key, { name }]): ShelfEntry => ({ key, name, keptAtMs: 0, durationS: 1, bytes: 1 })),
    keep: async (take) => {
      if (full) throw new EarshotError('write-failed', 'No room.');
      kept.set(take.id, take);
      return { key: take.id, name: take.name, keptAtMs: 0, durationS: 1, bytes: 1 };
    },
    read: async (key) => {
      const take = kept.get(key);
      if (!take) throw new EarshotError('not-found', 'Gone.');
      return take;
    },
    remove: async (key) => void kept.delete(key),
  };
  const live = (media: File | null) => createTake({ name: 'Live', kind: 'live', media, setups: [] });
  const { store, work, went } = make(shelf);
  work.adopt(live(null));
  expect(kept.size).toBe(0);
  const id = work.adopt(live(new File(['x'], 'live.webm')));
  await vi.waitFor(() => expect(store.getState().shelf).toHaveLength(1));
  // It is among the takes already: opening it brings no second one.
  await work.openStored(id);
  expect(store.getState().rows).toHaveLength(2);
  expect(went).toEqual(['review']);

  const later = make(shelf);
  await later.work.openShelf();
  await later.work.openStored(id);
  expect(later.store.getState()).toMatchObject({ openId: id, rows: [{ state: { kind: 'done' } }] });
  await later.work.removeStored(id);
  expect(later.store.getState().shelf).toEqual([]);
  await later.work.openStored('gone');
  expect(later.store.getState().notice).toBe('Gone.');

  full = true;
  work.adopt(live(new File(['x'], 'live.webm')));
  await vi.waitFor(() => expect(store.getState().notice).toBe('No room.'));
});
