import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { findModel, readModelFolder } from '../../../cli/model-folder.ts';
import { ExportedModel, joined, withContext } from '../../../fixtures/exported-model.ts';
import { largestDifference } from '../../../fixtures/run-parity.ts';
import { type TinyModel, tinyModel } from '../../../fixtures/tiny-model.ts';
import { readFixtureWav } from '../../../fixtures/wav.ts';
import { createNodeBackend } from '../../backends/node.ts';
import { LogMel } from '../dsp/log-mel.ts';
import { periodicHann } from '../dsp/mel.ts';
import { StepSession } from '../engine/step-session.ts';
import type { MelChunk } from '../stream/mel-chunk.ts';
import { StreamingTagger, type TaggerOptions } from '../tagger.ts';
import { samplesOf } from './export-front-end.ts';
import { buildExportGraph } from './export-graph.ts';
import { storedFrontEnd } from './stored-front-end.ts';
import { float32Tensor } from './tensor.ts';

const sound = (name: string): Float32Array =>
  readFixtureWav(new Uint8Array(readFileSync(new URL(`../../../fixtures/audio/${name}.wav`, import.meta.url))));
const [dog, rain, baby] = [sound('dog'), sound('rain'), sound('crying-baby')];
const everything = joined(dog, rain, baby);

const open: { dispose(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.dispose();
});
const exported = async (options: Parameters<typeof ExportedModel.open>[0]): Promise<ExportedModel> => {
  const model = await ExportedModel.open(options);
  open.push(model);
  return model;
};

/** Chunks and scores of our own engine. */
async function own({ card, state }: TinyModel, samples: Float32Array, options: Partial<TaggerOptions> = {}) {
  const session = await StepSession.open({ card, state, backend: createNodeBackend() });
  const logMel = new LogMel(card.features, storedFrontEnd(card, state));
  const tagger = new StreamingTagger({ session, logMel, framing: 'continuous', ...options });
  open.push(tagger, session);
  const chunks: MelChunk[] = await tagger.hear(samples, 16_000);
  const scores: Float32Array[] = [];
  for (const chunk of chunks) scores.push((await tagger.score(chunk)).probabilities);
  // The last one is shorter. Its frames are not handed out, so it is made from the samples in the waveform tests only.
  const tail = await tagger.finish();
  return { chunks, scores, tail: tail.map(({ probabilities }) => probabilities) };
}

const fullContext = (): TinyModel => {
  const model = tinyModel({ family: 'full-context', targetFrames: 1012, cacheFrames: 0, timePositions: 63 });
  return { ...model, card: { ...model.card, chunk: { strideFrames: 208, inputFrames: 208 } } };
};
const kinds: readonly (readonly [string, () => TinyModel])[] = [
  ['streaming, mean pooling', () => tinyModel()],
  ['streaming, class token', () => tinyModel({ pooling: 'token' })],
  ['streaming, mean over columns', () => tinyModel({ pooling: 'dm' })],
  ['streaming, no activation', () => without(tinyModel({ pooling: 'logit' }))],
  ['full context', fullContext],
  ['full context, class token', () => withPooling(fullContext, 'token')],
  ['sat-t-2s', () => readModelFolder(findModel('sat-t-2s'))],
];
const without = (model: TinyModel): TinyModel => ({ ...model, card: { ...model.card, activation: 'none' } });
function withPooling(make: () => TinyModel, pooling: 'token'): TinyModel {
  const { card } = make();
  const model = tinyModel({ ...card.network, pooling });
  return { ...model, card: { ...model.card, chunk: card.chunk } };
}

describe.each(kinds)('%s', (_, make) => {
  test('log-mel in: chunk after chunk the scores of our own engine', async () => {
    const model = make();
    const { chunks, scores } = await own(model, everything);
    expect(chunks.length).toBeGreaterThanOrEqual(6);
    const file = await exported({ ...model, input: 'mel' });
    let state = await file.silentState();
    const got: Float32Array[] = [];
    for (const { data } of chunks) {
      const step = await file.run(data, state);
      state = step.state;
      got.push(step.scores);
    }
    expect(largestDifference(got, joined(...scores), model.card.labels.mids.length)).toBeLessThanOrEqual(1e-5);
  });

  test('samples in: the same, to the short last chunk', async () => {
    const model = make();
    const { features, chunk, labels } = model.card;
    const { scores, tail } = await own(model, everything);
    expect(tail).toHaveLength(1);
    let state = await (await exported({ ...model, input: 'mel' })).silentState();
    const file = await exported({ ...model, input: 'samples' });
    const got: Float32Array[] = [];
    const stride = chunk.strideFrames * features.hopSamples;
    for (let start = 0; start < everything.length; start += stride) {
      const frames = Math.min(chunk.inputFrames, 1 + Math.floor((everything.length - start) / features.hopSamples));
      const step = await file.run(withContext(everything, start, samplesOf(frames, features)), state);
      state = step.state;
      got.push(step.scores);
    }
    // The transform is float32 here and float64 in our own front end.
    expect(largestDifference(got, joined(...scores, ...tail), labels.mids.length)).toBeLessThanOrEqual(2e-5);
  });

  test('three streams in one call are three streams; one of them starts anew and the others do not notice', async () => {
    const model = make();
    const classes = model.card.labels.mids.length;
    const sounds = [dog, rain, baby];
    const heard: MelChunk[][] = [];
    for (const samples of sounds) heard.push((await own(model, samples)).chunks.slice(0, 4));
    const file = await exported({ ...model, input: 'mel' });
    const start = await file.silentState();

    let together = joined(start, start, start);
    const alone = [start, start, start];
    const row = start.length;
    for (let c = 0; c < heard[0]!.length; c++) {
      if (c === 1) {
        together.set(start, row);
        alone[1] = start;
      }
      const batch = await file.run(joined(...heard.map((chunks) => chunks[c]!.data)), together, { streams: 3 });
      // Results are the runtime's own memory; the next call may not change what is compared.
      together = batch.state.slice();
      for (const [s, chunks] of heard.entries()) {
        const single = await file.run(chunks[c]!.data, alone[s]!);
        alone[s] = single.state;
        const mine = batch.scores.subarray(s * classes, (s + 1) * classes);
        expect(largestDifference([mine], single.scores, classes)).toBeLessThanOrEqual(2e-6);
        expect(largestDifference([together.subarray(s * row, (s + 1) * row)], single.state, row || 1)).toBeLessThan(
          1e-4,
        );
      }
    }
  });
});

