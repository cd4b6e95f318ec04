/**
 * Puts trained models into public/models: weights written by training/export.py byte for byte, cards made from them and from what
 * training/evaluate.py measured, the index that the page reads, and the figures of docs/models.md. Run:
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
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { makeSelfCheck } from '../cli/model-folder.ts';
import { listedFrom } from '../src/app/store/catalog.ts';
import { type ClassFacts, type ModelCard, parseCard } from '../src/core/model/card.ts';
import { cardFor } from '../src/core/model/make-model.ts';
import { deriveNetwork, validateState } from '../src/core/model/network.ts';
import { readSafetensors } from '../src/core/model/safetensors.ts';
import { figuresOf, type TrainedModel, withFigures } from './models-doc.ts';

const fromRoot = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

const FactsSchema = v.object({
  id: v.string(),
  sha256: v.string(),
  heads: v.number(),
  labels: v.object({ mids: v.array(v.string()), names: v.array(v.string()) }),
  selfCheckInTorch: v.array(v.number()),
  /** Of the last stage alone; null when the weights were no checkpoint of train.py. */
  training: v.nullable(v.object({ steps: v.number(), hours: v.number() })),
});

const ClipsSchema = v.object({ clips: v.number(), classes: v.number(), mean_ap: v.number(), top1: v.number() });
const SteadySchema = v.record(v.string(), v.object({ clips: v.number(), share: v.number(), flicker: v.number() }));
const ClassSchema = v.object({
  mid: v.string(),
  clips: v.number(),
  hours: v.number(),
  ap: v.nullable(v.number()),
  positives: v.number(),
  weak: v.boolean(),
});
const ReportSchema = v.object({
  model: v.string(),
  real: ClipsSchema,
  every_licence: ClipsSchema,
  synth: v.nullable(ClipsSchema),
  without_memory: v.optional(ClipsSchema),
  teacher: v.object({ first_in_top5: v.number(), cosine: v.number() }),
  scenes: v.object({
    segment_f1: v.number(),
    onset_f1: v.number(),
    best_segment_f1: v.number(),
    best_threshold: v.number(),
  }),
  steady: SteadySchema,
  steady_without_memory: v.optional(SteadySchema),
  classes: v.array(ClassSchema),
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
  const on = `${real.clips} real clips of the valid rows (licences as in training), first 20 s of each, ${real.classes} classes with at least 5 positives; ${command}`;
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

/** A class that no label of the training names was heard through the teacher only, and is weak. */
function classFactsOf(id: string, mids: readonly string[]): ClassFacts {
  const table = new Map(reportOf(id).classes.map((row) => [row.mid, row]));
  const rows = mids.map((mid) => table.get(mid));
  return {
    hours: rows.map((row) => row?.hours ?? 0),
    recordings: rows.map((row) => row?.clips ?? 0),
    averagePrecision: rows.map((row) => row?.ap ?? null),
    positives: rows.map((row) => row?.positives ?? 0),
    weak: rows.flatMap((row, index) => (row?.weak === false ? [] : [index])),
  };
}

const models = [];
const trained: TrainedModel[] = [];
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
    classFacts: classFactsOf(words.id, facts.labels.mids),
  });
  const selfCheck = await makeSelfCheck(card, weights);
  const difference = Math.max(...selfCheck.map((score, k) => Math.abs(score - facts.selfCheckInTorch[k]!)));
  if (!(difference <= 1e-3)) throw new Error(`${words.id}: this engine and PyTorch differ by ${difference}`);
  const checked = parseCard({ ...card, selfCheck });
  const target = join(fromRoot('public/models'), words.id);
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'model.safetensors'), weights);
  writeFileSync(join(target, 'card.json'), `${JSON.stringify(checked, null, 1)}\n`);
  trained.push({ card: checked, training: facts.training, torchDifference: difference });
  models.push(listedFrom(checked));
  console.log(
    `${words.id}: ${(weights.length / 1e6).toFixed(1)} MB, PyTorch differs by ${difference.toExponential(1)}`,
  );
}
const documentPath = fromRoot('docs/models.md');
const [cpu] = cpus();
const provenance = `${cpu?.model.trim() ?? 'unknown CPU'}, ${cpus().length} cores; commit ${commit}; ${new Date().toISOString().slice(0, 10)}`;
writeFileSync(documentPath, withFigures(readFileSync(documentPath, 'utf8'), figuresOf(trained, reports, provenance)));
writeFileSync(fromRoot('public/models/index.json'), `${JSON.stringify({ models }, null, 2)}\n`);
