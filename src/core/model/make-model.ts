/**
 * Makes a model folder's two files out of a state dict: the card, and the weights as `.safetensors` under their canonical names
 * (SPEC section 10) in the precision asked for. Any thread; allocates the file and little else.
 */
import { melFilterBank, periodicHann } from '../dsp/mel.ts';
import { audioSetLabels, type Labels } from '../scores/audioset-labels.ts';
import type { ClassFacts, FeatureSpec, Framing, ModelCard, NetworkSpec, StorageFacts } from './card.ts';
import {
  type ConstructorCall,
  constructorCall,
  type DerivedNetwork,
  deriveNetwork,
  FILTER_BANK_KEY,
  requiredTensors,
  validateState,
  WINDOW_KEY,
} from './network.ts';
import { type Precision, storedPrecision, writeInPrecision } from './precision.ts';
import { printableList } from './refusals.ts';
import { readSafetensors } from './safetensors.ts';
import { stepIo } from './step-io.ts';
import { float32Tensor, type StateDict, type TensorData, toFloat32 } from './tensor.ts';

/** The front end of SPEC section 1. */
export const REFERENCE_FEATURES: FeatureSpec = {
  nFft: 512,
  winSamples: 512,
  hopSamples: 160,
  mels: 64,
  fMinHz: 0,
  fMaxHz: 8000,
  melScale: 'htk',
  floorDb: -100,
  rangeDb: 120,
  storedFrontEnd: false,
};

/** Float64 against the float32 buffers of a checkpoint moves entries by at most 5.2e-6; a half-precision one by 2.4e-4. */
const FRONT_END_TOLERANCE = 1e-5;

/** What a card says that no tensor can. */
export interface CardWords {
  readonly id: string;
  readonly title?: string | undefined;
  readonly summary?: string | undefined;
  readonly revision?: string | undefined;
  readonly origin: string;
  readonly licence?: ModelCard['licence'] | undefined;
  readonly labels?: Labels | undefined;
  readonly framing?: Framing | undefined;
  readonly chunk?: ModelCard['chunk'] | undefined;
  readonly quality?: ModelCard['quality'] | undefined;
  readonly selfCheck?: readonly number[] | null | undefined;
  /** What training knew of each class. */
  readonly classFacts?: ClassFacts | undefined;
}

export interface CardFacts extends CardWords {
  readonly network: NetworkSpec;
  readonly classes: number;
  readonly activation: ModelCard['activation'];
  /** The constructor's name, which alone tells SAT_S_1s from SAT_S_2s. */
  readonly arch?: string | undefined;
  readonly storedFrontEnd: boolean;
  readonly sha256: string;
  readonly weightsBytes: number;
  readonly storage?: StorageFacts | undefined;
}

/** The card for weights whose network is known; `words` left out get plain, honest defaults. */
export function cardFor(facts: CardFacts): ModelCard {
  const { network, classes, id } = facts;
  const labels = facts.labels ?? defaultLabels(classes);
  if (labels.mids.length !== classes || labels.names.length !== classes) {
    throw new RangeError(`labels must hold ${classes} mids and names, got ${labels.mids.length}`);
  }
  return {
    format: 'earshot-card/1',
    id,
    revision: facts.revision ?? '1',
    title: facts.title ?? id,
    summary: facts.summary ?? `${describeNetwork(network, classes)}, imported; nothing is known about its quality.`,
    sha256: facts.sha256,
    weightsBytes: facts.weightsBytes,
    ...(facts.storage && { storage: facts.storage }),
    licence: facts.licence ?? {
      spdx: 'NOASSERTION',
      note: 'The licence of these weights is not known to Earshot; ask where they come from.',
    },
    origin: facts.origin,
    audio: { sampleRateHz: 16000 },
    features: { ...REFERENCE_FEATURES, storedFrontEnd: facts.storedFrontEnd },
    framing: facts.framing ?? 'continuous',
    chunk: facts.chunk ?? liveChunk(network, facts.arch),
    network,
    io: stepIo(network, classes),
    labels: { mids: [...labels.mids], names: [...labels.names] },
    activation: facts.activation,
    selfCheck: facts.selfCheck ? [...facts.selfCheck] : null,
    quality: facts.quality ?? [],
    ...(facts.classFacts && { classes: facts.classFacts }),
  };
}

/** In a few words: `a streaming network of 12 layers, width 192 (2 s chunks), 527 classes`. */
export function describeNetwork(network: NetworkSpec, classes: number): string {
  const seconds = (network.targetFrames / 100).toFixed(network.targetFrames % 100 === 0 ? 0 : 2);
  const kind = network.family === 'streaming' ? 'A streaming' : 'A full-context';
  return `${kind} network of ${network.depth} layers and width ${network.width} (${seconds} s segments, ${network.pooling} pooling, ${classes} classes)`;
}

/**
 * One live chunk fills one segment, and is whole patches: 1008 frames of the 1012 that a full-context model takes. SAT_S_1s is the
 * exception: meant for 1 s, built with segments of 2 s (SPEC section 9).
 */
function liveChunk(network: NetworkSpec, arch: string | undefined): ModelCard['chunk'] {
  const { targetFrames, patch } = network;
  const frames = arch === 'SAT_S_1s' && targetFrames === 192 ? 96 : Math.floor(targetFrames / patch) * patch;
  return { strideFrames: frames, inputFrames: frames };
}

