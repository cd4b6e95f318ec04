/**
 * `npx tsx scripts/measure-precision.ts [--ends] [MODEL ...]`: what storing weights as fp16 or int8 does to scores, on every bundled sample, as a
 * table for docs/official-models.md. MODEL is an embedded model or a folder of `earshot import`; the embedded ones by default. Reference
 * is the model as it is stored, computed in float32 like the others. `--ends`: what int8 would be with patch embedding and head in int8
 * too, which Earshot does not write.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { type Clip, readClip } from '../cli/clip.ts';
import { findModel, readModelFolder } from '../cli/model-folder.ts';
import { createNodeBackend } from '../src/backends/node.ts';
import { clipScores } from '../src/core/clip-scores.ts';
import { StepSession } from '../src/core/engine/step-session.ts';
import type { ModelCard } from '../src/core/model/card.ts';
import {
  convertPrecision,
  isSmaller,
  PRECISIONS,
  scoreDifference,
  storedPrecision,
  writeInPrecision,
} from '../src/core/model/precision.ts';
import { readSafetensors } from '../src/core/model/safetensors.ts';
import type { StateDict } from '../src/core/model/tensor.ts';

const Index = v.object({ samples: v.array(v.object({ id: v.string() })) });
const indexPath = fileURLToPath(new URL('../public/samples/index.json', import.meta.url));
const { samples } = v.parse(Index, JSON.parse(readFileSync(indexPath, 'utf8')));
const clips = new Map<string, Clip>();
for (const { id } of samples) clips.set(id, await readClip(id));

async function scoresOf(card: ModelCard, state: StateDict): Promise<Map<string, Float32Array[]>> {
  const session = await StepSession.open({ card, state, backend: createNodeBackend() });
  const scores = new Map<string, Float32Array[]>();
  for (const [id, clip] of clips) scores.set(id, await clipScores(session, state, clip.samples, clip.rateHz));
  await session.dispose();
  return scores;
}

/** Of how many chunks the highest score is another class's. */
const otherTops = (a: readonly Float32Array[], b: readonly Float32Array[]): number =>
  a.filter((scores, c) => top(scores) !== top(b[c]!)).length;
const top = (scores: Float32Array): number => scores.indexOf(scores.reduce((most, score) => Math.max(most, score), 0));

const ENDS = ['patch_embed.proj.weight', 'outputlayer.1.weight'];
/** Under other names they are matrices like any other. */
function withEndsInt8(state: StateDict): StateDict {
  const converted = new Map(state);
  for (const name of ENDS) {
    const end = convertPrecision(new Map([['end.weight', state.get(name)!]]), 'int8').get('end.weight');
    if (end) converted.set(name, end);
  }
  return converted;
}

const {
  values: { ends },
  positionals: asked,
} = parseArgs({ allowPositionals: true, options: { ends: { type: 'boolean', default: false } } });
console.log('| model | stored | MB | sample | chunks | largest | mean | another class on top |');
console.log('|---|---|---|---|---|---|---|---|');
for (const id of asked.length > 0 ? asked : ['sat-t-2s', 'sat-t-1s', 'vit-t-10s']) {
  const { card, state } = readModelFolder(findModel(id));
  const reference = await scoresOf(card, state);
  for (const precision of PRECISIONS.filter((name) => isSmaller(name, state) && (!ends || name === 'int8'))) {
    const file = writeInPrecision(ends ? withEndsInt8(state) : state, precision, { format: 'pt' });
    const scores = await scoresOf(card, readSafetensors(file).tensors);
    const sizes = [card.weightsBytes, file.length].map((bytes) => (bytes / 1e6).toFixed(1));
    for (const [clip, expected] of reference) {
      const got = scores.get(clip)!;
      const { max, mean, chunks } = scoreDifference(expected, got);
      const cells = [
        card.id,
        `${storedPrecision(state)} → ${precision}`,
        sizes.join(' → '),
        clip,
        chunks,
        max.toFixed(5),
        mean.toFixed(7),
        otherTops(expected, got),
      ];
      console.log(`| ${cells.join(' | ')} |`);
    }
  }
}
