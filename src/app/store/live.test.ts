import { afterEach, describe, expect, test, vi } from 'vitest';
import { EarshotError } from '../../core/errors.ts';
import type { AudioInput } from '../audio/audio-input.ts';
import { FakeEngine, FakeInput, fakeCard } from '../dev/fake-engine.ts';
import { Announcer } from './announcer.ts';
import { parseModels, parseSamples } from './catalog.ts';
import { LiveClock } from './live-clock.ts';
import { LiveController } from './live-controller.ts';
import { createLiveStore, loadingWords } from './live-store.ts';
import { chooseRows, strongest } from './row-choice.ts';
import { saidNow } from './said-now.ts';
import { type Asked, keepSettings, parseSettings, readSettings, settingsFromQuery } from './settings.ts';
import type { Take } from './take.ts';

const DEFAULTS = parseSettings({});
const backend = { kind: 'wasm', label: 'WASM', reason: 'forced' } as const;
const timing = { heardAtMs: 1000, queueMs: 3, computeMs: 20, melMs: 1 };

function loadedStore(modelId = 'fake-1s') {
  const store = createLiveStore(DEFAULTS);
  const card = fakeCard(modelId);
  store.applyEvent({ type: 'loaded', lane: 'live', card, backend }, 0);
  store.startFresh();
  const tags = (index: number, scores: Record<number, number>, strideS = 1) => {
    const probabilities = new Float32Array(card.labels.mids.length);
    for (const [at, value] of Object.entries(scores)) probabilities[Number(at)] = value;
    store.applyEvent(
      {
        type: 'tags',
        lane: 'live',
        frame: { index, startS: index * strideS, endS: (index + 1) * strideS, probabilities },
        timing,
      },
      0,
    );
  };
  return { store, card, tags };
}

describe('what is said now', () => {
  const mids = ['/m/0jbk', '/m/0bt9lr', '/m/05tny_', '/m/09x0r']; // Animal, Dog, Bark, Speech
  const card = { ...fakeCard('fake-1s'), labels: { mids, names: ['Animal', 'Dog', 'Bark', 'Speech'] } };
  const list = (scores: readonly number[]) =>
    scores.map((score, classIndex) => ({ classIndex, score, sinceS: 0, heardS: 1 }));
  const said = (scores: readonly number[]) => saidNow(list(scores), card).map(({ classIndex }) => classIndex);

  test('Bark says Dog and Animal too; what is another sound stays', () => {
    expect(said([0.8, 0.7, 0.6, 0.5])).toEqual([2, 3]);
    // A doubtful specific name does not stand for a sure general one.
    expect(said([0.9, 0.8, 0.2, 0.1])).toEqual([1, 2, 3]);
  });
});