/** AudioSet where the count says so; otherwise names that claim nothing. */
export function defaultLabels(classes: number): Labels {
  if (classes === audioSetLabels.mids.length) return audioSetLabels;
  const indices = Array.from({ length: classes }, (_, i) => i);
  return {
    mids: indices.map((i) => `class_${String(i).padStart(3, '0')}`),
    names: indices.map((i) => `Class ${i}`),
  };
}

export interface ReadModelOptions extends CardWords, ConstructorCall {
  readonly state: StateDict;
  /** The checkpoint's `config` entry, if there was one; `arch` and `args` win over what it says. */
  readonly config?: unknown;
}

export interface MakeModelOptions extends ReadModelOptions {
  /** How the weights are to be stored; never wider than they came. `fp32`, the default: as they came. */
  readonly precision?: Precision | undefined;
  /** Lower-case hex. */
  readonly sha256: (bytes: Uint8Array<ArrayBuffer>) => string | Promise<string>;
}

export interface MadeModel {
  /** Its `storage` says the precision; `difference` is for whoever can run it (see {@link cardWithDifference}). */
  readonly card: ModelCard;
  /** The `.safetensors` file. */
  readonly weights: Uint8Array<ArrayBuffer>;
  readonly notes: readonly string[];
}

/** A model as it came: to be run, not to be kept. */
export interface UnsavedModel {
  /** Its hash is zeros. */
  readonly card: ModelCard;
  /** The network's tensors and no others: views of the caller's. */
  readonly state: StateDict;
  readonly notes: readonly string[];
}

/**
 * What a state dict is, before anything is converted or written: for the reference scores of {@link MakeModelOptions.precision}.
 * @throws EarshotError `bad-weights` when the tensors are not a whole network, or when what it is cannot be told.
 */
export function unsavedModel(options: ReadModelOptions): UnsavedModel {
  const call = constructorCall(options.config);
  const arch = options.arch ?? call.arch;
  const derived = deriveNetwork(options.state, { arch, args: options.args ?? call.args, heads: options.heads });
  const { tensors, storedFrontEnd, ignored } = canonicalTensors(derived);
  const { network, classes, activation } = derived;
  const notes = [...derived.notes];
  if (ignored.length > 0) notes.push(`Ignored, as they belong to no part of the network: ${printableList(ignored)}.`);
  if (storedFrontEnd) notes.push('The stored window and filter bank differ from the computed ones and were kept.');
  const card = cardFor({
    ...options,
    arch: derived.arch,
    network,
    classes,
    activation,
    storedFrontEnd,
    sha256: '0'.repeat(64),
    weightsBytes: [...tensors.values()].reduce((sum, { bytes }) => sum + bytes.length, 0),
    storage: { precision: storedPrecision(tensors) },
  });
  return { card, state: tensors, notes };
}

/** @throws EarshotError as {@link unsavedModel}. */
export async function makeModel(options: MakeModelOptions): Promise<MadeModel> {
  const { card, state, notes } = unsavedModel(options);
  const weights = writeInPrecision(state, options.precision ?? 'fp32', { format: 'pt' });
  return {
    card: {
      ...card,
      sha256: await options.sha256(weights),
      weightsBytes: weights.length,
      storage: { precision: storedPrecision(readSafetensors(weights).tensors) },
    },
    weights,
    notes,
  };
}

/** The card with what its storage was measured to cost, to three digits: the next engine differs in the others. */
export function cardWithDifference(card: ModelCard, difference: NonNullable<StorageFacts['difference']>): ModelCard {
  if (!card.storage) throw new TypeError('a card that says how its weights are stored is needed');
  const rounded = (value: number): number => Number(value.toPrecision(3));
  const { max, mean } = difference;
  return {
    ...card,
    storage: { ...card.storage, difference: { ...difference, max: rounded(max), mean: rounded(mean) } },
  };
}

/** The network's tensors and no others, checked, in the order of SPEC section 10. */
export function canonicalTensors({ state, network, classes }: DerivedNetwork): {
  readonly tensors: StateDict;
  readonly storedFrontEnd: boolean;
  readonly ignored: readonly string[];
} {
  const ignored = validateState(state, network, classes);
  const tensors = new Map<string, TensorData>();
  const frontEnd = storedFrontEndTensors(state);
  for (const [name, tensor] of frontEnd) tensors.set(name, tensor);
  for (const [name] of requiredTensors(network, classes)) tensors.set(name, state.get(name)!);
  return { tensors, storedFrontEnd: frontEnd.size > 0, ignored };
}

/** Both buffers when either differs from the computed one (the missing one filled in), neither otherwise. */
function storedFrontEndTensors(state: StateDict): StateDict {
  const { nFft, mels, fMinHz, fMaxHz, winSamples } = REFERENCE_FEATURES;
  const bins = nFft / 2 + 1;
  const buffers = [
    { name: WINDOW_KEY, shape: [winSamples], computed: periodicHann(winSamples) },
    {
      name: FILTER_BANK_KEY,
      shape: [bins, mels],
      computed: melFilterBank({ sampleRateHz: 16_000, nFft, mels, fMinHz, fMaxHz }),
    },
  ];
  const differs = buffers.some(({ name, computed }) => {
    const stored = state.get(name);
    return stored && toFloat32(stored).some((value, i) => Math.abs(value - computed[i]!) > FRONT_END_TOLERANCE);
  });
  if (!differs) return new Map();
  return new Map(
    buffers.map(({ name, shape, computed }) => [
      name,
      state.get(name) ?? float32Tensor(shape, Float32Array.from(computed)),
    ]),
  );
}
