/**
 * What network a state dict is: sizes from its tensors, the rest from the constructor that made it (SPEC sections 9 to 11), and the
 * check that every tensor the step graph needs is there, shaped right and finite. Pure; any thread. Positions resized on load are
 * the only new memory.
 */
import { EarshotError } from '../errors.ts';
import type { ModelCard, NetworkSpec } from './card.ts';
import { printable } from './refusals.ts';
import { elementCount, float32Tensor, type StateDict, type TensorData, toFloat32 } from './tensor.ts';

const PATCH = 16;
const MELS = 64;
const BANDS = MELS / PATCH;
/** Published networks have this many values per head; a file does not say it otherwise. */
const HEAD_WIDTH = 64;
/** The front end's buffers: computed when absent, so they may be missing (SPEC section 11). */
export const WINDOW_KEY = 'front_end.0.spectrogram.window';
export const FILTER_BANK_KEY = 'front_end.0.mel_scale.fb';
const TIME_KEY = 'time_pos_embed';

/** The largest lists of sounds have some thousand names. */
const MOST_CLASSES = 20_000;
/** Tables up to here are made whatever the network weighs. */
const MIN_STRETCH_BYTES = 2 ** 18;

export interface ConstructorDefaults {
  readonly family: NetworkSpec['family'];
  readonly pooling: NetworkSpec['pooling'];
  readonly targetFrames: number;
  readonly cacheFrames: number;
}

const streaming = (pooling: 'mean' | 'token', frames: number): ConstructorDefaults => ({
  family: 'streaming',
  pooling,
  targetFrames: frames,
  cacheFrames: frames,
});
const fullContext = (pooling: 'mean' | 'token'): ConstructorDefaults => ({
  family: 'full-context',
  pooling,
  targetFrames: 1012,
  cacheFrames: 0,
});

/** The published constructors (SPEC section 9). SAT_S_1s is called 1s and has 192 frames all the same. */
const CONSTRUCTORS: ReadonlyMap<string, ConstructorDefaults> = new Map([
  ['SAT_T_2s', streaming('mean', 192)],
  ['SAT_T_1s', streaming('mean', 96)],
  ['SAT_S_2s', streaming('token', 192)],
  ['SAT_S_1s', streaming('token', 192)],
  ['SAT_B_2s', streaming('mean', 192)],
  ['SAT_B_1s', streaming('mean', 96)],
  ['audiotransformer_tiny', fullContext('mean')],
  ['audiotransformer_small', fullContext('token')],
  ['audiotransformer_base', fullContext('mean')],
]);
export const CONSTRUCTOR_NAMES: readonly string[] = [...CONSTRUCTORS.keys()];
export const constructorDefaults = (name: string): ConstructorDefaults | undefined => CONSTRUCTORS.get(name);

/** The constructor a checkpoint names and the arguments it was called with. */
export interface ConstructorCall {
  readonly arch?: string | undefined;
  /** `embed_dim`, `depth`, `num_heads`, `pooling`, `eval_avg`, `pad_last`, `target_length`, `cache_length`; others do not matter here. */
  readonly args?: ReadonlyMap<unknown, unknown> | undefined;
  /** Wins over `args`. */
  readonly heads?: number | undefined;
}

/** Reads `model` and `model_args` of a checkpoint's `config` entry; an entry of another form says nothing. */
export function constructorCall(config: unknown): ConstructorCall {
  if (!(config instanceof Map)) return {};
  const arch: unknown = config.get('model');
  const args: unknown = config.get('model_args');
  return {
    ...(typeof arch === 'string' ? { arch } : {}),
    ...(args instanceof Map ? { args } : {}),
  };
}

export interface DerivedNetwork {
  /** The constructor that was followed; undefined when the tensors alone decided. */
  readonly arch: string | undefined;
  readonly network: NetworkSpec;
  readonly classes: number;
  readonly activation: ModelCard['activation'];
  /** The state as this network wants it: the time positions cropped or stretched where the constructor has another number of them. */
  readonly state: StateDict;
  /** What a person should know about how it was read; often empty. */
  readonly notes: readonly string[];
}