describe('the fold', () => {
  test('tags fill the history, the list and the delay', () => {
    const { store, tags } = loadedStore();
    tags(0, { 3: 0.9 });
    tags(1, { 3: 0.8, 5: 0.5 });
    const { now, rows, revision } = store.getState();
    expect(now.map(({ classIndex }) => classIndex)).toEqual([3, 5]);
    expect(rows.map(({ classIndex }) => classIndex)).toEqual([3, 5]);
    expect(revision).toBeGreaterThanOrEqual(2);
    store.applyShown(1033);
    expect(store.getState().delay).toEqual({ chunkMs: 1000, queueMs: 2, computeMs: 21, drawMs: 10 });
  });

  test('classes that the card calls weak are shown when they are asked for or pinned; their scores are kept', () => {
    const { store, card, tags } = loadedStore();
    const blank = Array.from(card.labels.mids, () => 0);
    const classes = {
      hours: blank,
      recordings: blank,
      averagePrecision: blank.map(() => null),
      positives: blank,
      weak: [3, 6],
    };
    store.applyEvent({ type: 'loaded', lane: 'live', card: { ...card, classes }, backend }, 0);
    const shown = () => {
      const { now, rows } = store.getState();
      expect(rows.map(({ classIndex }) => classIndex)).toEqual(
        expect.arrayContaining(now.map((one) => one.classIndex)),
      );
      return rows.map(({ classIndex }) => classIndex).sort();
    };
    tags(0, { 3: 0.9, 5: 0.5, 6: 0.6 });
    expect(shown()).toEqual([5]);
    expect(store.getState().now.map(({ classIndex }) => classIndex)).toEqual([5]);
    expect(store.history.scores?.row(0)[3]).toBeCloseTo(0.9);
    store.changeSettings({ pinned: [card.labels.mids[6]!] });
    expect(shown()).toEqual([5, 6]);
    store.changeSettings({ showWeak: true, pinned: [] });
    expect(shown()).toEqual([3, 5, 6]);
    expect(store.getState().now.map(({ classIndex }) => classIndex)).toEqual([3, 6, 5]);
    store.changeSettings({ showWeak: false });
    expect(shown()).toEqual([5]);
  });

  test('what is heard now has a row, though louder classes were in view before', () => {
    const { store, tags } = loadedStore();
    tags(0, { 0: 0.9, 1: 0.9, 2: 0.9, 3: 0.9, 4: 0.9 });
    for (let i = 1; i < 8; i++) tags(i, { 5: 0.4 });
    const { now, rows } = store.getState();
    expect(now.map(({ classIndex }) => classIndex)).toEqual([5]);
    expect(rows.map(({ classIndex }) => classIndex)).toContain(5);
    expect(rows).toHaveLength(5);
  });

  test('a chunk that reaches back over the last one counts with its new part; one that brings nothing new does not', () => {
    const { store, tags } = loadedStore();
    tags(0, { 3: 0.9 });
    tags(0, { 4: 0.9 });
    tags(0, { 5: 0.7 }, 2.5); // 0 to 2.5 s
    const { scores } = store.history;
    expect([scores!.to - scores!.from, scores!.startOf(scores!.to - 1), scores!.endS]).toEqual([2, 1, 2.5]);
  });

  test('another threshold answers from stored scores', () => {
    const { store, tags } = loadedStore();
    for (let i = 0; i < 5; i++) tags(i, { 2: 0.25 });
    expect(store.getState().now).toEqual([]);
    store.changeSettings({ threshold: 0.2 });
    expect(store.getState().now).toMatchObject([{ classIndex: 2, sinceS: 0 }]);
    store.changeSettings({ threshold: 0.5 });
    expect(store.getState().now).toEqual([]);
  });

  test('another model with the same labels keeps the past and leaves a mark; other labels start anew', () => {
    const { store, tags, card } = loadedStore();
    tags(0, { 1: 0.7 });
    const { scores } = store.history;
    store.applyEvent({ type: 'loaded', lane: 'live', card: { ...card, id: 'b', title: 'B' }, backend }, 0);
    expect(store.history.scores).toBe(scores);
    const other = { ...card, id: 'c', title: 'C', labels: { mids: ['/m/1'], names: ['One'] } };
    store.applyEvent({ type: 'loaded', lane: 'live', card: other, backend }, 0);
    expect(store.history.scores).not.toBe(scores);
    expect(store.getState().now).toEqual([]);
    expect(store.getState().marks.map(({ kind, atS }) => [kind, atS])).toEqual([
      ['model', 1],
      ['model', 1],
    ]);
  });

  test('gaps, restarts, other engines and slow ones are marked where they happened', () => {
    const { store, tags, card } = loadedStore();
    store.setPhase({ kind: 'listening', source: { kind: 'microphone', label: 'm', deviceId: null, warnings: [] } });
    tags(0, { 1: 0.7 });
    store.applyEvent({ type: 'level', peakDb: -3, rmsDb: -12, clockS: 9 }, 9000);
    store.applyEvent({ type: 'restarting', reason: 'the device was lost' }, 9000);
    expect(store.getState().changing).not.toBeNull();
    const gpu = { kind: 'webgpu', label: 'WebGPU', reason: 'faster' } as const;
    store.applyEvent({ type: 'loaded', lane: 'live', card, backend: gpu }, 9500);
    store.applyEvent({ type: 'gap', lane: 'live', startS: 1, endS: 9.5, reason: 'engine-restarted' }, 9500);
    const health = { backend: gpu, stepMs: {}, lagS: 3, lostS: 0, droppedChunks: 2 };
    store.applyEvent({ type: 'health', health }, 9600);
    store.applyEvent({ type: 'health', health: { ...health, droppedChunks: 5 } }, 9700);
    expect(store.getState().changing).toBeNull();
    expect(store.getState().marks.map(({ kind, atS }) => [kind, atS])).toEqual([
      ['restart', 9],
      ['engine', 9],
      ['engine', 9],
    ]);
    expect(store.getState().gaps).toEqual([{ startS: 1, endS: 9.5, reason: 'engine-restarted' }]);
  });

  test('mel and level do not wake the store', () => {
    const { store } = loadedStore();
    const listener = vi.fn();
    store.subscribe(listener);
    store.applyEvent({ type: 'mel', startFrame: 0, frameCount: 2, mels: 4, data: new Float32Array(8) }, 0);
    store.applyEvent({ type: 'level', peakDb: -3, rmsDb: -12, clockS: 1 }, 0);
    expect(listener).not.toHaveBeenCalled();
    expect(store.history.mel?.endFrame).toBe(2);
    expect(store.history.level.rmsDb).toBe(-12);
  });

  test('a fresh start forgets the stream and keeps the model', () => {
    const { store, tags } = loadedStore();
    for (let i = 0; i < 9; i++) tags(i, { 1: 0.9 });
    store.setView({ kind: 'paused', endS: 4 });
    store.startFresh();
    expect(store.getState()).toMatchObject({ view: { kind: 'live' }, marks: [], now: [], rows: [] });
    tags(0, { 1: 0.9 });
    expect(store.getState().now).toHaveLength(1);
  });

  test('loading says how far it is', () => {
    expect(loadingWords('weights', 3_140_000, 11_400_000)).toBe('Loading the model, 3.1 of 11.4 MB');
    expect(loadingWords('racing', 0, null)).toBe('Timing WebGPU against WASM');
  });
});

