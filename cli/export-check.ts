/**
 * Runs exported files as anyone would, without our backend or session, and compares them with our own engine on a made-up sound.
 * This is also where a stream's start state comes from: one call of silence on an empty state. Node only.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { createNodeBackend } from '../src/backends/node.ts';
import { LogMel } from '../src/core/dsp/log-mel.ts';
import { StepSession } from '../src/core/engine/step-session.ts';
import { assert } from '../src/core/errors.ts';
import { samplesOf } from '../src/core/model/export-front-end.ts';
import { stateShapeOf } from '../src/core/model/export-graph.ts';
import { storedFrontEnd } from '../src/core/model/stored-front-end.ts';
import type { MelChunk } from '../src/core/stream/mel-chunk.ts';
import { StreamingTagger } from '../src/core/tagger.ts';
import type { ModelFolder } from './model-folder.ts';

/** Largest difference of a score that float32 in another order of sums explains; wrong graphs are off by 0.01 and more. */
export const EXPORT_TOLERANCE = 1e-4;

export interface ExportedFile {
  readonly path: string;
  readonly input: 'mel' | 'samples';
  /** Has it a `START` of its own? */
  readonly starts: boolean;
}

/** What a stream remembers that has heard silence. */
export interface StartState {
  /** [1, slots, tokens, width] */
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** From the exported mel file itself; null for a model that remembers nothing. */
export async function silentState(path: string, { card }: ModelFolder): Promise<StartState | null> {
  const shape = stateShapeOf(card);
  if (!shape) return null;
  const { network, features } = card;
  // SPEC section 8; the cache takes no more than one full segment.
  const frames = Math.min(network.cacheFrames, network.targetFrames);
  const session = await InferenceSession.create(path);
  try {
    const { next_state: state } = await session.run({
      mel: new Tensor('float32', new Float32Array(frames * features.mels).fill(features.floorDb), [
        1,
        frames,
        features.mels,
      ]),
      state: new Tensor('float32', new Float32Array(0), [1, shape.slots, 0, shape.width]),
    });
    assert(state?.data instanceof Float32Array, 'the exported graph hands on its state');
    return { dims: state.dims, data: state.data };
  } finally {
    await session.release();
  }
}

/** The largest difference of any score of `files` to our own engine's, over three chunks that remember each other. */
export async function largestDifference(
  files: readonly ExportedFile[],
  model: ModelFolder,
  start: StartState | null,
): Promise<number> {
  const { card } = model;
  const samples = testSound(3 * card.chunk.inputFrames * card.features.hopSamples + card.features.nFft);
  const { chunks, scores } = await ownScores(model, samples);
  let largest = 0;
  for (const { path, input, starts } of files) {
    const session = await InferenceSession.create(path);
    try {
      // A graph that starts streams itself must not look at what it is given first.
      let carried: Tensor | null =
        start && new Tensor('float32', starts ? start.data.map(() => Number.NaN) : start.data, start.dims);
      for (const [c, chunk] of chunks.entries()) {
        const result = await session.run({
          [input]: input === 'mel' ? melTensor(chunk, card.features.mels) : sampleTensor(chunk, samples, model),
          ...(carried && { state: carried }),
          ...(carried && starts && { START: new Tensor('float32', Float32Array.of(c === 0 ? 1 : 0), [1, 1]) }),
        });
        carried = result['next_state'] ?? null;
        const got = result['scores']?.data as Float32Array;
        const expected = scores[c]!;
        // Not `Math.max` alone: a NaN is the largest difference there is.
        for (let k = 0; k < expected.length; k++) {
          const difference = Math.abs(got[k]! - expected[k]!);
          if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference;
        }
      }
    } finally {
      await session.release();
    }
  }
  return largest;
}

async function ownScores({ card, state }: ModelFolder, samples: Float32Array) {
  const session = await StepSession.open({ card, state, backend: createNodeBackend() });
  try {
    const logMel = new LogMel(card.features, storedFrontEnd(card, state));
    const tagger = new StreamingTagger({ session, logMel, framing: 'continuous' });
    const chunks = await tagger.hear(samples, card.audio.sampleRateHz);
    const scores: Float32Array[] = [];
    for (const chunk of chunks) scores.push((await tagger.score(chunk)).probabilities);
    await tagger.dispose();
    return { chunks, scores };
  } finally {
    await session.dispose();
  }
}

const melTensor = ({ data, frameCount }: MelChunk, mels: number): Tensor =>
  new Tensor('float32', data, [1, frameCount, mels]);

function sampleTensor({ startSample, frameCount }: MelChunk, sound: Float32Array, { card }: ModelFolder): Tensor {
  const samples = samplesWithContext(sound, startSample, samplesOf(frameCount, card.features), card.features.nFft / 2);
  return new Tensor('float32', samples, [1, samples.length]);
}

/** `count` samples from `half` before `start`, reflected at both ends of the sound. */
export function samplesWithContext(sound: Float32Array, start: number, count: number, half: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => {
    const at = Math.abs(start - half + i);
    return sound[at < sound.length ? at : 2 * (sound.length - 1) - at]!;
  });
}

/** A sweep with clicks and a little noise: something in every band, and nothing silent. */
function testSound(length: number): Float32Array {
  let seed = 1;
  return Float32Array.from({ length }, (_, i) => {
    seed = (seed * 48_271) % 2_147_483_647;
    const sweep = 0.3 * Math.sin(i * (0.05 + (0.8 * i) / length));
    const click = i % 7_001 < 40 ? 0.5 : 0;
    return sweep + click + 0.02 * (seed / 2_147_483_647 - 0.5);
  });
}
