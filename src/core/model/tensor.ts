/** Named tensors as they lie in a file, and the conversions between the float formats that files use. Pure; any thread. */
import { EarshotError } from '../errors.ts';

export type TensorDtype = 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL';

export interface TensorData {
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  /** Contiguous, little-endian, row-major (last axis fastest). May be a view into a larger file. */
  readonly bytes: Uint8Array;
  /** Of an I8 tensor: what a 1 stands for in each row, as many as `shape[0]`. Values are integers times this. */
  readonly scale?: Float32Array;
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

/** Values as float32, int8 ones times their scale; a view where the bytes already are aligned float32, otherwise a copy. */
export function toFloat32(tensor: TensorData): Float32Array {
  const { bytes, dtype } = tensor;
  const count = elementCount(tensor.shape);
  if (bytes.length !== count * BYTES_PER_ELEMENT[dtype]) {
    throw new RangeError(
      `a ${dtype} tensor [${tensor.shape.join(', ')}] has ${count * BYTES_PER_ELEMENT[dtype]} bytes, got ${bytes.length}`,
    );
  }
  if (dtype === 'I8' && tensor.scale) return scaled(tensor, tensor.scale);
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
  throw new EarshotError(
    'bad-weights',
    `A weight of type ${dtype}${dtype === 'I8' ? ' without a scale' : ''} was found where floating point was expected.`,
  );
}

/** Row by row: integers times the row's scale. */
function scaled({ bytes, shape }: TensorData, scale: Float32Array): Float32Array {
  const rows = shape[0] ?? 0;
  if (scale.length !== rows) throw new RangeError(`a tensor of ${rows} rows needs ${rows} scales, got ${scale.length}`);
  const integers = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const out = new Float32Array(integers.length);
  const columns = rows === 0 ? 0 : integers.length / rows;
  for (let row = 0, i = 0; row < rows; row++) {
    const unit = scale[row]!;
    for (const end = i + columns; i < end; i++) out[i] = integers[i]! * unit;
  }
  return out;
}

/** Where what is below is written as a multiple of 2^-24, and so ever more coarsely. */
export const SMALLEST_NORMAL_HALF = 2 ** -14;
export const LARGEST_HALF = 65_504;

const oneFloat = new Float32Array(1);
const itsBits = new Uint32Array(oneFloat.buffer);

/** float32 to half, rounding to nearest, ties to even; what is too large becomes infinite. */
export function toHalf(value: number): number {
  oneFloat[0] = value;
  return halfOf(itsBits[0]!);
}

/** Many of them; `bits` are those of float32 values. */
export function toHalves(bits: Uint32Array, out: Uint16Array): void {
  for (let i = 0; i < bits.length; i++) out[i] = halfOf(bits[i]!);
}

function halfOf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fff_ffff;
  if (size > 0x7f80_0000) return 0x7e00;
  if (size >= 0x477f_f000) return sign | 0x7c00; // 65 520 and more
  // 13 bits fewer, the exponent counted from 15 and not 127; a carry moves into the exponent by itself.
  if (size >= 0x3880_0000) return sign | ((size + 0xfff + ((size >>> 13) & 1) - 0x3800_0000) >>> 13);
  // Next to 0.5 the step of float32 is 2^-24, that of the smallest halves: the addition rounds.
  itsBits[0] = size;
  oneFloat[0] = oneFloat[0]! + 0.5;
  return sign | (itsBits[0]! - 0x3f00_0000);
}