describe('rows', () => {
  const indices = (rows: readonly { classIndex: number }[]) => rows.map(({ classIndex }) => classIndex);

  test('pinned first in their order, then the strongest; what never scored gets none', () => {
    const peaks = Float32Array.from([0.1, 0.9, 0.01, 0.5, 0.7]);
    const rows = chooseRows([], peaks, [2, 0], 3);
    expect(indices(rows)).toEqual([2, 0, 1, 4, 3]);
    expect(new Set(rows.map(({ slot }) => slot)).size).toBe(5);
    expect(chooseRows([], new Float32Array(5), [], 3)).toEqual([]);
  });

  test('near peaks do not take turns, a clear newcomer takes the weakest one’s place, colours stay', () => {
    const first = chooseRows([], Float32Array.from([0.9, 0.5, 0.48, 0.4, 0]), [], 3);
    expect(indices(chooseRows(first, Float32Array.from([0.9, 0.5, 0.48, 0.53, 0]), [], 3))).toEqual([0, 1, 2]);
    const later = chooseRows(first, Float32Array.from([0.9, 0.2, 0.48, 0.53, 0]), [], 3);
    expect(indices(later)).toEqual([0, 3, 2]);
    for (const place of [0, 2]) expect(later[place]!.slot).toBe(first[place]!.slot);
  });

  test('pinning a row that is there keeps its colour; fewer rows keep the strongest', () => {
    const peaks = Float32Array.from([0.9, 0.8, 0.7, 0.6]);
    const before = chooseRows([], peaks, [], 3);
    const after = chooseRows(before, peaks, [1], 3);
    expect(indices(after)).toEqual([1, 0, 2, 3]);
    expect(after[0]!.slot).toBe(before[1]!.slot);
    expect(indices(chooseRows(before, peaks, [], 1))).toEqual([0]);
    expect(indices(chooseRows(before, peaks, [3], 0))).toEqual([3]);
  });

  test('the strongest are found as sorting finds them', () => {
    let seed = 7;
    const values = Float32Array.from({ length: 500 }, () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return Math.round((seed / 2 ** 32) * 50) / 50;
    });
    const sorted = [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b);
    for (const count of [0, 1, 7, 500, 600]) expect(strongest(values, count)).toEqual(sorted.slice(0, count));
  });
});

