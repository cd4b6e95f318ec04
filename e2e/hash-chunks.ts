/** The hashes of the log-mel chunks that these samples make, by the same core, in Node. */

import { findModel, readModelFolder } from '../cli/model-folder.ts';
import { createNodeBackend } from '../src/backends/node.ts';
import { StepSession } from '../src/core/engine/step-session.ts';
import { StreamingTagger } from '../src/core/tagger.ts';
import { fnv1a } from '../src/worker/fnv.ts';

export async function hashChunks(samples: Float32Array, rateHz: number, model: string): Promise<string[]> {
  const session = await StepSession.open({ ...readModelFolder(findModel(model)), backend: createNodeBackend() });
  const tagger = new StreamingTagger({ session });
  const hashes = (await tagger.hear(samples, rateHz)).map(({ data }) => fnv1a(data));
  await tagger.dispose();
  await session.dispose();
  return hashes;
}
