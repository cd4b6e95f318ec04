/**
 * The model card: everything a model needs said that its tensors cannot say, kept as `card.json` beside
 * `model.safetensors`. Parsed with valibot; unknown keys are refused by name so that a typing mistake never passes for a default.
 */
import * as v from 'valibot';
import { EarshotError } from '../errors.ts';
import { PRECISIONS } from './precision.ts';

const Count = v.pipe(v.number(), v.integer(), v.minValue(1));
const Natural = v.pipe(v.number(), v.integer(), v.minValue(0));

/** One named tensor of the step graph. A string in `shape` is a symbolic dimension. */
const TensorSpecSchema = v.strictObject({
  name: v.string(),
  shape: v.array(v.union([Natural, v.string()])),
});
/** One carried tensor: fed as `input`, comes back as `output`. */
const StateSpecSchema = v.strictObject({
  input: v.string(),
  output: v.string(),
  shape: v.array(v.union([Natural, v.string()])),
});

const FramingSchema = v.picklist(['per-chunk', 'continuous']);

const NetworkSchema = v.strictObject({
  /** `streaming` carries keys and values from chunk to chunk (SAT); `full-context` sees one window and remembers nothing. */
  family: v.picklist(['streaming', 'full-context']),
  /** Embedding width D. */
  width: Count,
  depth: Count,
  heads: Count,
  /** Square patch side: mel bands and frames. */
  patch: v.literal(16),
  /** `mean` and `token` are published; `dm` and `logit` are constructor options of the reference (SPEC section 7). */
  pooling: v.picklist(['mean', 'token', 'dm', 'logit']),
  /** Frames of one segment: 192 (2 s), 96 (1 s), 1012 (10 s). */
  targetFrames: Count,
  /** Frames the cache remembers; 0 for full-context. */
  cacheFrames: Natural,
  /** Columns P of the time position table. */
  timePositions: Count,
  /** How scores of several segments of one call are joined (SPEC section 6). */
  segmentAverage: v.picklist(['mean', 'max', 'last']),
  /** Is a last piece shorter than the target padded and scored, or dropped? */
  padLast: v.boolean(),
});

const QualitySchema = v.strictObject({
  /** What was measured, on what, by which command. */
  measure: v.string(),
  on: v.string(),
  value: v.number(),
  note: v.optional(v.string()),
});

const Share = v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(1));
const Amount = v.pipe(v.number(), v.finite(), v.minValue(0));

/** How the weights lie in the file (core/model/precision). The engine computes in float32 whatever this says. */
const StorageSchema = v.strictObject({
  precision: v.picklist(PRECISIONS),
  /** What converting cost: scores of these weights against those of the weights as they came, both computed in float32. */
  difference: v.optional(
    v.strictObject({
      /** Of any score of any class. */
      max: Amount,
      mean: Amount,
      chunks: Count,
      /** The sound they were compared on: a name of public/samples. */
      clip: v.string(),
      /** Who computed them, such as `onnxruntime-node CPU`. */
      engine: v.string(),
    }),
  ),
});

/** What training knew of each class, in label order. Every list but `weak` is as long as the labels. */
const ClassesSchema = v.strictObject({
  /** Sound in the training set that has the class, in hours. */
  hours: v.array(Amount),
  /** Recordings in the training set that have it. */
  recordings: v.array(Natural),
  /** On held-out recordings, 0 to 1; null where none of them has the class. */
  averagePrecision: v.array(v.nullable(Share)),
  /** Held-out recordings that have it: how far `averagePrecision` can be trusted. */
  positives: v.array(Natural),
  /** Indices of classes whose scores should not be relied on. */
  weak: v.array(Natural),
});