describe('settings', () => {
  const storageOf = (items: Map<string, string>) => ({
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
  });

  test('survive a reload, field by field; rubbish does not hurt', () => {
    const items = new Map<string, string>();
    const store = createLiveStore(DEFAULTS);
    keepSettings(storageOf(items), store, DEFAULTS, {});
    store.changeSettings({ threshold: 0.42, theme: 'dark', pinned: ['/m/0bt9lr'] });
    expect(readSettings(storageOf(items))).toEqual({
      ...DEFAULTS,
      threshold: 0.42,
      theme: 'dark',
      pinned: ['/m/0bt9lr'],
    });
    expect(parseSettings({ threshold: 'high', windowS: 61, theme: 'mauve', topN: 3, extra: 1 })).toEqual({
      ...DEFAULTS,
      topN: 3,
    });
    for (const text of ['', '{', 'null', '[1]', '7']) {
      expect(readSettings({ getItem: () => text, setItem() {} })).toEqual(DEFAULTS);
    }
    const refusing = () => {
      throw new Error('SecurityError');
    };
    expect(readSettings({ getItem: refusing, setItem: refusing })).toEqual(DEFAULTS);
  });

  test('the address overrides, and is not written back', () => {
    expect(settingsFromQuery(new URLSearchParams('model=sat-x&backend=wasm'))).toEqual({
      modelId: 'sat-x',
      backend: 'wasm',
    });
    expect(settingsFromQuery(new URLSearchParams('model=../x&backend=cuda'))).toEqual({});
    expect(settingsFromQuery(new URLSearchParams('record-base=http://127.0.0.1:9000/z/'))).toEqual({
      recordBase: 'http://127.0.0.1:9000/z',
    });
    expect(settingsFromQuery(new URLSearchParams('record-base=file:///etc'))).toEqual({});
    const items = new Map<string, string>();
    const asked = { modelId: 'sat-x', backend: 'wasm' } as const;
    const store = createLiveStore({ ...DEFAULTS, ...asked });
    keepSettings(storageOf(items), store, DEFAULTS, asked);
    store.changeSettings({ threshold: 0.3, backend: 'webgpu' });
    expect(readSettings(storageOf(items))).toMatchObject({ modelId: null, backend: 'webgpu', threshold: 0.3 });
  });

  test('what the address asked for and a person then chose is kept', () => {
    const items = new Map<string, string>();
    const asked: Asked = { modelId: 'sat-x', recordBase: 'http://a.example' };
    const store = createLiveStore({ ...DEFAULTS, ...asked });
    keepSettings(storageOf(items), store, DEFAULTS, asked);
    delete asked.modelId;
    store.changeSettings({ modelId: 'sat-x' });
    expect(readSettings(storageOf(items))).toMatchObject({ modelId: 'sat-x', recordBase: null });
    store.changeSettings({ recordBase: 'https://b.example' });
    expect(readSettings(storageOf(items))).toMatchObject({ recordBase: 'https://b.example' });
  });
});

test('the clock runs on evenly, never backwards, and stops when nothing comes', () => {
  const clock = new LiveClock();
  let last = 0;
  let biggest = 0;
  for (let ms = 0; ms < 10_000; ms += 16) {
    // Told four times a second, each up to 120 ms late.
    if (ms % 256 === 0 && ms < 8000) clock.tell((ms - (ms % 7) * 20) / 1000, ms);
    const at = clock.nowS(ms);
    expect(at).toBeGreaterThanOrEqual(last);
    if (ms > 500 && ms < 7800) {
      biggest = Math.max(biggest, at - last);
      expect(Math.abs(at - ms / 1000)).toBeLessThan(0.35);
    }
    last = at;
  }
  expect(biggest).toBeLessThan(0.06);
  expect(last).toBeLessThan(8.9);
  clock.reset();
  expect(clock.nowS(20_000)).toBe(0);
});

