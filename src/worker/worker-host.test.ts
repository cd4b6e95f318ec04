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
import { type HostEnvironment, type MediaToRead, type Recorder, WorkerHost } from './worker-host.ts';

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
function rig(
  wrap: (backend: InferenceBackend) => InferenceBackend = (backend) => backend,
  media: Partial<Pick<HostEnvironment, 'openMedia' | 'openRecorder'>> = {},
): Rig {
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
    turn: () => new Promise((resolve) => setImmediate(resolve)),
    openMedia: async () => {
      throw new Error('no media in this test');
    },
    openRecorder: async () => {
      throw new Error('no recorder in this test');
    },
    ...media,
  });
  rigs.push(host);
  return {
    host,
    said,
    async ask(request) {
      const mine = ++id;
      await host.handle({ ...request, id: mine } as ToWorker);
      const answer = said.find(
        (message) => (message.type === 'done' || message.type === 'failed') && message.id === mine,
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

test('stopping scores what was heard to its last sound, on the stream’s clock; a moment too short for a patch is no fault', async () => {
  const { ask, tags, until, said } = rig();
  await ask(load);
  const listenTo = async (samples: Float32Array, startS: number): Promise<void> => {
    const { readerHandle, writerHandle } = createRing({ rateHz: RATE, shared: true });
    const writer = openWriter(writerHandle);
    const before = said.length;
    await ask({ type: 'listen', source: readerHandle, startS });
    // Levels come so often at most.
    await new Promise((resolve) => setTimeout(resolve, 100));
    writer.write(samples, samples.length);
    await until((all) => all.slice(before).some(({ type }) => type === 'level'));
    await ask({ type: 'unlisten' });
  };
  const samples = noise(3, RATE * 1.5);
  await listenTo(samples, 7);
  expect(tags().map(({ frame }) => frame.startS)).toEqual([7, 7.96]);
  expect(tags()[1]?.frame.endS).toBeGreaterThan(8.4);
  expect(tags()[1]?.frame.endS).toBeLessThanOrEqual(8.5);
  const session = await StepSession.open({ ...model, backend: createNodeBackend() });
  const tagger = new StreamingTagger({ session });
  const whole = [...(await tagger.push(samples, RATE)), ...(await tagger.finish())];
  expect(tags().map(({ frame }) => frame.probabilities)).toEqual(whole.map(({ probabilities }) => probabilities));
  await tagger.dispose();
  await session.dispose();

  await listenTo(noise(4, 1000), 20);
  expect(tags()).toHaveLength(2);
  expect(said.filter(({ type }) => type === 'lost')).toEqual([]);
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

const INFO = {
  container: 'WAV',
  codec: 'PCM',
  decoder: 'built in',
  rateHz: RATE,
  channels: 1,
  durationS: 5,
  hasVideo: false,
} as const;

/** A file made of `samples`; `then` may end it otherwise than well. */
function mediaOf(samples: Float32Array, then: () => Promise<void> = async () => {}) {
  const used = { disposed: 0 };
  const media: MediaToRead = {
    info: INFO,
    async *blocks() {
      for (let at = 0; at < samples.length; at += RATE) yield { samples: samples.slice(at, at + RATE), rateHz: RATE };
      await then();
    },
    dispose: () => {
      used.disposed++;
    },
  };
  return { media, used };
}

const read = { type: 'read', file: new Blob([]), name: 'sound.wav' } as const;

test('a file is read into every lane: the very scores that pushing gives, its waveform and its spectrogram whole', async () => {
  const samples = noise(31, RATE * 5 + 3000);
  const { media, used } = mediaOf(samples);
  const { ask, tags, said } = rig(undefined, { openMedia: async () => media });
  await ask(load);
  await ask({ ...load, lane: 'second', run: { memory: 'off' } });
  await ask({ type: 'watch', mel: true, audio: false });
  expect((await ask(read)).type).toBe('done');
  expect(used.disposed).toBe(1);
  expect(said.filter(({ type }) => type === 'file')).toEqual([{ type: 'file', info: INFO }]);
  const of = (lane: string) =>
    tags()
      .filter((tag) => tag.lane === lane)
      .map(({ frame }) => Array.from(frame.probabilities));
  const whole = of('main');
  expect(whole).toHaveLength(6);
  expect(whole.slice(0, 5)).toEqual((await expectedFrames(samples)).map((scores) => Array.from(scores)));
  // Without memory the same sound gets other scores: the run setting arrived.
  expect(of('second')).toHaveLength(6);
  expect(of('second')[3]).not.toEqual(whole[3]);
  const progress = said.filter((message) => message.type === 'progress');
  expect(progress.reduce((sum, { peaks }) => sum + peaks.length / 2, 0)).toBe(Math.floor((samples.length / RATE) * 50));
  expect(progress.at(-1)!.readS).toBeCloseTo(samples.length / RATE, 6);
  const mel = said.filter((message) => message.type === 'mel');
  expect(mel.reduce((sum, { frameCount }) => sum + frameCount, 0)).toBe(Math.floor(samples.length / 160) + 1);
  // Once more: it starts from second zero with an empty memory.
  said.length = 0;
  await ask(read);
  expect(of('main')).toEqual(whole);
});

test('a file that breaks off is scored to its last sound, then the trouble is told', async () => {
  const samples = noise(32, RATE * 3.5);
  const { media, used } = mediaOf(samples, async () => {
    throw new EarshotError('truncated-audio', 'sound.wav stops at 0:03.0');
  });
  const { ask, tags } = rig(undefined, { openMedia: async () => media });
  await ask(load);
  expect(await ask(read)).toMatchObject({ type: 'failed', error: { code: 'truncated-audio' } });
  expect(tags().at(-1)!.frame.endS).toBe(3.5);
  expect(used.disposed).toBe(1);
});

test('reading is cancelled at once, without waiting for its end, and another file can be read', async () => {
  let release = (): void => {};
  const endless = mediaOf(noise(33, RATE * 2), () => new Promise<void>((resolve) => (release = resolve)));
  const short = mediaOf(noise(34, RATE * 2));
  const files = [endless.media, short.media];
  const { ask, tags, until, said } = rig(undefined, { openMedia: async () => files.shift()! });
  await ask(load);
  const reading = ask(read);
  await until(() => said.filter(({ type }) => type === 'progress').length === 2);
  const scored = tags().length;
  const cancelling = ask({ type: 'cancel-read' });
  release();
  expect(await reading).toMatchObject({ type: 'failed', error: { code: 'cancelled' } });
  expect((await cancelling).type).toBe('done');
  expect(tags()).toHaveLength(scored);
  expect((await ask(read)).type).toBe('done');
  expect(tags().length).toBeGreaterThan(scored);
});

test('a file that cannot be opened says so; a cancel with nothing to cancel is no trouble', async () => {
  const { ask } = rig(undefined, {
    openMedia: async (_, name) => {
      throw new EarshotError('bad-audio-file', `${name} holds no sound`);
    },
  });
  await ask(load);
  expect(await ask(read)).toMatchObject({ type: 'failed', error: { code: 'bad-audio-file' } });
  expect((await ask({ type: 'cancel-read' })).type).toBe('done');
});

test('what is heard is recorded on the stream’s clock, holes as silence', async () => {
  const did: (string | number)[] = [];
  const recorder: Recorder = {
    push: async (samples) => void did.push(samples.length),
    gap: async (seconds) => void did.push(`gap ${seconds}`),
    finish: async () => new Blob(['sound']),
    abort: async () => void did.push('given up'),
  };
  const { ask, until, said } = rig(undefined, { openRecorder: async () => recorder });
  await ask(load);
  await ask({ type: 'record' });
  const { readerHandle, writerHandle } = createRing({ rateHz: RATE, shared: true });
  const writer = openWriter(writerHandle);
  await ask({ type: 'listen', source: readerHandle, startS: 10 });
  writer.write(noise(35, 1000), 1000);
  await until(() => did.length === 1);
  // More than the ring holds: a hole in the middle.
  const flood = noise(36, RATE);
  for (let i = 0; i < 60; i++) writer.write(flood, flood.length);
  await until(() => did.length > 1);
  writer.write(flood, 8000);
  await until(() => did.some((one) => typeof one === 'string'));
  await ask({ type: 'unlisten' });
  await ask({ type: 'end-record', keep: true });
  const recorded = said.find((message) => message.type === 'recorded');
  expect(recorded).toMatchObject({ startS: 10 });
  const total = did.reduce<number>(
    (sum, one) => sum + (typeof one === 'number' ? one / RATE : Number(one.replace('gap ', ''))),
    0,
  );
  expect(recorded!.endS - 10).toBeCloseTo(total, 6);
});
