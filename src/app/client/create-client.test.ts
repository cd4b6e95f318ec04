import { afterEach, expect, test, vi } from 'vitest';
import { tinyModel } from '../../../fixtures/tiny-model.ts';
import type { BackendInfo } from '../../core/engine/engine-session.ts';
import type { FromWorker, ToWorker } from '../../core/protocol/messages.ts';
import type { AudioInput } from '../audio/audio-input.ts';
import { WorkerClient, type WorkerLike } from './create-client.ts';
import type { ClientEvent } from './engine-client.ts';

vi.stubGlobal('document', { baseURI: 'http://localhost/' });
vi.stubGlobal('MessagePort', class {});

const { card } = tinyModel();

/** Answers like the real one; `behave` may fail a request. */
class FakeWorker implements WorkerLike {
  static all: FakeWorker[] = [];
  static behave: (request: ToWorker, worker: FakeWorker) => 'ok' | 'silent' | { code: 'backend-unavailable' } = () =>
    'ok';
  readonly requests: ToWorker[] = [];
  terminated = false;
  onmessage: WorkerLike['onmessage'] = null;
  onerror: WorkerLike['onerror'] = null;
  onmessageerror: WorkerLike['onmessageerror'] = null;

  constructor() {
    FakeWorker.all.push(this);
  }

  postMessage(request: ToWorker): void {
    this.requests.push(request);
    const verdict = FakeWorker.behave(request, this);
    queueMicrotask(() => {
      if (verdict === 'silent') return;
      if (verdict !== 'ok') {
        this.say({ type: 'failed', id: request.id, error: { ...verdict, message: 'no' } });
        return;
      }
      if (request.type === 'load') {
        const kind = request.backend === 'wasm' ? 'wasm' : 'webgpu';
        const backend: BackendInfo = { kind, label: kind, reason: '' };
        this.say({ type: 'loaded', lane: request.lane, card, backend });
      }
      this.say({ type: 'done', id: request.id });
    });
  }

  say(message: FromWorker): void {
    this.onmessage?.({ data: message } as MessageEvent<FromWorker>);
  }

  terminate(): void {
    this.terminated = true;
  }
}

afterEach(() => {
  FakeWorker.all = [];
  FakeWorker.behave = () => 'ok';
});

function make() {
  const client = new WorkerClient(() => new FakeWorker());
  const events: ClientEvent[] = [];
  client.subscribe((event) => events.push(event));
  return { client, events, newest: () => FakeWorker.all.at(-1)! };
}

const input = (): AudioInput & { opened: number } => ({
  opened: 0,
  kind: 'microphone',
  label: 'Mic',
  deviceId: null,
  rateHz: 48_000,
  warnings: [],
  openHandle() {
    this.opened++;
    return { kind: 'shared', buffer: new SharedArrayBuffer(8), rateHz: 48_000 };
  },
  onEnded: () => () => undefined,
  dispose: async () => undefined,
});

const request = { lane: 'main', modelUrl: 'models/a', backend: 'auto' } as const;
const tags = (startS: number, endS: number): FromWorker => ({
  type: 'tags',
  lane: 'main',
  frame: { index: 0, startS, endS, probabilities: new Float32Array(5) },
  timing: { heardAtMs: 0, queueMs: 0, computeMs: 0, melMs: 0 },
});
const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

test('a lost device: a fresh worker loads the same model, listens on, and the gap is told', async () => {
  const { client, events, newest } = make();
  const mic = input();
  await client.load(request);
  await client.watch({ mel: true, audio: false });
  await client.listen(mic, 0);
  const first = newest();
  first.say(tags(0, 2));
  first.say({ type: 'lost', error: { code: 'device-lost', message: 'gone' } });
  await settled();
  const second = newest();
  expect(second).not.toBe(first);
  expect(first.terminated).toBe(true);
  expect(second.requests.map(({ type }) => type)).toEqual(['watch', 'load', 'listen']);
  expect(mic.opened).toBe(2);
  second.say(tags(5, 7));
  expect(events.filter(({ type }) => type === 'gap')).toEqual([
    { type: 'gap', lane: null, startS: 2, endS: 5, reason: 'engine-restarted' },
  ]);
  expect(events.map(({ type }) => type)).toContain('restarting');
  expect(events.map(({ type }) => type)).not.toContain('broken');
});