test('the announcer merges, waits, and does not repeat itself', () => {
  const announcer = new Announcer();
  expect(announcer.hear(['Dog'], 0)).toBe('Heard: Dog.');
  expect(announcer.hear(['Dog', 'Bark'], 1000)).toBeNull();
  expect(announcer.hear(['Rain'], 4900)).toBeNull();
  expect(announcer.hear(['Dog'], 5000)).toBe('Heard: Bark, Rain.');
  for (let ms = 6000; ms < 60_000; ms += 1000) expect(announcer.hear(['Dog'], ms)).toBeNull();
  expect(announcer.hear(['Rain'], 60_000)).toBe('Heard: Rain.');
  expect(announcer.hear(['A', 'B', 'C', 'D', 'E', 'F'], 70_000)).toBe('Heard: A, B, C, D and 2 more.');
});

test('lists beside the page: what does not fit is left out', () => {
  const model = { id: 'a', title: 'A', delayS: 1, family: 'streaming' };
  expect(parseModels({ models: [model, { ...model, id: '../b' }, 7, null] })).toEqual([model]);
  for (const value of [null, 3, {}, { models: 'x' }, { samples: [{ id: 1 }] }]) {
    expect([parseModels(value), parseSamples(value)]).toEqual([[], []]);
  }
});