const CardSchema = v.strictObject({
  format: v.literal('earshot-card/1'),
  id: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9._-]*$/i, 'must be letters, digits, dots, dashes or underscores')),
  revision: v.string(),
  /** For people: one short name and one honest sentence. */
  title: v.string(),
  summary: v.string(),
  /** SHA-256 of model.safetensors, lower-case hex. */
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits')),
  weightsBytes: Count,
  /** Absent in cards made before there was a choice: the tensors themselves say it too. */
  storage: v.optional(StorageSchema),
  licence: v.strictObject({ spdx: v.string(), note: v.string() }),
  origin: v.string(),
  audio: v.strictObject({ sampleRateHz: v.literal(16000) }),
  features: v.strictObject({
    nFft: Count,
    winSamples: Count,
    hopSamples: Count,
    mels: Count,
    fMinHz: v.number(),
    fMaxHz: v.number(),
    melScale: v.literal('htk'),
    /** Lowest value: 10·log10(1e-10). */
    floorDb: v.number(),
    /** Range clamp below the maximum of one front-end call (SPEC section 1 step 6). */
    rangeDb: v.number(),
    /** True when window and filter bank are read from the weights because they differ from the computed ones (half checkpoints). */
    storedFrontEnd: v.boolean(),
  }),
  /** How live sound is framed by default. */
  framing: FramingSchema,
  /** One live chunk: frames consumed, and frames from one chunk start to the next. */
  chunk: v.strictObject({ strideFrames: Count, inputFrames: Count }),
  network: NetworkSchema,
  io: v.strictObject({
    inputs: v.array(TensorSpecSchema),
    output: TensorSpecSchema,
    state: v.array(StateSpecSchema),
  }),
  labels: v.strictObject({ mids: v.array(v.string()), names: v.array(v.string()) }),
  /** Turns the graph's output into probabilities; classes sound together, so never softmax. */
  activation: v.picklist(['sigmoid', 'none']),
  /** Scores of the stored self-check chunk (core/engine/self-check), label order; null when none was made. */
  selfCheck: v.nullable(v.array(v.number())),
  quality: v.array(QualitySchema),
  /** Known only of models that Earshot trained. */
  classes: v.optional(ClassesSchema),
});

export type ModelCard = v.InferOutput<typeof CardSchema>;
export type NetworkSpec = ModelCard['network'];
export type FeatureSpec = ModelCard['features'];
export type TensorSpec = v.InferOutput<typeof TensorSpecSchema>;
export type StateSpec = v.InferOutput<typeof StateSpecSchema>;
export type StorageFacts = v.InferOutput<typeof StorageSchema>;
export type ClassFacts = v.InferOutput<typeof ClassesSchema>;
export type Framing = v.InferOutput<typeof FramingSchema>;

/** Parses card.json (already JSON-decoded). Throws `bad-card` naming the first field that is wrong and what came. */
export function parseCard(value: unknown): ModelCard {
  const result = v.safeParse(CardSchema, value, { abortEarly: true });
  if (!result.success) {
    const issue = result.issues[0];
    const path = v.getDotPath(issue) ?? '(the card itself)';
    throw new EarshotError('bad-card', `card.json: ${path}: ${issue.message}`);
  }
  const card = result.output;
  const refuse = (message: string): never => {
    throw new EarshotError('bad-card', `card.json of ${card.id}: ${message}`);
  };
  const { network, labels } = card;
  if (network.width % network.heads !== 0) {
    refuse(`network.width ${network.width} is not a multiple of network.heads ${network.heads}`);
  }
  if (labels.mids.length !== labels.names.length) {
    refuse(`labels has ${labels.mids.length} mids and ${labels.names.length} names`);
  }
  if (new Set(labels.mids).size !== labels.mids.length) refuse('labels.mids holds a mid twice');
  if (network.family === 'streaming' && network.cacheFrames < network.patch) {
    refuse(`a streaming model needs network.cacheFrames of at least ${network.patch}, got ${network.cacheFrames}`);
  }
  if (card.selfCheck && card.selfCheck.length !== labels.mids.length) {
    refuse(`selfCheck has ${card.selfCheck.length} scores for ${labels.mids.length} labels`);
  }
  const wrong = card.classes && wrongClassFacts(card.classes, labels.mids.length);
  if (wrong) refuse(wrong);
  return card;
}

function wrongClassFacts(facts: ClassFacts, labels: number): string | null {
  for (const name of ['hours', 'recordings', 'averagePrecision', 'positives'] as const) {
    const { length } = facts[name];
    if (length !== labels) return `classes.${name} has ${length} values for ${labels} labels`;
  }
  const beyond = facts.weak.find((index) => index >= labels);
  if (beyond !== undefined) return `classes.weak holds ${beyond}, the labels end at ${labels - 1}`;
  if (new Set(facts.weak).size !== facts.weak.length) return 'classes.weak holds a class twice';
  const unfounded = facts.averagePrecision.findIndex((value, i) => value !== null && facts.positives[i] === 0);
  return unfounded < 0
    ? null
    : `classes.averagePrecision of class ${unfounded} rests on no positives, null was expected`;
}

/** Tokens the cache can hold: C = 4·(cacheFrames // 16), SPEC section 5. */
export const cacheCapacity = (network: NetworkSpec, mels = 64): number =>
  (mels / network.patch) * Math.floor(network.cacheFrames / network.patch);
