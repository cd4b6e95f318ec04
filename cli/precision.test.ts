/** The embedded models, which are trained, stored smaller: their size, and how far their scores move on the bundled samples. */
import { describe, expect, test } from 'vitest';
import { wasmRuntimeInNode } from '../fixtures/ort-wasm-node.ts';
import { createNodeBackend } from '../src/backends/node.ts';
import { createWasmBackend } from '../src/backends/wasm.ts';
import { clipScores } from '../src/core/clip-scores.ts';
import type { InferenceBackend } from '../src/core/engine/backend.ts';
import { StepSession } from '../src/core/engine/step-session.ts';
import { type Precision, scoreDifference, writeInPrecision } from '../src/core/model/precision.ts';
import { readSafetensors } from '../src/core/model/safetensors.ts';
import { float32Tensor, type StateDict, toFloat32 } from '../src/core/model/tensor.ts';
import { readClip } from './clip.ts';
import { findModel, type ModelFolder, readModelFolder } from './model-folder.ts';

/** The embedded weights are half; as if they had come in float32. */
const widened = (state: StateDict): StateDict =>
  new Map(
    Array.from(state, ([name, tensor]) => [
      name,
      tensor.dtype === 'F16' ? float32Tensor(tensor.shape, toFloat32(tensor)) : tensor,
    ]),
  );

async function dogScores(
  { card }: ModelFolder,
  state: StateDict,
  backend: InferenceBackend = createNodeBackend(),
): Promise<Float32Array[]> {
  const { samples, rateHz } = await readClip('dog');
  const session = await StepSession.open({ card, state, backend });
  try {
    return await clipScores(session, state, samples, rateHz);
  } finally {
    await session.dispose();
  }
}

describe.each(['sat-t-2s', 'sat-t-1s', 'vit-t-10s'])('%s', (id) => {
  const model = readModelFolder(findModel(id));
  const wide = widened(model.state);
  const bytes = writeInPrecision(wide, 'fp32').length;
  const file = (precision: Precision): Uint8Array => writeInPrecision(wide, precision);

  test('half the size as fp16, little more than a quarter as int8', () => {
    const [half, eight] = [file('fp16').length / bytes, file('int8').length / bytes];
    // Vectors and positions stay float32; int8 has scales, and two matrices in half.
    expect(half).toBeGreaterThan(0.5);
    expect(half).toBeLessThan(0.51);
    expect(eight).toBeGreaterThan(0.25);
    expect(eight).toBeLessThan(0.275);
  });

  test('fp16 gives back the halves that were widened: not a score moves', async () => {
    const { tensors } = readSafetensors(file('fp16'));
    expect(scoreDifference(await dogScores(model, model.state), await dogScores(model, tensors)).max).toBe(0);
  });

  test('int8 moves scores by less than 0.002, and is the same on WASM and Node', async () => {
    const { tensors } = readSafetensors(file('int8'));
    const reference = await dogScores(model, model.state);
    const scores = await dogScores(model, tensors);
    // A dog is heard: these are not scores of nothing.
    expect(Math.max(...reference.flatMap((chunk) => [...chunk]))).toBeGreaterThan(0.4);
    const { max } = scoreDifference(reference, scores);
    // Measured over all samples: 0.00084 at most (docs/official-models.md).
    expect(max).toBeLessThan(0.002);
    expect(max).toBeGreaterThan(1e-5);
    const wasm = await dogScores(model, tensors, createWasmBackend(wasmRuntimeInNode(), 'under test'));
    expect(scoreDifference(scores, wasm).max).toBeLessThan(1e-4);
  });
});