describe('a graph that starts its streams itself', () => {
  test.each(['mean', 'token'] as const)('%s pooling: START decides, whatever the state holds', async (pooling) => {
    const model = tinyModel({ pooling });
    const { chunks, scores } = await own(model, everything);
    const startState = await (await exported({ ...model, input: 'mel' })).silentState();
    const file = await exported({ ...model, input: 'mel', startState });
    const row = startState.length;
    const nothing = new Float32Array(row).fill(Number.NaN);
    const classes = model.card.labels.mids.length;

    // The first stream hears all chunks, the second joins at the third, in memory that holds rubbish.
    let state = joined(nothing, nothing);
    for (let c = 0; c < 6; c++) {
      const joins = c === 2 ? 1 : 0;
      if (joins) state.set(nothing, row);
      const second = chunks[Math.max(0, c - 2)]!;
      const step = await file.run(joined(chunks[c]!.data, second.data), state, {
        streams: 2,
        starts: [c === 0 ? 1 : 0, joins],
      });
      state = step.state.slice();
      const close = (s: number, expected: Float32Array): void =>
        expect(
          largestDifference([step.scores.subarray(s * classes, (s + 1) * classes)], expected, classes),
        ).toBeLessThanOrEqual(1e-5);
      close(0, scores[c]!);
      if (c >= 2) close(1, scores[c - 2]!);
    }
  });
});

describe('an empty state', () => {
  test('is the start without priming; short chunks let it grow and roll as our own engine does', async () => {
    const model = tinyModel();
    const { chunks, scores } = await own(model, everything, { chunkSeconds: 0.32, priming: 'none' });
    const file = await exported({ ...model, input: 'mel' });
    let state: Float32Array = new Float32Array(0);
    const got: Float32Array[] = [];
    const sizes: number[] = [];
    for (const { data } of chunks.slice(0, 8)) {
      const step = await file.run(data, state);
      state = step.state;
      sizes.push(state.length / 3 / 16);
      got.push(step.scores);
    }
    expect(sizes).toEqual([8, 16, 24, 24, 24, 24, 24, 24]);
    expect(largestDifference(got, joined(...scores.slice(0, 8)), 5)).toBeLessThanOrEqual(1e-5);
  });
});

test('window and filter bank that came with the weights are the ones in the graph', async () => {
  const { card, state } = tinyModel();
  const window = Float32Array.from(periodicHann(512), (value, k) => value * (1 + 0.2 * Math.sin(k)));
  const bank = new Float32Array(257 * 64).map((_, i) => (i % 64 === (i >> 8) % 64 ? 0.7 : 0.001));
  const model = {
    card: { ...card, features: { ...card.features, storedFrontEnd: true } },
    state: new Map([
      ...state,
      ['front_end.0.spectrogram.window', float32Tensor([512], window)] as const,
      ['front_end.0.mel_scale.fb', float32Tensor([257, 64], bank)] as const,
    ]),
  };
  const { chunks, scores } = await own(model, dog);
  const start = await (await exported({ ...model, input: 'mel' })).silentState();
  const file = await exported({ ...model, input: 'samples' });
  const samples = withContext(dog, 0, samplesOf(chunks[0]!.frameCount, card.features));
  const { scores: got } = await file.run(samples, start);
  expect(largestDifference([got], scores[0]!, 5)).toBeLessThanOrEqual(2e-5);
});

test('standard operators only, an IR version as old as the opset, weights inside', () => {
  const { onnx, inputs, outputs } = buildExportGraph({ ...tinyModel(), input: 'samples' });
  const bytes = Buffer.from(onnx);
  // ModelProto: ir_version is field 1; opset_import (field 8) comes last and once: domain '', version 17.
  expect([...bytes.subarray(0, 2)]).toEqual([0x08, 8]);
  expect([...bytes.subarray(-6)]).toEqual([0x42, 4, 0x0a, 0, 0x10, 17]);
  expect(bytes.includes('com.microsoft')).toBe(false);
  expect(bytes.includes('weights.bin')).toBe(false);
  expect(inputs.map(({ name }) => name)).toEqual(['samples', 'state']);
  expect(outputs.map(({ name }) => name)).toEqual(['scores', 'next_state']);
});