test('nobody waits for a worker that is gone', async () => {
  const { client, newest } = make();
  await client.load(request);
  FakeWorker.behave = (message) => (message.type === 'reset' ? 'silent' : 'ok');
  const waiting = client.reset();
  await settled();
  newest().onerror?.({ message: 'crashed' } as ErrorEvent);
  await expect(waiting).rejects.toMatchObject({ code: 'engine-failed' });
});

test('a device that is lost again and again ends on WASM', async () => {
  const { client, newest } = make();
  await client.load(request);
  for (let i = 0; i < 2; i++) {
    newest().say({ type: 'lost', error: { code: 'device-lost', message: 'gone' } });
    await settled();
  }
  const load = newest().requests.find((message) => message.type === 'load');
  expect(load).toMatchObject({ backend: 'wasm' });
});

test('no fresh device to be had: WASM takes over', async () => {
  const { client, events, newest } = make();
  await client.load({ ...request, backend: 'webgpu' });
  FakeWorker.behave = (message) =>
    message.type === 'load' && message.backend === 'webgpu' ? { code: 'backend-unavailable' } : 'ok';
  newest().say({ type: 'lost', error: { code: 'device-lost', message: 'gone' } });
  await settled();
  expect(newest().requests.find((message) => message.type === 'load')).toMatchObject({ backend: 'wasm' });
  expect(events.map(({ type }) => type)).not.toContain('broken');
});

test('a worker that dies while it is being started is not waited for', async () => {
  const { client, events, newest } = make();
  await client.load(request);
  FakeWorker.behave = (message, worker) => {
    if (message.type !== 'load' || message.backend === 'wasm') return 'ok';
    queueMicrotask(() => worker.onerror?.({ message: 'crashed again' } as ErrorEvent));
    return 'silent';
  };
  newest().say({ type: 'lost', error: { code: 'device-lost', message: 'gone' } });
  await settled();
  expect(newest().requests.find((message) => message.type === 'load')).toMatchObject({ backend: 'wasm' });
  expect(events.map(({ type }) => type)).not.toContain('broken');
});

test('when nothing helps the page is told once and can load again', async () => {
  const { client, events } = make();
  await client.load(request);
  FakeWorker.behave = (message) => (message.type === 'load' ? { code: 'backend-unavailable' } : 'ok');
  FakeWorker.all.at(-1)!.say({ type: 'lost', error: { code: 'device-lost', message: 'gone' } });
  await settled();
  expect(events.filter(({ type }) => type === 'broken')).toHaveLength(1);
  FakeWorker.behave = () => 'ok';
  await expect(client.load(request)).resolves.toMatchObject({ card: { id: 'tiny' } });
});

test('another model on a lane takes a fresh worker, keeps listening, and a failing one leaves the old one running', async () => {
  const { client, newest } = make();
  const mic = input();
  await client.load(request);
  await client.listen(mic, 0);
  await client.load({ ...request, modelUrl: 'models/b' });
  expect(FakeWorker.all).toHaveLength(2);
  expect(newest().requests.map(({ type }) => type)).toEqual(['load', 'listen']);
  FakeWorker.behave = (message) =>
    message.type === 'load' && message.modelUrl.includes('broken') ? { code: 'backend-unavailable' } : 'ok';
  await expect(client.load({ ...request, modelUrl: 'models/broken' })).rejects.toMatchObject({
    code: 'backend-unavailable',
  });
  expect(newest().requests.find((message) => message.type === 'load')).toMatchObject({
    modelUrl: 'http://localhost/models/b/',
  });
  expect(newest().requests.map(({ type }) => type)).toContain('listen');
});

test('after dispose everything is refused', async () => {
  const { client, newest } = make();
  await client.load(request);
  const worker = newest();
  await client.dispose();
  expect(worker.terminated).toBe(true);
  await expect(client.reset()).rejects.toMatchObject({ code: 'disposed' });
});
