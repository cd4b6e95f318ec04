import { afterEach, expect, test } from 'vitest';
import { noise, oddBlocks } from '../../fixtures/seeded.ts';
import { tinyModel } from '../../fixtures/tiny-model.ts';
import { createNodeBackend } from '../backends/node.ts';
import type { InferenceBackend } from '../core/engine/backend.ts';
import { StepSession } from '../core/engine/step-session.ts';
import { EarshotError } from '../core/errors.ts';
import type { FromWorker, ToWorker } from '../core/protocol/messages.ts';
import { createRing, openWriter } from '../core/ring/open.ts';
import { StreamingTagger } from '../core/tagger.ts';
import { WorkerHost } from './worker-host.ts';

const model = tinyModel();
const RATE = 16_000;

interface Rig {
  readonly host: WorkerHost;
  readonly said: FromWorker[];
  ask(
    request: ToWorker extends infer M ? (M extends { id: number } ? Omit<M, 'id'> : never) : never,
  ): Promise<FromWorker>;
  until(what: (said: readonly FromWorker[]) => boolean, ms?: number): Promise<void>;
  tags(): Extract<FromWorker, { type: 'tags' }>[];
}

const rigs: WorkerHost[] = [];
afterEach(async () => {
  for (const host of rigs.splice(0)) await host.handle({ type: 'dispose', id: -1 });
});