const refuse = (message: string): never => {
  throw new EarshotError('bad-weights', message);
};
const list = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/**
 * `call.arch` may be left out: then P = 24 means 192/192 frames, P = 12 means 96/96 (with a class
 * token SAT_S_1s), and full context 1012. Tensors are not validated
 * here beyond what deriving needs; call {@link validateState} with the result.
 * @throws EarshotError `bad-weights` saying what cannot be told, and how to tell it.
 */
export function deriveNetwork(state: StateDict, call: ConstructorCall = {}): DerivedNetwork {
  const args = call.args ?? new Map<unknown, unknown>();
  const notes: string[] = [];
  refuseOtherFrontEnds(args);
  const { family, blocks } = readBlocks(state);
  const named = call.arch === undefined ? undefined : CONSTRUCTORS.get(call.arch);
  if (call.arch !== undefined && !named) {
    notes.push(
      `The constructor "${printable(call.arch)}" is not one of ${CONSTRUCTOR_NAMES.join(', ')}; its tensors decide.`,
    );
  }
  if (named && named.family !== family) {
    refuse(`${call.arch} is a ${named.family} network, but the tensors are those of a ${family} one.`);
  }

  const table = tensorOf(state, TIME_KEY);
  const [one, tableWidth, alsoOne, positions] = table.shape;
  if (table.shape.length !== 4 || one !== 1 || alsoOne !== 1 || !positions || !tableWidth) {
    return refuse(`Tensor "${TIME_KEY}" has shape ${list(table.shape)}; [1, width, 1, positions] was expected.`);
  }
  const width = countArg(args, 'embed_dim') ?? tableWidth;
  const depth = countArg(args, 'depth') ?? blocks;
  const classes = tensorOf(state, 'outputlayer.1.weight').shape[0] ?? 0;
  if (classes < 1) refuse('Tensor "outputlayer.1.weight" has no rows, so the network has no classes.');

  const hasToken = state.has('cls_token');
  // The one streaming constructor with a class token and "1s" in its name has 24 positions all the same, and stretches (SPEC section 11).
  const looksLikeS1 = call.arch === undefined && family === 'streaming' && hasToken && positions === 12;
  if (looksLikeS1)
    notes.push('A class token and 12 time positions: read as SAT_S_1s; name another constructor with --arch.');
  const arch = named ? call.arch : looksLikeS1 ? 'SAT_S_1s' : undefined;
  const defaults = (arch === undefined ? undefined : CONSTRUCTORS.get(arch)) ?? framesOf(family, positions);
  const pooling =
    oneOf(args, 'pooling', ['mean', 'token', 'dm', 'logit'] as const) ?? named?.pooling ?? poolingOf(state);
  const targetFrames = countArg(args, 'target_length') ?? defaults.targetFrames;
  const cacheFrames = family === 'streaming' ? (countArg(args, 'cache_length') ?? defaults.cacheFrames) : 0;
  if (targetFrames < PATCH) refuse(`target_length must be at least ${PATCH} frames, got ${targetFrames}.`);
  if (family === 'streaming' && cacheFrames < PATCH) {
    refuse(`cache_length must be at least ${PATCH} frames, got ${cacheFrames}.`);
  }
  const timePositions = Math.floor((targetFrames + cacheFrames) / PATCH);
  if (timePositions > 65_536) refuse(`${targetFrames + cacheFrames} frames of target and cache are too many.`);
  if (classes > MOST_CLASSES) refuse(`${classes} classes are more than the ${MOST_CLASSES} that can be read.`);
  if (timePositions !== positions) {
    // The table is a hundredth of a real network; a few numbers stretched over the longest table would be gigabytes.
    if (tableWidth * timePositions * 4 > Math.max(MIN_STRETCH_BYTES, bytesOf(state))) {
      refuse(
        `${positions} time positions cannot be stretched to ${timePositions}: the table would outweigh the network.`,
      );
    }
    notes.push(
      `${positions} time positions were ${positions > timePositions ? 'cropped' : 'stretched'} to the constructor's ${timePositions}.`,
    );
  }

  return {
    arch,
    network: {
      family,
      width,
      depth,
      heads: headsOf(call.heads ?? countArg(args, 'num_heads'), width),
      patch: PATCH,
      pooling,
      targetFrames,
      cacheFrames,
      timePositions,
      segmentAverage:
        oneOf(
          args,
          'eval_avg',
          family === 'streaming' ? (['mean', 'max', 'last'] as const) : (['mean', 'max'] as const),
        ) ?? 'mean',
      padLast: booleanArg(args, 'pad_last') ?? family === 'full-context',
    },
    classes,
    activation: pooling === 'logit' ? 'none' : 'sigmoid',
    state: timePositions === positions ? state : withResizedPositions(state, table, timePositions),
    notes,
  };
}

