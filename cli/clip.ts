/** The bundled samples (public/samples), decoded, and a model's scores on one: what stored weights are compared by. Node only. */
import { fileURLToPath } from 'node:url';
import { createNodeBackend } from '../src/backends/node.ts';
import { clipScores } from '../src/core/clip-scores.ts';
import { StepSession } from '../src/core/engine/step-session.ts';
import type { ModelCard } from '../src/core/model/card.ts';
import { DIFFERENCE_CLIP } from '../src/core/model/precision.ts';
import type { StateDict } from '../src/core/model/tensor.ts';
import type { Hertz } from '../src/core/units.ts';
import { decodeFile } from './decode.ts';

export interface Clip {
  readonly samples: Float32Array;
  readonly rateHz: Hertz;
}

export interface ClipScores {
  /** [chunks][classes] */
  readonly scores: readonly Float32Array[];
  /** For the card: which sound, and who computed. */
  readonly clip: string;
  readonly engine: string;
}

/** A sample by its id in public/samples/index.json. @throws EarshotError `not-found`. */
export async function readClip(id: string): Promise<Clip> {
  const blocks: Float32Array[] = [];
  let rateHz = 0;
  for await (const block of decodeFile(fileURLToPath(new URL(`../public/samples/${id}.mp3`, import.meta.url)))) {
    rateHz = block.rateHz;
    blocks.push(Float32Array.from(block.samples));
  }
  const samples = new Float32Array(blocks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const block of blocks) {
    samples.set(block, at);
    at += block.length;
  }
  return { samples, rateHz };
}

/** With the native engine, which is closed again. */
export async function scoreClip(card: ModelCard, state: StateDict): Promise<ClipScores> {
  const { samples, rateHz } = await readClip(DIFFERENCE_CLIP);
  const session = await StepSession.open({ card, state, backend: createNodeBackend() });
  try {
    const scores = await clipScores(session, state, samples, rateHz);
    return { scores, clip: DIFFERENCE_CLIP, engine: session.backend.label };
  } finally {
    await session.dispose();
  }
}