describe('the controller', () => {
  afterEach(() => vi.useRealTimers());

  function scene(
    overrides: { openMicrophone?: () => Promise<AudioInput>; hasNoModel?: boolean; loadMs?: number } = {},
  ) {
    const store = createLiveStore(DEFAULTS);
    const inputs: FakeInput[] = [];
    const engines: FakeEngine[] = [];
    const kept: Take[] = [];
    const open = (kind: 'microphone' | 'sample') => async (options: { deviceId?: string }) => {
      const input = new FakeInput(kind, kind, options.deviceId ?? null);
      inputs.push(input);
      return input;
    };
    const chosen: number[] = [];
    const controller = new LiveController(store, {
      createClient: () => {
        const engine = new FakeEngine({ loadMs: overrides.loadMs ?? 5 });
        engines.push(engine);
        return engine;
      },
      openMicrophone: overrides.openMicrophone ?? open('microphone'),
      openSample: () => open('sample')({}),
      listMicrophones: async () => [{ deviceId: 'a', label: 'A' }],
      watchMicrophones: () => () => {},
      fetchJson: async () => null,
      modelFor: async (modelId) => {
        if (overrides.hasNoModel) throw new EarshotError('model-not-found', 'no model');
        // One that is asked for and absent is stood in for.
        const id = modelId === null || modelId === 'absent' ? 'fake-1s' : modelId;
        return { id, title: id, delayS: 1, family: 'streaming', origin: 'embedded', url: `http://x/models/${id}/` };
      },
      onModelChosen: () => void chosen.push(1),
      resolveUrl: (path) => `http://x/${path}`,
      nowMs: () => performance.now(),
      timeOfDay: () => '14:05',
      keep: (take) => {
        kept.push(take);
        return take.id;
      },
    });
    return { store, controller, inputs, engines, kept, chosen, phase: () => store.getState().phase };
  }
  const microphone = { kind: 'microphone' } as const;
  const sample = { kind: 'sample', sample: { id: 'a', title: 'A', url: 'a.wav', credit: '', licence: '' } } as const;

  test('start, stop, start again: one client, every input given back, a fresh timeline', async () => {
    const { store, controller, inputs, engines, phase } = scene();
    await controller.open();
    await controller.start(microphone);
    expect(phase()).toMatchObject({ kind: 'listening', source: { kind: 'microphone' } });
    expect(store.getState().microphones).toHaveLength(1);
    await controller.stop();
    expect(phase().kind).toBe('stopped');
    await controller.start(sample);
    expect(store.getState().session).toBe(2);
    inputs[1]!.end('finished');
    await vi.waitFor(() => expect(phase()).toEqual({ kind: 'stopped', note: 'The sample is over.' }), {
      timeout: 3000,
    });
    expect(inputs.map(({ disposed }) => disposed)).toEqual([true, true]);
    expect(engines).toHaveLength(1);
    await controller.dispose();
  });

  test('a refused microphone is a failure with its reason, and can be tried again', async () => {
    let refused = true;
    const { controller, phase } = scene({
      openMicrophone: async () => {
        if (refused) throw new EarshotError('mic-denied', 'not allowed');
        return new FakeInput('microphone', 'm');
      },
    });
    await controller.open();
    await controller.start(microphone);
    expect(phase()).toEqual({ kind: 'failed', error: { code: 'mic-denied', message: 'not allowed' } });
    refused = false;
    await controller.start(controller.source);
    expect(phase().kind).toBe('listening');
    await controller.dispose();
  });

  test('stop while the browser still asks gives the late microphone back', async () => {
    const late = new FakeInput('microphone', 'late');
    let answer: (input: AudioInput) => void = () => {};
    const { controller, phase } = scene({
      openMicrophone: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    });
    await controller.open();
    const starting = controller.start(microphone);
    await vi.waitFor(() => expect(phase().kind).toBe('asking'));
    await controller.stop();
    answer(late);
    await starting;
    expect(late.disposed).toBe(true);
    expect(phase().kind).toBe('idle');
  });

  test('stop while the model loads gives the microphone back', async () => {
    const { controller, inputs, phase, engines } = scene({ loadMs: 400 });
    await controller.open();
    const starting = controller.start(microphone);
    await vi.waitFor(() => expect(inputs).toHaveLength(1));
    await controller.stop();
    await starting;
    expect(inputs[0]!.disposed).toBe(true);
    expect(phase().kind).toBe('idle');
    expect(engines).toHaveLength(1);
  });

  test('unplugged while listening: a failure that says so, the input given back', async () => {
    const { controller, inputs, phase } = scene();
    await controller.open();
    await controller.start(microphone);
    inputs[0]!.end('unplugged');
    await vi.waitFor(() => expect(phase()).toMatchObject({ kind: 'failed', error: { code: 'mic-ended' } }));
    expect(inputs[0]!.disposed).toBe(true);
    await controller.dispose();
  });

  test('warnings come and go while it listens', async () => {
    const { controller, inputs, phase } = scene();
    await controller.open();
    await controller.start(microphone);
    inputs[0]!.warn(['The microphone is muted.']);
    expect(phase()).toMatchObject({ kind: 'listening', source: { warnings: ['The microphone is muted.'] } });
    inputs[0]!.warn([]);
    expect(phase()).toMatchObject({ kind: 'listening', source: { warnings: [] } });
    await controller.stop();
    inputs[0]!.warn(['too late']);
    expect(phase().kind).toBe('stopped');
    await controller.dispose();
  });

  test('model, engine and microphone change while listening goes on; a refused change is taken back', async () => {
    const { store, controller, inputs, phase, chosen } = scene();
    await controller.open();
    await controller.start(microphone);
    await controller.changeModel('fake-2s');
    expect(store.getState().card?.id).toBe('fake-2s');
    await controller.changeModel(null);
    expect(store.getState().card?.id).toBe('fake-1s');
    await controller.changeModel('fake-2s');
    expect(chosen).toHaveLength(3);
    await controller.changeMicrophone('other');
    expect(phase()).toMatchObject({ kind: 'listening', source: { deviceId: 'other' } });
    expect(inputs.map(({ disposed }) => disposed)).toEqual([true, false]);
    await controller.changeBackend('webgpu'); // the fake has none
    expect(phase().kind).toBe('listening');
    expect(store.getState().settings.backend).toBe('auto');
    expect(store.getState().notice).toContain('WebGPU');
    await controller.dispose();
  });

  test('a model that is not here is stood in for, and its choice stays', async () => {
    const { store, controller, phase } = scene();
    store.changeSettings({ modelId: 'absent' });
    await controller.open();
    await controller.start(microphone);
    expect(phase().kind).toBe('listening');
    expect(store.getState().card?.id).toBe('fake-1s');
    expect(store.getState().settings.modelId).toBe('absent');
    await controller.dispose();
  });

  test('no model at all is a clear failure, and nothing stays open', async () => {
    const { controller, inputs, phase } = scene({ hasNoModel: true });
    await controller.open();
    await controller.start(microphone);
    expect(phase()).toMatchObject({ kind: 'failed', error: { code: 'model-not-found' } });
    expect(inputs[0]!.disposed).toBe(true);
  });

  test('Listen pressed twice, and Stop and Listen at once, end in one open microphone', async () => {
    const { controller, inputs, phase } = scene();
    await controller.open();
    await Promise.all([controller.start(microphone), controller.start(microphone)]);
    expect(phase().kind).toBe('listening');
    expect(inputs.filter(({ disposed }) => !disposed)).toHaveLength(1);
    await Promise.all([controller.stop(), controller.start(microphone)]);
    expect(phase().kind).toBe('listening');
    expect(inputs.filter(({ disposed }) => !disposed)).toHaveLength(1);
    await controller.dispose();
  });

  test('a stopped session becomes a take of its own: the next one does not touch it', async () => {
    const { store, controller, kept } = scene();
    await controller.open();
    await controller.start(microphone);
    await controller.stop();
    // Nothing was scored yet: nothing to review.
    expect(kept).toEqual([]);
    await controller.start(microphone);
    const { card } = store.getState();
    const hear = (index: number) =>
      store.applyEvent(
        {
          type: 'tags',
          lane: 'live',
          frame: { index, startS: index, endS: index + 1, probabilities: new Float32Array(card!.labels.mids.length) },
          timing,
        },
        0,
      );
    hear(0);
    hear(1);
    await controller.stop();
    expect(kept).toHaveLength(1);
    const [take] = kept;
    expect(store.getState().takeId).toBe(take!.id);
    expect(take).toMatchObject({ kind: 'live', name: 'Live, 14:05', media: null, durationS: 2 });
    expect(take!.lanes[0]).toMatchObject({ scoredS: 2, computeMs: 40, setup: { modelId: 'fake-1s' } });
    await controller.start(microphone);
    expect(store.getState().takeId).toBeNull();
    hear(0);
    expect(take!.lanes[0]!.scores!.endS).toBe(2);
    await controller.dispose();
    expect(kept).toHaveLength(2);
  });

  test('a recording is made when asked for, from the start or in the middle, and comes with the take', async () => {
    const { store, controller, kept } = scene();
    await controller.open();
    await controller.start(microphone);
    expect(store.getState().recording).toBe(false);
    await controller.record();
    expect(store.getState().recording).toBe(true);
    const { card } = store.getState();
    const probabilities = new Float32Array(card!.labels.mids.length);
    store.applyEvent({ type: 'tags', lane: 'live', frame: { index: 0, startS: 0, endS: 1, probabilities }, timing }, 0);
    await controller.stop();
    expect(store.getState().recording).toBe(false);
    expect(kept[0]!.media).toMatchObject({ name: 'Live-14-05.webm', type: 'audio/webm' });
    expect(kept[0]!.mediaStartS).toBeGreaterThanOrEqual(0);
    store.changeSettings({ record: true });
    await controller.start(microphone);
    expect(store.getState().recording).toBe(true);
    // The recorder dies with the engine: that is said.
    store.applyEvent({ type: 'restarting', reason: 'lost' }, 0);
    expect(store.getState().recording).toBe(false);
    expect(store.getState().notice).toContain('recording was lost');
    await controller.dispose();
  });

  test('a broken client is a failure, and the next Listen brings another', async () => {
    const { store, controller, inputs, engines, phase } = scene();
    await controller.open();
    await controller.start(microphone);
    engines[0]!.tell({ type: 'broken', message: 'gave up' });
    expect(phase()).toMatchObject({ kind: 'failed', error: { message: 'gave up' } });
    await vi.waitFor(() => expect(inputs[0]!.disposed).toBe(true));
    await controller.start(microphone);
    expect(phase().kind).toBe('listening');
    expect(engines).toHaveLength(2);
    expect(store.getState().session).toBe(2);
    await controller.dispose();
  });
});