const bytesOf = (state: StateDict): number => [...state.values()].reduce((total, { bytes }) => total + bytes.length, 0);

/** Family and depth, from which attention maps there are. */
function readBlocks(state: StateDict): { family: NetworkSpec['family']; blocks: number } {
  const indices = new Set<number>();
  let hasToQ = false;
  let hasQkv = false;
  for (const name of state.keys()) {
    const match = /^blocks\.(\d{1,6})\.(attn\.(to_q|qkv)\.)?/.exec(name);
    if (!match) continue;
    indices.add(Number(match[1]));
    hasToQ ||= match[3] === 'to_q';
    hasQkv ||= match[3] === 'qkv';
  }
  if (hasToQ === hasQkv) {
    return refuse(
      hasToQ
        ? 'The tensors mix a streaming network (attn.to_q) and a full-context one (attn.qkv).'
        : 'These are not the tensors of an audio transformer: neither blocks.0.attn.to_q.weight nor blocks.0.attn.qkv.weight is there.',
    );
  }
  for (let i = 0; i < indices.size; i++) {
    if (!indices.has(i)) refuse(`The tensors of blocks.${i} are missing, later blocks are there.`);
  }
  return { family: hasToQ ? 'streaming' : 'full-context', blocks: indices.size };
}

/** Without a constructor's name the number of positions has to tell (SPEC section 10, last paragraph). */
function framesOf(family: NetworkSpec['family'], positions: number): { targetFrames: number; cacheFrames: number } {
  if (family === 'full-context') return { targetFrames: 1012, cacheFrames: 0 };
  if (positions === 24) return { targetFrames: 192, cacheFrames: 192 };
  if (positions === 12) return { targetFrames: 96, cacheFrames: 96 };
  return refuse(
    `${positions} time positions do not tell how they divide into new and remembered sound (24 and 12 do); name the constructor, for example --arch SAT_T_2s.`,
  );
}

/** Half of a class token is a file with a tensor missing, not a network that takes the mean. */
function poolingOf(state: StateDict): NetworkSpec['pooling'] {
  const [token, position] = ['cls_token', 'token_pos_embed'] as const;
  if (state.has(token) !== state.has(position)) {
    const [there, missing] = state.has(token) ? [token, position] : [position, token];
    refuse(`The weights have no tensor "${missing}", though they have "${there}"; the two belong together.`);
  }
  return state.has(token) ? 'token' : 'mean';
}

function headsOf(given: number | undefined, width: number): number {
  if (given === undefined && width % HEAD_WIDTH !== 0) {
    refuse(
      `The number of attention heads is not in the file and cannot be told from a width of ${width}; give it, for example --heads 3 (or config.model_args.num_heads in the checkpoint).`,
    );
  }
  const heads = given ?? width / HEAD_WIDTH;
  if (!Number.isInteger(heads) || heads < 1 || width % heads !== 0) {
    refuse(`heads must be a whole number that divides the width ${width}, got ${heads}.`);
  }
  return heads;
}

function tensorOf(state: StateDict, name: string): TensorData {
  return state.get(name) ?? refuse(`The weights have no tensor "${name}".`);
}

function countArg(args: ReadonlyMap<unknown, unknown>, name: string): number | undefined {
  const value = args.get(name);
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 1_000_000) return value;
  return refuse(`config.model_args.${name} must be a positive whole number, got ${show(value)}.`);
}

function booleanArg(args: ReadonlyMap<unknown, unknown>, name: string): boolean | undefined {
  const value = args.get(name);
  if (value === undefined || value === null) return undefined;
  return typeof value === 'boolean'
    ? value
    : refuse(`config.model_args.${name} must be true or false, got ${show(value)}.`);
}

