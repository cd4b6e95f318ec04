import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noise, oddBlocks } from '../../fixtures/seeded.ts';
import { tinyModel } from '../../fixtures/tiny-model.ts';
import { createNodeBackend } from '../backends/node.ts';
import { StepSession } from './engine/step-session.ts';
import type { TagFrame } from './scores/tag-frame.ts';
import { StreamingTagger, type TaggerOptions } from './tagger.ts';

const model = tinyModel();
let session: StepSession;
beforeAll(async () => {
  session = await StepSession.open({ ...model, backend: createNodeBackend() });
});
afterAll(() => session.dispose());

const plain = (frames: readonly TagFrame[]) =>
  frames.map(({ index, startS, endS, probabilities }) => [index, startS, endS, ...probabilities]);

async function tag(samples: Float32Array, rateHz: number, options: Partial<TaggerOptions> = {}, seed = 0) {
  const tagger = new StreamingTagger({ session, ...options });
  const frames: TagFrame[] = [];
  const blocks = seed === 0 ? [samples] : oddBlocks(samples, seed);
  for (const block of blocks) frames.push(...(await tagger.push(block, rateHz)));
  frames.push(...(await tagger.finish()));
  await tagger.dispose();
  return plain(frames);
}

describe('how input is cut into blocks changes nothing', () => {
  for (const framing of ['continuous', 'per-chunk', 'whole'] as const) {
    for (const rateHz of [16_000, 44_100]) {
      test(`${framing} at ${rateHz} Hz`, async () => {
        const samples = noise(11, Math.round(rateHz * 4.3));
        const whole = await tag(samples, rateHz, { framing });
        expect(whole.length).toBe(framing === 'whole' ? 1 : 5);
        expect(await tag(samples, rateHz, { framing }, 12)).toEqual(whole);
        expect(await tag(samples, rateHz, { framing }, 13)).toEqual(whole);
      });
    }
  }

  test('pushes that are not waited for keep their order', async () => {
    const samples = noise(14, 16_000 * 4);
    const tagger = new StreamingTagger({ session });
    const pushed = [...oddBlocks(samples, 15)].map((block) => tagger.push(block, 16_000));
    const frames = [...(await Promise.all(pushed)).flat(), ...(await tagger.finish())];
    expect(plain(frames)).toEqual(await tag(samples, 16_000));
    await tagger.dispose();
  });
});

test('after reset a stream is as new, also when it was in the middle of a chunk', async () => {
  const samples = noise(16, 16_000 * 3);
  const tagger = new StreamingTagger({ session });
  await tagger.push(noise(17, 40_001), 48_000);
  await tagger.reset();
  const frames = [...(await tagger.push(samples, 16_000)), ...(await tagger.finish())];
  expect(plain(frames)).toEqual(await tag(samples, 16_000));
  await tagger.dispose();
});

test('two streams on one session do not touch', async () => {
  const a = noise(18, 16_000 * 3);
  const b = noise(19, 16_000 * 3);
  const [together, other] = await Promise.all([tag(a, 16_000, {}, 20), tag(b, 16_000, {}, 21)]);
  expect(together).toEqual(await tag(a, 16_000));
  expect(other).toEqual(await tag(b, 16_000));
});

test('silence priming changes the first chunk, and only streaming models have it', async () => {
  const samples = noise(22, 16_000 * 2);
  const primed = await tag(samples, 16_000);
  const unprimed = await tag(samples, 16_000, { priming: 'none' });
  expect(primed[0]).not.toEqual(unprimed[0]);
});

test('memory off: every chunk is scored as if it were the first of an unprimed stream', async () => {
  const samples = noise(30, 16_000 * 5);
  const without = await tag(samples, 16_000, { memory: false });
  const carried = await tag(samples, 16_000, { priming: 'none' });
  expect(without).toHaveLength(6);
  expect(without[0]).toEqual(carried[0]);
  const tagger = new StreamingTagger({ session, priming: 'none' });
  const chunks = await tagger.hear(samples, 16_000);
  for (const [index, chunk] of chunks.entries()) {
    await tagger.forget();
    const { probabilities } = await tagger.score(chunk);
    expect(without[index]!.slice(3)).toEqual([...probabilities]);
    // What the memory is worth: from the second chunk on it changes the scores.
    if (index > 0) expect(without[index]).not.toEqual(carried[index]);
  }
  await tagger.dispose();
});

