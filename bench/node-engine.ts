/** ms per step of the native engine in Node: the baseline that WASM and WebGPU are compared with in the same run. */
import { findModel, readModelFolder } from '../cli/model-folder.ts';
import { createNodeBackend } from '../src/backends/node.ts';
import { selfCheckSegment } from '../src/core/engine/self-check.ts';
import { StepSession } from '../src/core/engine/step-session.ts';

/** Milliseconds of `steps` steps after a warm-up of five. */
export async function nodeStepTimes(model: string, steps: number): Promise<number[]> {
  const { card, state } = readModelFolder(findModel(model));
  const session = await StepSession.open({ card, state, backend: createNodeBackend() });
  const times: number[] = [];
  let memory = await session.initialState();
  for (let i = -5; i < steps; i++) {
    const began = performance.now();
    memory = (await session.step(selfCheckSegment(card, i + 5), memory)).state;
    if (i >= 0) times.push(performance.now() - began);
  }
  await session.discard(memory);
  await session.dispose();
  return times;
}
