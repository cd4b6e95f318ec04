/**
 * How weights are stored: as they came, halved, or quartered. Storage only: the engine computes in float32 whatever they are stored
 * as. Pure; any thread; converts tensor by tensor.
 *
 * | | matrices of the layers | patch embedding and head | vectors, statistics, positions, front end |
 * |---|---|---|---|
 * | `fp32` | as they came | as they came | as they came |
 * | `fp16` | half | half | as they came |
 * | `int8` | integers with a float32 scale for each output row | half | as they came |
 *
 * What half cannot hold (above 65 504, or all below 2^-14) stays as it came.
 *
 * Nothing is ever widened, since that gains nothing: `fp32` of a half file stays half, `fp16` of an int8 file stays int8, and
 * {@link storedPrecision} says so. Only float64 becomes float32, which is what the engine reads it as.
 */
import { EarshotError } from '../errors.ts';
import { layOutSafetensors, type TensorPlan } from './safetensors.ts';
import {
  BYTES_PER_ELEMENT,
  elementCount,
  LARGEST_HALF,
  SMALLEST_NORMAL_HALF,
  type StateDict,
  type TensorData,
  type TensorDtype,
  toFloat32,
  toHalves,
} from './tensor.ts';

export const PRECISIONS = ['fp32', 'fp16', 'int8'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** The sample (public/samples) that the difference is measured on: rain, a dog, a baby, a helicopter and drums. */
export const DIFFERENCE_CLIP = 'half-a-minute';

/** The smallest form that a matrix of these weights is stored in; bfloat16 counts as `fp16`. */
export function storedPrecision(state: StateDict): Precision {
  const forms = new Set<TensorDtype>();
  for (const [name, tensor] of state) if (isMatrix(name, tensor)) forms.add(tensor.dtype);
  return forms.has('I8') ? 'int8' : forms.has('F16') || forms.has('BF16') ? 'fp16' : 'fp32';
}

/** Would storing these weights so make them smaller? Otherwise they stay as they came, and there is no difference to measure. */
export const isSmaller = (precision: Precision, state: StateDict): boolean =>
  PRECISIONS.indexOf(precision) > PRECISIONS.indexOf(storedPrecision(state));

/** New tensors for those that change, the caller's own for the others. Not finite ones are left for `validateState` to name. */
export function convertPrecision(state: StateDict, precision: Precision): StateDict {
  const converted = new Map<string, TensorData>();
  for (const [name, tensor] of state) {
    const plan = planFor(name, tensor, precision);
    if (plan.dtype === tensor.dtype) {
      converted.set(name, tensor);
      continue;
    }
    const bytes = new Uint8Array(elementCount(plan.shape) * BYTES_PER_ELEMENT[plan.dtype]);
    const scale = plan.scaled ? new Float32Array(plan.shape[0] ?? 0) : null;
    convertInto(tensor, plan, bytes, scale);
    converted.set(name, { dtype: plan.dtype, shape: plan.shape, bytes, ...(scale && { scale }) });
  }
  return converted;
}

/** The .safetensors file of {@link convertPrecision}, converted in its place: input and output are all that is held. */
export function writeInPrecision(
  state: StateDict,
  precision: Precision,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const plans = new Map(Array.from(state, ([name, tensor]) => [name, planFor(name, tensor, precision)]));
  const { file, places } = layOutSafetensors(plans, metadata);
  for (const [name, tensor] of state) {
    const { bytes, scale } = places.get(name)!;
    convertInto(tensor, plans.get(name)!, bytes, scale);
  }
  return file;
}

export interface ScoreDifference {
  /** Largest difference of any score. */
  readonly max: number;
  /** Of all scores of all classes. */
  readonly mean: number;
  /** Chunks compared. */
  readonly chunks: number;
}

/**
 * Scores of the same sound, [chunks][classes]. @throws RangeError when they are not of the same chunks and classes; EarshotError
 * `self-check-failed` when one is not a number.
 */
export function scoreDifference(reference: readonly Float32Array[], other: readonly Float32Array[]): ScoreDifference {
  if (reference.length === 0 || reference.length !== other.length) {
    throw new RangeError(`scores of the same chunks are needed, got ${reference.length} and ${other.length} chunks`);
  }
  let max = 0;
  let sum = 0;
  let count = 0;
  for (const [c, expected] of reference.entries()) {
    const got = other[c]!;
    if (got.length !== expected.length) {
      throw new RangeError(`scores of the same classes are needed, got ${expected.length} and ${got.length}`);
    }
    for (let k = 0; k < expected.length; k++) {
      const difference = Math.abs(got[k]! - expected[k]!);
      if (!Number.isFinite(difference)) {
        throw new EarshotError(
          'self-check-failed',
          `A score of chunk ${c} is not a number: ${expected[k]}, ${got[k]}.`,
        );
      }
      max = Math.max(max, difference);
      sum += difference;
    }
    count += expected.length;
  }
  return { max, mean: count === 0 ? 0 : sum / count, chunks: reference.length };
}

/**
 * Half where the others are int8: less than 3 % of the smallest network, and as int8 these two made two thirds of the difference
 * (scripts/measure-precision.ts --ends, embedded models).
 */
const NEVER_INT8 = new Set(['patch_embed.proj.weight', 'outputlayer.1.weight']);

/** Weights of matrix products and convolutions, which are nearly all of a network. */
const isMatrix = (name: string, { shape }: Pick<TensorData, 'shape'>): boolean =>
  shape.length >= 2 && name.endsWith('.weight');

function planFor(name: string, tensor: TensorData, precision: Precision): TensorPlan {
  const { dtype, shape } = tensor;
  const asItIs: TensorPlan =
    dtype === 'F64' ? { dtype: 'F32', shape } : { dtype, shape, scaled: tensor.scale !== undefined };
  const isWide = dtype === 'F32' || dtype === 'F64';
  const isHalf = dtype === 'F16' || dtype === 'BF16';
  if (precision === 'fp32' || !isMatrix(name, tensor) || !(isWide || isHalf)) return asItIs;
  const most = largest(tensor);
  const quantised = precision === 'int8' && !NEVER_INT8.has(name) && most <= LARGEST_QUANTISED;
  if (quantised) return { dtype: 'I8', shape, scaled: true };
  return isWide && fitsHalf(most) ? { dtype: 'F16', shape } : asItIs;
}

/** Far from where a scale would overflow. */
const LARGEST_QUANTISED = 2 ** 100;
const fitsHalf = (most: number): boolean => most === 0 || (most >= SMALLEST_NORMAL_HALF && most <= LARGEST_HALF);

/** Largest magnitude; Infinity when a value is not finite. */
function largest(tensor: TensorData): number {
  const values = toFloat32(tensor);
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    if (Number.isNaN(size)) return Infinity;
    if (size > most) most = size;
  }
  return most;
}