function oneOf<T extends string>(
  args: ReadonlyMap<unknown, unknown>,
  name: string,
  allowed: readonly T[],
): T | undefined {
  const value = args.get(name);
  if (value === undefined || value === null) return undefined;
  return (
    allowed.find((word) => word === value) ??
    refuse(`config.model_args.${name} must be one of ${allowed.join(', ')}, got ${show(value)}.`)
  );
}

/** Arguments that would make another front end or patch grid than the one there is; silence about them would be wrong scores. */
const FIXED_ARGS: readonly (readonly [string, number | boolean])[] = [
  ['n_mels', MELS],
  ['patch_size', PATCH],
  ['patch_stride', PATCH],
  ['n_fft', 512],
  ['win_size', 512],
  ['hop_size', 160],
  ['f_min', 0],
  ['f_max', 8000],
  ['init_bn', true],
];

function refuseOtherFrontEnds(args: ReadonlyMap<unknown, unknown>): void {
  for (const [name, expected] of FIXED_ARGS) {
    const value = args.get(name);
    if (value === undefined || value === null) continue;
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (!values.every((v) => v === expected)) {
      refuse(`config.model_args.${name} must be ${expected} here, got ${show(value)}.`);
    }
  }
}

const show = (value: unknown): string =>
  typeof value === 'string'
    ? `"${printable(value)}"`
    : typeof value === 'object' && value !== null
      ? Array.isArray(value)
        ? 'a list'
        : 'an object'
      : String(value);

function withResizedPositions(state: StateDict, table: TensorData, to: number): StateDict {
  const width = table.shape[1]!;
  const values = resizePositions(toFloat32(table), width, table.shape[3]!, to);
  const resized = new Map(state);
  resized.set(TIME_KEY, float32Tensor([1, width, 1, to], values));
  return resized;
}

/**
 * Rows of `from` positions as rows of `to`: the first ones when there are more, else linear interpolation with half-pixel centres
 * and clamped edges (SPEC section 11). Row-major [rows, positions].
 */
export function resizePositions(table: Float32Array, rows: number, from: number, to: number): Float32Array {
  const out = new Float32Array(rows * to);
  for (let row = 0; row < rows; row++) {
    const source = table.subarray(row * from, (row + 1) * from);
    if (to <= from) {
      out.set(source.subarray(0, to), row * to);
      continue;
    }
    for (let i = 0; i < to; i++) {
      const at = Math.max(0, ((i + 0.5) * from) / to - 0.5);
      const left = Math.floor(at);
      const right = Math.min(left + 1, from - 1);
      const share = at - left;
      out[row * to + i] = source[left]! * (1 - share) + source[right]! * share;
    }
  }
  return out;
}

/** Every tensor a network of this kind must have, with its shape (SPEC section 10). */
export function* requiredTensors(
  network: NetworkSpec,
  classes: number,
): Generator<readonly [name: string, shape: readonly number[]]> {
  const { width: D, depth, timePositions, family } = network;
  if (network.pooling === 'token') {
    yield ['cls_token', [1, 1, D]];
    yield ['token_pos_embed', [1, D]];
  }
  yield [TIME_KEY, [1, D, 1, timePositions]];
  yield ['freq_pos_embed', [1, D, BANDS, 1]];
  for (const part of ['weight', 'bias', 'running_mean', 'running_var']) yield [`init_bn.1.${part}`, [MELS]];
  yield ['patch_embed.proj.weight', [D, 1, PATCH, PATCH]];
  yield ['patch_embed.proj.bias', [D]];
  const linear = (name: string, rows: number, columns: number): (readonly [string, readonly number[]])[] => [
    [`${name}.weight`, [rows, columns]],
    [`${name}.bias`, [rows]],
  ];
  const norm = (name: string): (readonly [string, readonly number[]])[] => [
    [`${name}.weight`, [D]],
    [`${name}.bias`, [D]],
  ];
  for (let i = 0; i < depth; i++) {
    const block = `blocks.${i}`;
    yield* norm(`${block}.norm1`);
    if (family === 'streaming') {
      yield* linear(`${block}.attn.to_q`, D, D);
      yield* linear(`${block}.attn.to_kv`, 2 * D, D);
    } else {
      yield* linear(`${block}.attn.qkv`, 3 * D, D);
    }
    yield* linear(`${block}.attn.proj`, D, D);
    yield* norm(`${block}.norm2`);
    yield* linear(`${block}.mlp.fc1`, 4 * D, D);
    yield* linear(`${block}.mlp.fc2`, D, 4 * D);
  }
  yield* norm('norm');
  yield* norm('outputlayer.0');
  yield* linear('outputlayer.1', classes, D);
}

