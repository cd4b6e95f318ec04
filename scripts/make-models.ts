/**
 * Puts trained models into public/models: weights written by training/export.py byte for byte, cards made from them and from what
 * training/evaluate.py measured, and the index that the page reads. Run:
 *
 *   python3 training/export.py sat-t-2s .cache/training/sat-2s.pt        (and the others)
 *   python3 training/evaluate.py --split valid --models .cache/training/export/sat-t-2s … --json .cache/training/evaluation.json
 *   npx tsx scripts/make-models.ts [--commit HASH]
 *
 * Says how far this engine's scores are from PyTorch's on the stored check, and refuses above 1e-3.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { makeSelfCheck } from '../cli/model-folder.ts';
import { type ModelCard, parseCard } from '../src/core/model/card.ts';
import { cardFor } from '../src/core/model/make-model.ts';
import { deriveNetwork, validateState } from '../src/core/model/network.ts';
import { readSafetensors } from '../src/core/model/safetensors.ts';

const fromRoot = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

const FactsSchema = v.object({
  id: v.string(),
  sha256: v.string(),
  heads: v.number(),
  labels: v.object({ mids: v.array(v.string()), names: v.array(v.string()) }),
  selfCheckInTorch: v.array(v.number()),
});

const ClipsSchema = v.object({ clips: v.number(), classes: v.number(), mean_ap: v.number(), top1: v.number() });
const ReportSchema = v.object({
  model: v.string(),
  real: ClipsSchema,
  without_memory: v.optional(ClipsSchema),
  scenes: v.object({ segment_f1: v.number(), onset_f1: v.number() }),
});
type Report = v.InferOutput<typeof ReportSchema>;

const WordsSchema = v.strictObject({
  id: v.string(),
  arch: v.string(),
  title: v.string(),
  summary: v.string(),
  revision: v.string(),
  origin: v.string(),
});
const ShippedSchema = v.array(WordsSchema);

const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '.cache/training/export' },
    evaluation: { type: 'string', default: '.cache/training/evaluation.json' },
    commit: { type: 'string' },
  },
});
const json = (path: string): unknown => JSON.parse(readFileSync(fromRoot(path), 'utf8'));
const commit =
  values.commit ??
  execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: fromRoot('.'), encoding: 'utf8' }).trim();
const reports = v.parse(v.array(ReportSchema), json(values.evaluation));

function reportOf(id: string): Report {
  const report = reports.find(({ model }) => model === id);
  if (!report) throw new Error(`${values.evaluation} holds nothing about ${id}; run training/evaluate.py on it`);
  return report;
}

function qualityOf(id: string): ModelCard['quality'] {
  const { real, without_memory: forgetful, scenes } = reportOf(id);
  const teacher = reportOf('yamnet (teacher)').real;
  const command = `training/evaluate.py --split valid at ${commit}`;
  const on = `${real.clips} real clips of the valid rows, first 20 s of each, ${real.classes} classes with at least 5 positives; ${command}`;
  const round = (value: number): number => Number(value.toFixed(3));
  const beside = (value: number): string => `The teacher, YAMNet, reaches ${value.toFixed(3)} here.`;
  return [
    { measure: 'clip mAP, mean over chunks', on, value: round(real.mean_ap), note: beside(teacher.mean_ap) },
    { measure: 'top-1-in-labels', on, value: round(real.top1), note: beside(teacher.top1) },
    ...(forgetful ? [{ measure: 'clip mAP without memory', on, value: round(forgetful.mean_ap) }] : []),
    {
      measure: 'segment-F1 at threshold 0.5',
      on: `60 mixtures of valid clips at known onsets; ${command}`,
      value: round(scenes.segment_f1),
      note: 'Segments of 1 s, all classes together.',
    },
  ];
}

const models = [];
for (const words of v.parse(ShippedSchema, json('training/shipped.json'))) {
  const folder = join(fromRoot(values.from), words.id);
  const weights = new Uint8Array(readFileSync(join(folder, 'model.safetensors')));
  const facts = v.parse(FactsSchema, JSON.parse(readFileSync(join(folder, 'facts.json'), 'utf8')));
  const sha256 = createHash('sha256').update(weights).digest('hex');
  if (sha256 !== facts.sha256)
    throw new Error(`${folder}: SHA-256 of the weights is ${sha256}, facts.json says another`);
  const { tensors } = readSafetensors(weights);
  const { network, classes, activation } = deriveNetwork(tensors, { arch: words.arch, heads: facts.heads });
  const unknown = validateState(tensors, network, classes);
  if (unknown.length > 0) throw new Error(`${folder}: unknown tensors ${unknown.join(', ')}`);
  const card = cardFor({
    ...words,
    licence: {
      spdx: 'MIT',
      note: 'Ours, shipped under the licence of this repository. Class names: AudioSet, Google, CC BY 4.0.',
    },
    labels: facts.labels,
    network,
    classes,
    activation,
    storedFrontEnd: false,
    sha256,
    weightsBytes: weights.length,
    quality: qualityOf(words.id),
  });
  const selfCheck = await makeSelfCheck(card, weights);
  const difference = Math.max(...selfCheck.map((score, k) => Math.abs(score - facts.selfCheckInTorch[k]!)));
  if (!(difference <= 1e-3)) throw new Error(`${words.id}: this engine and PyTorch differ by ${difference}`);
  const checked = parseCard({ ...card, selfCheck });
  const target = join(fromRoot('public/models'), words.id);
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'model.safetensors'), weights);
  writeFileSync(join(target, 'card.json'), `${JSON.stringify(checked, null, 1)}\n`);
  const delayS = (checked.chunk.inputFrames * checked.features.hopSamples) / checked.audio.sampleRateHz;
  models.push({ id: words.id, title: words.title, delayS, family: network.family });
  console.log(
    `${words.id}: ${(weights.length / 1e6).toFixed(1)} MB, PyTorch differs by ${difference.toExponential(1)}`,
  );
}
writeFileSync(fromRoot('public/models/index.json'), `${JSON.stringify({ models }, null, 2)}\n`);