function convertInto(tensor: TensorData, plan: TensorPlan, bytes: Uint8Array, scale: Float32Array | null): void {
  if (plan.dtype === tensor.dtype) {
    bytes.set(tensor.bytes);
    if (tensor.scale) scale?.set(tensor.scale);
    return;
  }
  const values = toFloat32(tensor);
  if (plan.dtype === 'I8' && scale) {
    quantiseRows(values, new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length), scale);
  } else if (plan.dtype === 'F16') {
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    toHalves(bits, new Uint16Array(bytes.buffer, bytes.byteOffset, values.length));
  } else {
    new Float32Array(bytes.buffer, bytes.byteOffset, values.length).set(values);
  }
}

/**
 * Symmetric, -127 to 127, each row by its largest magnitude. Scales of least squared error, with and without clipping, were tried and
 * brought nothing: on the embedded models the mean difference changed by a few hundredths of itself, the largest rose as often as it fell.
 */
function quantiseRows(values: Float32Array, out: Int8Array, scale: Float32Array): void {
  const columns = values.length / scale.length;
  for (let row = 0; row < scale.length; row++) {
    const from = row * columns;
    let most = 0;
    for (let i = from; i < from + columns; i++) most = Math.max(most, Math.abs(values[i]!));
    const unit = Math.fround(most / 127);
    scale[row] = unit;
    // Also where a row is so small that its scale would not be a number to divide by.
    const inverse = unit > 0 ? 1 / unit : 0;
    for (let i = from; i < from + columns; i++) {
      out[i] = Math.max(-127, Math.min(127, Math.round(values[i]! * inverse)));
    }
  }
}
