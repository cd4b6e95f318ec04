/** Named tensors as they lie in a file, and the conversions between the float formats that files use. Pure; any thread. */
import { EarshotError } from '../errors.ts';

export type TensorDtype = 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL';

export interface TensorData {
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  /** Contiguous, little-endian, row-major (last axis fastest). May be a view into a larger file. */
  readonly bytes: Uint8Array;
}

export type StateDict = ReadonlyMap<string, TensorData>;

export const BYTES_PER_ELEMENT: Readonly<Record<TensorDtype, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

/** The product of the dimensions; 1 for a scalar. */
export const elementCount = (shape: readonly number[]): number => shape.reduce((count, dim) => count * dim, 1);

export function float32Tensor(shape: readonly number[], values: Float32Array): TensorData {
  if (values.length !== elementCount(shape)) {
    throw new RangeError(`shape [${shape.join(', ')}] needs ${elementCount(shape)} values, got ${values.length}`);
  }
  return { dtype: 'F32', shape, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

let halves: Float32Array | null = null;

/** All 65 536 halves, made once: a table look-up is the fastest widening JavaScript has. */
function halfTable(): Float32Array {
  if (halves) return halves;
  halves = new Float32Array(65_536);
  for (let bits = 0; bits < 65_536; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    halves[bits] =
      exponent === 0x1f
        ? fraction === 0
          ? sign * Infinity
          : Number.NaN
        : exponent === 0
          ? sign * fraction * 2 ** -24
          : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return halves;
}

/** Values as float32; a view where the bytes already are aligned float32, otherwise a copy. */
export function toFloat32(tensor: TensorData): Float32Array {
  const { bytes, dtype } = tensor;
  const count = elementCount(tensor.shape);
  if (bytes.length !== count * BYTES_PER_ELEMENT[dtype]) {
    throw new RangeError(
      `a ${dtype} tensor [${tensor.shape.join(', ')}] has ${count * BYTES_PER_ELEMENT[dtype]} bytes, got ${bytes.length}`,
    );
  }
  if (dtype === 'F32' && bytes.byteOffset % 4 === 0) return new Float32Array(bytes.buffer, bytes.byteOffset, count);
  // An aligned copy, then whole-array conversions. Not `slice`: that of Node's Buffer, which also is a Uint8Array, copies nothing.
  const copy = new Uint8Array(bytes).buffer;
  if (dtype === 'F32') return new Float32Array(copy);
  if (dtype === 'F16') {
    const table = halfTable();
    const source = new Uint16Array(copy);
    const out = new Float32Array(count);
    for (let i = 0; i < count; i++) out[i] = table[source[i]!]!;
    return out;
  }
  if (dtype === 'BF16') {
    const out = new Uint32Array(count);
    new Uint16Array(copy).forEach((half, i) => {
      out[i] = half << 16;
    });
    return new Float32Array(out.buffer);
  }
  if (dtype === 'F64') return Float32Array.from(new Float64Array(copy));
  throw new EarshotError('bad-weights', `A weight of type ${dtype} was found where floating point was expected.`);
}

/** float32 to half, rounding to nearest, ties to even; what is too large becomes infinite. */
export function toHalf(value: number): number {
  const float = Math.fround(value);
  if (Number.isNaN(float)) return 0x7e00;
  const sign = Object.is(Math.sign(float), -0) || float < 0 ? 0x8000 : 0;
  const size = Math.abs(float);
  if (size >= 65_520) return sign | 0x7c00;
  // Below the smallest normal half (2^-14) the step is 2^-24; above, it follows the exponent.
  const exponent = size < 2 ** -14 ? -14 : Math.floor(Math.log2(size));
  const step = 2 ** (exponent - 10);
  const scaled = size / step;
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
  // `rounded` runs from 0 to 2048; a carry moves into the exponent by itself.
  return sign | (size < 2 ** -14 ? rounded : ((exponent + 14) << 10) + rounded);
}
