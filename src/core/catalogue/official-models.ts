/**
 * The nine files that the authors of Streaming Audio Transformers published (Zenodo record 7964975): what is known of each without
 * the network. Only names and figures; the weights are not in this repository. Sizes are computed from the shapes of the state dict
 * (SPEC sections 9 and 10) and called approximate, because nobody here has seen the files. Pure; any thread.
 */
import type { NetworkSpec } from '../model/card.ts';
import { constructorDefaults, FILTER_BANK_KEY, requiredTensors, WINDOW_KEY } from '../model/network.ts';
import { elementCount } from '../model/tensor.ts';
import type { Seconds } from '../units.ts';

export interface OfficialModel {
  /** Ours, for addresses and folders; told from our embedded models by its ending. */
  readonly id: string;
  /** As the record has it, letter for letter. */
  readonly fileName: string;
  /** The constructor's name, to be given to the import: it alone tells SAT_S_1s from SAT_S_2s. */
  readonly arch: string;
  readonly title: string;
  readonly family: NetworkSpec['family'];
  readonly size: 'tiny' | 'small' | 'base';
  /** The chunk its authors run it on; for full context the longest sound it sees at once. */
  readonly delayS: Seconds;
  readonly classes: number;
  readonly parameters: number;
  /** All tensors as float32, without the container. The record has the true size. */
  readonly approximateBytes: number;
  /** Mean average precision on AudioSet's evaluation set in percent, as the file's name says. Not measured here. */
  readonly publishedMapPercent: number;
}

const SIZES = {
  tiny: { width: 192, heads: 3, letter: 'T' },
  small: { width: 384, heads: 6, letter: 'S' },
  base: { width: 768, heads: 12, letter: 'B' },
} as const;
const DEPTH = 12;
const CLASSES = 527;
/** Not parameters, though in every state dict. */
const BUFFERS: ReadonlyMap<string, { readonly values: number; readonly bytes: number }> = new Map([
  [WINDOW_KEY, { values: 512, bytes: 2048 }],
  [FILTER_BANK_KEY, { values: 257 * 64, bytes: 257 * 64 * 4 }],
  ['init_bn.1.num_batches_tracked', { values: 1, bytes: 8 }],
]);

/** The full-size network of a published constructor. @throws RangeError for another name. */
export function officialNetwork(arch: string): NetworkSpec {
  const known = constructorDefaults(arch);
  const size = /^(?:SAT_([TSB])_|audiotransformer_(tiny|small|base)$)/.exec(arch);
  if (!known || !size) throw new RangeError(`arch must be a published constructor, got "${arch}"`);
  const { width, heads } = SIZES[sizeOf(size[1] ?? size[2]!)];
  return {
    ...known,
    width,
    heads,
    depth: DEPTH,
    patch: 16,
    timePositions: Math.floor((known.targetFrames + known.cacheFrames) / 16),
    segmentAverage: 'mean',
    padLast: known.family === 'full-context',
  };
}

const sizeOf = (word: string): OfficialModel['size'] =>
  word === 'T' || word === 'tiny' ? 'tiny' : word === 'S' || word === 'small' ? 'small' : 'base';

function official(fileName: string): OfficialModel {
  const streaming = /^SAT_([TSB])_stream([12])s_mAP_(\d\d)_(\d\d)\.pt$/.exec(fileName);
  const full = /^audiotransformer_(tiny|small|base)_mAP_(\d\d)_(\d\d)\.pt$/.exec(fileName);
  const [, word, ...rest] = streaming ?? full ?? [];
  if (word === undefined) throw new RangeError(`"${fileName}" has not the form of a published name`);
  const size = sizeOf(word);
  const seconds = streaming ? Number(rest[0]) : 10;
  const arch = streaming ? `SAT_${word}_${seconds}s` : `audiotransformer_${word}`;
  const network = officialNetwork(arch);
  let values = 0;
  let parameters = 0;
  for (const [name, shape] of requiredTensors(network, CLASSES)) {
    const count = elementCount(shape);
    values += count;
    if (!name.includes('.running_')) parameters += count;
  }
  let bytes = values * 4;
  for (const buffer of BUFFERS.values()) bytes += buffer.bytes;
  const { letter } = SIZES[size];
  return {
    id: `${arch.toLowerCase().replaceAll('_', '-')}-audioset`,
    fileName,
    arch,
    title: streaming ? `SAT-${letter}, ${seconds} s` : `ViT-${letter}, 10 s`,
    family: network.family,
    size,
    delayS: seconds,
    classes: CLASSES,
    parameters,
    approximateBytes: bytes,
    publishedMapPercent: Number(rest.slice(-2).join('.')),
  };
}

export const OFFICIAL_MODELS: readonly OfficialModel[] = [
  'SAT_T_stream2s_mAP_43_34.pt',
  'SAT_T_stream1s_mAP_40_11.pt',
  'SAT_S_stream2s_mAP_43_37.pt',
  'SAT_S_stream1s_mAP_40_55.pt',
  'SAT_B_stream2s_mAP_45_29.pt',
  'SAT_B_stream1s_mAP_41_37.pt',
  'audiotransformer_tiny_mAP_44_15.pt',
  'audiotransformer_small_mAP_45_68.pt',
  'audiotransformer_base_mAP_47_40.pt',
].map(official);

export const officialModelByFile = (fileName: string): OfficialModel | undefined =>
  OFFICIAL_MODELS.find((model) => model.fileName === fileName);