describe('a full-context model recomputed every second', () => {
  const full = tinyModel({ family: 'full-context', targetFrames: 320, cacheFrames: 0, timePositions: 20 });
  let session: StepSession;
  beforeAll(async () => {
    session = await StepSession.open({ ...full, backend: createNodeBackend() });
  });
  afterAll(() => session.dispose());

  test('says a word per second over the latest window; where the windows meet it says what one window says', async () => {
    const samples = noise(31, 16_000 * 8 + 200);
    const sliding = new StreamingTagger({ session, strideSeconds: 1 });
    const seconds = [...(await sliding.push(samples, 16_000)), ...(await sliding.finish())];
    expect(seconds.map(({ startS, endS }) => [startS, endS])).toEqual(
      Array.from({ length: 8 }, (_, second) => [second, second + 1]),
    );
    const windows = new StreamingTagger({ session });
    const [first] = await windows.push(samples, 16_000);
    // A window of 3.2 s that slides by 1.6 s ends with the first plain window, too.
    const half = new StreamingTagger({ session, strideSeconds: 1.6 });
    const halves = await half.push(samples, 16_000);
    expect(halves[1]!.probabilities).toEqual(first!.probabilities);
    for (const tagger of [sliding, windows, half]) await tagger.dispose();
  });

  test('a streaming model hears each sound once: a stride is refused, as it is in other framings', () => {
    const streaming = tinyModel();
    const open = (options: Partial<TaggerOptions>, of = session) => new StreamingTagger({ session: of, ...options });
    expect(() => open({ strideSeconds: 1, framing: 'per-chunk' })).toThrow(/no meaning with framing "per-chunk"/);
    expect(() => open({ strideSeconds: 9 })).toThrow(/16 to 320 frames/);
    expect(() => open({ strideSeconds: 1 }, { ...session, card: streaming.card } as StepSession)).toThrow(
      /for full-context models/,
    );
  });
});

describe('bad input', () => {
  test('NaN and infinite samples are refused with their place, and nothing before is lost', async () => {
    const samples = noise(23, 16_000 * 2);
    const tagger = new StreamingTagger({ session });
    const frames = await tagger.push(samples.subarray(0, 12_000), 16_000);
    const bad = Float32Array.of(0, 0, Number.NaN);
    await expect(tagger.push(bad, 16_000)).rejects.toMatchObject({ code: 'bad-samples', message: /2.*NaN/ });
    await expect(tagger.push(Float32Array.of(Infinity), 16_000)).rejects.toMatchObject({ code: 'bad-samples' });
    frames.push(...(await tagger.push(samples.subarray(12_000), 16_000)), ...(await tagger.finish()));
    expect(plain(frames)).toEqual(await tag(samples, 16_000));
    await tagger.dispose();
  });

  test('zero-length sound is fine in a push, and an empty stream is an error that says what is needed', async () => {
    const tagger = new StreamingTagger({ session });
    expect(await tagger.push(new Float32Array(0), 48_000)).toEqual([]);
    await expect(tagger.finish()).rejects.toMatchObject({ code: 'too-short', message: /2400/ });
    await tagger.dispose();
  });

  test.each([0, -1, Number.NaN, Infinity, 3_999, 1e9])('rate %s is refused', async (rateHz) => {
    const tagger = new StreamingTagger({ session });
    await expect(tagger.push(new Float32Array(10), rateHz)).rejects.toThrow(/rateHz must be/);
    await tagger.dispose();
  });

  test.each([0, -1, Number.NaN, 0.05, 5])('a continuous chunk of %s s is refused', (chunkSeconds) => {
    expect(() => new StreamingTagger({ session, framing: 'continuous', chunkSeconds })).toThrow(RangeError);
  });

  test('after finish a push is refused until reset; after dispose everything is', async () => {
    const tagger = new StreamingTagger({ session });
    await tagger.push(noise(24, 5000), 16_000);
    await tagger.finish();
    await expect(tagger.push(new Float32Array(1), 16_000)).rejects.toThrow(/reset/);
    await tagger.reset();
    await tagger.push(new Float32Array(1), 16_000);
    await tagger.dispose();
    await expect(tagger.push(new Float32Array(1), 16_000)).rejects.toMatchObject({ code: 'disposed' });
  });
});

test('a device that changes its rate in mid-stream: time goes on', async () => {
  const tagger = new StreamingTagger({ session });
  const frames = [
    ...(await tagger.push(noise(25, 48_000 * 2), 48_000)),
    ...(await tagger.push(noise(26, 44_100 * 2), 44_100)),
  ];
  frames.push(...(await tagger.finish()));
  expect(frames.at(-1)?.endS).toBeCloseTo(4, 2);
  await tagger.dispose();
});

test('a failed step empties the memory and stops nothing', async () => {
  let broken = false;
  const flaky = await StepSession.open({ ...model, backend: createNodeBackend() });
  const tagger = new StreamingTagger({
    session: {
      card: flaky.card,
      backend: flaky.backend,
      initialState: (priming) => flaky.initialState(priming),
      step: (segment, state) => (broken ? Promise.reject(new Error('gone')) : flaky.step(segment, state)),
      discard: (state) => flaky.discard(state),
      dispose: () => flaky.dispose(),
    },
  });
  const samples = noise(27, 16_000 * 3);
  await tagger.push(samples, 16_000);
  broken = true;
  await expect(tagger.push(samples.subarray(0, 16_000), 16_000)).rejects.toThrow('gone');
  broken = false;
  expect((await tagger.push(samples.subarray(0, 16_000), 16_000)).length).toBe(1);
  await tagger.dispose();
  expect(flaky.liveTensors).toBe(0);
  await flaky.dispose();
});