const FRONT_END: ReadonlyMap<string, readonly number[]> = new Map([
  [WINDOW_KEY, [512]],
  [FILTER_BANK_KEY, [257, MELS]],
]);

/**
 * Refuses a state that does not fit: a tensor missing, of another shape, not floating point, not finite. Window and filter bank may
 * be missing. @returns keys nobody asked for, which are ignored. @throws EarshotError `bad-weights` naming the tensor.
 */
export function validateState(state: StateDict, network: NetworkSpec, classes: number): readonly string[] {
  const known = new Set<string>(['init_bn.1.num_batches_tracked']);
  for (const [name, shape] of requiredTensors(network, classes)) {
    known.add(name);
    const tensor = state.get(name);
    if (!tensor) refuse(`The weights have no tensor "${name}"; shape ${list(shape)} was expected.`);
    else checkTensor(name, tensor, shape);
  }
  for (const [name, shape] of FRONT_END) {
    known.add(name);
    const tensor = state.get(name);
    if (tensor) checkTensor(name, tensor, shape);
  }
  if (toFloat32(tensorOf(state, 'init_bn.1.running_var')).some((variance) => variance < 0)) {
    refuse('Tensor "init_bn.1.running_var" holds a negative variance.');
  }
  return [...state.keys()].filter((name) => !known.has(name));
}

function checkTensor(name: string, tensor: TensorData, shape: readonly number[]): void {
  if (tensor.shape.length !== shape.length || tensor.shape.some((dim, i) => dim !== shape[i])) {
    refuse(`Tensor "${name}" has shape ${list(tensor.shape)}; ${list(shape)} was expected.`);
  }
  const bad = firstNonFinite(name, tensor);
  if (bad >= 0) refuse(`Tensor "${name}" is not finite: value ${bad} of ${elementCount(shape)} is NaN or infinite.`);
}

/** Index of the first value that float32 cannot hold, or -1. Looks at the exponent bits, so that nothing is widened. */
function firstNonFinite(name: string, tensor: TensorData): number {
  const { dtype, bytes } = tensor;
  switch (dtype) {
    case 'F16':
      return firstOf(bytes, 2, (piece) => firstWithin(new Uint16Array(...piece), 0x7c00));
    case 'BF16':
      return firstOf(bytes, 2, (piece) => firstWithin(new Uint16Array(...piece), 0x7f80));
    case 'F32':
      return firstOf(bytes, 4, (piece) => firstWithin(new Uint32Array(...piece), 0x7f800000));
    case 'F64':
      return firstOf(bytes, 8, (piece) =>
        new Float64Array(...piece).findIndex((v) => !Number.isFinite(Math.fround(v))),
      );
    case 'I8':
      // Scales were checked when they were read; integers are finite.
      if (tensor.scale) return -1;
      return refuse(`Tensor "${name}" holds I8 and has no scale; "${name}.scale" was expected.`);
    default:
      return refuse(`Tensor "${name}" holds ${dtype}, floating point was expected.`);
  }
}

type Piece = [buffer: ArrayBufferLike, byteOffset: number, values: number];
const PIECE_BYTES = 65_536;

/** Calls `look` with all of the bytes where they are aligned, else with aligned copies of a piece at a time. */
function firstOf(bytes: Uint8Array, size: number, look: (piece: Piece) => number): number {
  if (bytes.byteOffset % size === 0) return look([bytes.buffer, bytes.byteOffset, bytes.length / size]);
  const copy = new Uint8Array(Math.min(PIECE_BYTES, bytes.length));
  for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
    const piece = bytes.subarray(from, from + PIECE_BYTES);
    copy.set(piece);
    const found = look([copy.buffer, 0, piece.length / size]);
    if (found >= 0) return from / size + found;
  }
  return -1;
}

/** A plain loop: this runs over every weight of a model whenever one is loaded. */
function firstWithin(values: Uint16Array | Uint32Array, mask: number): number {
  for (let i = 0; i < values.length; i++) {
    if ((values[i]! & mask) === mask) return i;
  }
  return -1;
}