/** `wrap` may slow the engine down or break it. */
function rig(wrap: (backend: InferenceBackend) => InferenceBackend = (backend) => backend): Rig {
  const said: FromWorker[] = [];
  let id = 0;
  const host = new WorkerHost({
    post: (message) => said.push(message),
    now: () => performance.timeOrigin + performance.now(),
    loadModel: async (url, onBytes) => {
      if (url.includes('absent')) throw new EarshotError('model-not-found', `There is no model at ${url}.`);
      onBytes(10, 10);
      return model;
    },
    openEngine: async ({ card, state }) => {
      const backend = wrap(createNodeBackend());
      return { session: await StepSession.open({ card, state, backend }), backend, loseDevice: null };
    },
  });
  rigs.push(host);
  return {
    host,
    said,
    async ask(request) {
      id++;
      await host.handle({ ...request, id } as ToWorker);
      const answer = said.find(
        (message) => (message.type === 'done' || message.type === 'failed') && message.id === id,
      );
      if (!answer) throw new Error('no answer');
      return answer;
    },
    async until(what, ms = 5000) {
      const end = performance.now() + ms;
      while (!what(said)) {
        if (performance.now() > end) throw new Error(`waited in vain; said ${said.map(({ type }) => type).join(' ')}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    tags: () => said.filter((message) => message.type === 'tags'),
  };
}

const load = { type: 'load', lane: 'main', modelUrl: 'http://x/m/', backend: 'wasm' } as const;

async function expectedFrames(samples: Float32Array): Promise<Float32Array[]> {
  const session = await StepSession.open({ ...model, backend: createNodeBackend() });
  const tagger = new StreamingTagger({ session });
  const frames = await tagger.push(samples, RATE);
  await tagger.dispose();
  await session.dispose();
  return frames.map(({ probabilities }) => probabilities);
}

test('live through the ring gives the very scores that a file gives', async () => {
  const samples = noise(3, RATE * 5);
  const { ask, tags, until, said } = rig();
  expect((await ask(load)).type).toBe('done');
  const { readerHandle, writerHandle } = createRing({ rateHz: RATE, shared: true });
  const writer = openWriter(writerHandle);
  await ask({ type: 'watch', mel: true, audio: false });
  await ask({ type: 'listen', source: readerHandle, startS: 0 });
  for (const block of oddBlocks(samples, 4, 3000)) {
    writer.write(block, block.length);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const expected = await expectedFrames(samples);
  await until(() => tags().length >= expected.length);
  expect(tags().map(({ frame }) => Array.from(frame.probabilities))).toEqual(
    expected.map((scores) => Array.from(scores)),
  );
  expect(tags().map(({ frame }) => [frame.index, frame.startS, frame.endS])).toEqual(
    expected.map((_, i) => [i, i * 0.96, (i + 1) * 0.96]),
  );
  // Every frame of the spectrogram once, in order.
  let next = 0;
  for (const message of said) {
    if (message.type !== 'mel') continue;
    expect(message.startFrame).toBe(next);
    expect(message.data).toHaveLength(message.frameCount * 64);
    next += message.frameCount;
  }
  expect(next).toBeGreaterThan(450);
  await ask({ type: 'unlisten' });
});

test('lost samples are announced with their place and length, and time stays true', async () => {
  const { ask, tags, until, said } = rig();
  await ask(load);
  const { readerHandle, writerHandle } = createRing({ rateHz: RATE, shared: true });
  const writer = openWriter(writerHandle);
  // More than the ring holds, before anybody reads: what does not fit is a hole.
  const burst = noise(5, RATE);
  for (let s = 0; s < 60; s++) writer.write(burst, burst.length);
  await ask({ type: 'listen', source: readerHandle, startS: 0 });
  await until(() => tags().length > 10 || said.some(({ type }) => type === 'gap'));
  for (let s = 0; s < 3; s++) {
    writer.write(burst, burst.length);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await until(() => said.some((message) => message.type === 'gap' && message.reason === 'capture-lost'));
  const gap = said.find((message) => message.type === 'gap' && message.reason === 'capture-lost');
  await until(() => tags().some(({ frame }) => frame.startS >= 59.9));
  expect(gap?.type === 'gap' && gap.endS).toBeCloseTo(60, 6);
  const after = tags().find(({ frame }) => frame.startS >= 59.9);
  expect(after?.frame.startS).toBeCloseTo(60, 6);
});

test('a slow engine drops whole chunks, visibly, and never queues without bound', async () => {
  const { ask, tags, until, said } = rig((backend) => ({
    ...backend,
    info: backend.info,
    lost: backend.lost,
    dispose: () => backend.dispose(),
    open: async (graph) => {
      const runner = await backend.open(graph);
      return {
        inputNames: runner.inputNames,
        outputNames: runner.outputNames,
        empty: (dims) => runner.empty(dims),
        dispose: () => runner.dispose(),
        run: async (feeds) => {
          await new Promise((resolve) => setTimeout(resolve, 60));
          return runner.run(feeds);
        },
      };
    },
  }));
  await ask(load);
  const { readerHandle, writerHandle } = createRing({ rateHz: RATE, shared: true });
  const writer = openWriter(writerHandle);
  await ask({ type: 'listen', source: readerHandle, startS: 0 });
  const block = noise(6, 1600);
  for (let i = 0; i < 150; i++) {
    writer.write(block, block.length);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await until(() => said.some((message) => message.type === 'gap' && message.reason === 'engine-slow'));
  await until(() => tags().some(({ frame }) => frame.startS > 12));
  const dropped = said.filter((message) => message.type === 'gap' && message.reason === 'engine-slow');
  // Each chunk of the 15 s is either scored or announced as dropped, once.
  await until(() => tags().length + said.filter((m) => m.type === 'gap').length >= 15);
  const spans = [
    ...tags().map(({ frame }) => frame.startS),
    ...dropped.map((gap) => (gap.type === 'gap' ? gap.startS : 0)),
  ];
  expect(new Set(spans.map((s) => Math.round(s / 0.96))).size).toBe(spans.length);
  // Frame numbers count the dropped ones.
  for (const { frame } of tags()) expect(frame.index).toBe(Math.round(frame.startS / 0.96));
});

test('bad sound is a gap, not the end: NaN blocks are lost and hearing goes on', async () => {
  const { ask, tags, until, said } = rig();
  await ask(load);
  const { readerHandle, writerHandle } = createRing({ rateHz: RATE, shared: true });
  const writer = openWriter(writerHandle);
  await ask({ type: 'listen', source: readerHandle, startS: 0 });
  writer.write(new Float32Array(1600).fill(Number.NaN), 1600);
  await until(() => said.some((message) => message.type === 'gap' && message.reason === 'bad-samples'));
  const samples = noise(7, RATE * 2);
  writer.write(samples, samples.length);
  await until(() => tags().length > 0);
  expect(tags()[0]?.frame.startS).toBeCloseTo(0.1, 6);
});

test('a broken engine is announced as lost, and every request still gets its answer', async () => {
  let fail = false;
  const { ask, until, said } = rig((backend) => ({
    info: backend.info,
    lost: backend.lost,
    dispose: () => backend.dispose(),
    open: async (graph) => {
      const runner = await backend.open(graph);
      return {
        inputNames: runner.inputNames,
        outputNames: runner.outputNames,
        empty: (dims) => runner.empty(dims),
        dispose: () => runner.dispose(),
        run: (feeds) => (fail ? Promise.reject(new Error('device is gone')) : runner.run(feeds)),
      };
    },
  }));
  await ask(load);
  const { readerHandle, writerHandle } = createRing({ rateHz: RATE, shared: true });
  const writer = openWriter(writerHandle);
  await ask({ type: 'listen', source: readerHandle, startS: 0 });
  fail = true;
  writer.write(noise(8, RATE * 2), RATE * 2);
  await until(() => said.some(({ type }) => type === 'lost'));
  expect((await ask({ type: 'unlisten' })).type).toBe('done');
});

test('requests that cannot be met fail with a code and a sentence', async () => {
  const { ask } = rig();
  const absent = await ask({ ...load, modelUrl: 'http://x/absent/' });
  expect(absent).toMatchObject({ type: 'failed', error: { code: 'model-not-found' } });
  await ask(load);
  const bad = await ask({ type: 'push', samples: Float32Array.of(0, Number.NaN), rateHz: RATE });
  expect(bad).toMatchObject({ type: 'failed', error: { code: 'bad-samples' } });
  const rate = await ask({ type: 'push', samples: new Float32Array(10), rateHz: 0 });
  expect(rate).toMatchObject({ type: 'failed', error: { message: expect.stringContaining('rateHz') } });
  // Nothing was lost by either.
  expect((await ask({ type: 'push', samples: noise(1, RATE), rateHz: RATE })).type).toBe('done');
});

test('pushed sound: nothing is dropped, tags come before done, finish scores the tail, reset starts anew', async () => {
  const { ask, tags, said } = rig();
  await ask(load);
  const samples = noise(9, Math.round(RATE * 2.5));
  await ask({ type: 'push', samples: samples.slice(), rateHz: RATE });
  const before = tags().length;
  expect(before).toBe(2);
  await ask({ type: 'finish' });
  expect(tags()).toHaveLength(3);
  expect(said.at(-1)?.type).toBe('done');
  await ask({ type: 'reset' });
  await ask({ type: 'push', samples, rateHz: RATE });
  expect(Array.from(tags()[3]!.frame.probabilities)).toEqual(Array.from(tags()[0]!.frame.probabilities));
  expect(tags()[3]!.frame.index).toBe(0);
});
