/**
 * Puts the seed models of ../shared/seed-models into public/models: their weights byte for byte, cards made from what is known
 * about them, and the index that the page reads. `npm run make-seed-models`.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { makeSelfCheck } from '../cli/model-folder.ts';
import { type ModelCard, parseCard } from '../src/core/model/card.ts';
import { cardFor } from '../src/core/model/make-model.ts';
import { deriveNetwork, validateState } from '../src/core/model/network.ts';
import { readSafetensors } from '../src/core/model/safetensors.ts';

const fromRoot = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const source = fromRoot('../shared/seed-models');
const target = fromRoot('public/models');

const SeedCardSchema = v.object({
  id: v.string(),
  family: v.picklist(['streaming', 'full-context']),
  width: v.number(),
  depth: v.number(),
  heads: v.number(),
  targetFrames: v.number(),
  cacheFrames: v.number(),
  timePositions: v.number(),
  trainedWith: v.string(),
  sha256: v.string(),
  labels: v.object({ mids: v.array(v.string()), names: v.array(v.string()) }),
});

interface Seed {
  readonly id: string;
  readonly arch: string;
  readonly title: string;
  readonly summary: string;
  readonly origin: string;
  readonly note: string;
  /** results.md: clip mAP of the mean over chunks, and of the maximum; top-1-in-labels. */
  readonly measured: readonly [mean: number, max: number, top1: number];
}

const WEAK =
  'Small and weak: made in an afternoon on two CPU cores, trained on a few hours of clips with a teacher’s scores and no true labels. ' +
  'It knows rain, dogs, sirens, engines, speech and music roughly';
const TRAINED =
  'Trained from scratch for Earshot on freely licensed clips (none marked non-commercial or GPL), YAMNet’s scores as teacher, on augmented mixtures';
const MEMORY = 'Memory is worth almost nothing yet: sat-t-2s without its cache reaches 0.336 instead of 0.338.';

const seeds: readonly Seed[] = [
  {
    id: 'sat-t-2s',
    arch: 'SAT_T_2s',
    title: 'Tiny streaming, 2 s',
    summary: `${WEAK}. Looks at 2 seconds at a time and remembers the 2 before.`,
    origin: `${TRAINED}.`,
    note: MEMORY,
    measured: [0.338, 0.324, 0.256],
  },
  {
    id: 'sat-t-1s',
    arch: 'SAT_T_1s',
    title: 'Tiny streaming, 1 s',
    summary: `${WEAK}. Looks at 1 second at a time and remembers the one before.`,
    origin: `${TRAINED}; started from sat-t-2s.`,
    note: MEMORY,
    measured: [0.353, 0.345, 0.276],
  },
  {
    id: 'vit-t-10s',
    arch: 'audiotransformer_tiny',
    title: 'Tiny full-context, 10 s',
    summary: `${WEAK}. Looks at 10 seconds at a time and remembers nothing: for files rather than for listening live.`,
    origin: `${TRAINED}; started from sat-t-2s.`,
    note: 'Short clips were zero-padded to 10 s.',
    measured: [0.265, 0.247, 0.077],
  },
];

const MEASURED_ON = '492 real clips of the valid rows, first 20 s of each, 66 classes with at least 5 positives';

function qualityOf({ measured: [mean, max, top1], note }: Seed): ModelCard['quality'] {
  const teacher = (value: number): string => `The teacher, YAMNet, reaches ${value} here.`;
  return [
    { measure: 'clip mAP, mean over chunks', on: MEASURED_ON, value: mean, note: `${teacher(0.589)} ${note}` },
    { measure: 'clip mAP, max over chunks', on: MEASURED_ON, value: max, note: teacher(0.545) },
    { measure: 'top-1-in-labels', on: MEASURED_ON, value: top1, note: teacher(0.431) },
  ];
}

if (!existsSync(source)) throw new Error(`${source} is not there; the seed models can only be made beside it`);

for (const seed of seeds) {
  const folder = join(source, seed.id);
  const weights = new Uint8Array(readFileSync(join(folder, 'model.safetensors')));
  const facts = v.parse(SeedCardSchema, JSON.parse(readFileSync(join(folder, 'seed-card.json'), 'utf8')));
  const sha256 = createHash('sha256').update(weights).digest('hex');
  if (sha256 !== facts.sha256) throw new Error(`${folder}: SHA-256 of the weights is ${sha256}, its card says another`);
  const { tensors } = readSafetensors(weights);
  const { network, classes, activation } = deriveNetwork(tensors, { arch: seed.arch, heads: facts.heads });
  const unknown = validateState(tensors, network, classes);
  if (unknown.length > 0) throw new Error(`${folder}: unknown tensors ${unknown.join(', ')}`);
  for (const key of ['family', 'width', 'depth', 'heads', 'cacheFrames', 'timePositions'] as const) {
    if (network[key] !== facts[key])
      throw new Error(`${folder}: ${key} is ${network[key]}, its card says ${facts[key]}`);
  }
  const card = cardFor({
    id: seed.id,
    title: seed.title,
    summary: seed.summary,
    revision: 'seed',
    origin: `${seed.origin} Trained with ${facts.trainedWith}.`,
    licence: {
      spdx: 'MIT',
      note: 'Ours, shipped under the licence of this repository. Class names: AudioSet, Google, CC BY 4.0.',
    },
    labels: facts.labels,
    network,
    classes,
    activation,
    arch: seed.arch,
    storedFrontEnd: false,
    sha256,
    weightsBytes: weights.length,
    quality: qualityOf(seed),
  });
  const checked = parseCard({
    ...card,
    selfCheck: process.argv.includes('--no-self-check') ? null : await makeSelfCheck(card, weights),
  });
  mkdirSync(join(target, seed.id), { recursive: true });
  writeFileSync(join(target, seed.id, 'model.safetensors'), weights);
  writeFileSync(join(target, seed.id, 'card.json'), `${JSON.stringify(checked, null, 1)}\n`);
  console.log(`${seed.id}: ${(weights.length / 1e6).toFixed(1)} MB, ${classes} classes`);
}

const models = seeds.map(({ id, title }) => {
  const card = parseCard(JSON.parse(readFileSync(join(target, id, 'card.json'), 'utf8')));
  const delayS = (card.chunk.inputFrames * card.features.hopSamples) / card.audio.sampleRateHz;
  return { id, title, delayS, family: card.network.family };
});
writeFileSync(join(target, 'index.json'), `${JSON.stringify({ models }, null, 2)}\n`);
