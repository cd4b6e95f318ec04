/** What is stored how, value by value; what the scores make of it: precision-scores.test.ts. */
import { describe, expect, test } from 'vitest';
import { seeded } from '../../../fixtures/seeded.ts';
import { tinyModel } from '../../../fixtures/tiny-model.ts';
import { makeModel, unsavedModel } from './make-model.ts';
import { validateState } from './network.ts';
import { packWeights } from './pack-weights.ts';
import {
  convertPrecision,
  isSmaller,
  PRECISIONS,
  type Precision,
  scoreDifference,
  storedPrecision,
  writeInPrecision,
} from './precision.ts';
import { readSafetensors } from './safetensors.ts';
import { float32Tensor, type StateDict, type TensorData, toFloat32, toHalf } from './tensor.ts';

const matrix = (rows: number, values: ArrayLike<number>): TensorData =>
  float32Tensor([rows, values.length / rows], Float32Array.from(values));
const one = (tensor: TensorData, precision: Precision, name = 'a.weight'): TensorData =>
  convertPrecision(new Map([[name, tensor]]), precision).get(name)!;
const halves = (...values: number[]): TensorData => ({
  dtype: 'F16',
  shape: [1, values.length],
  bytes: new Uint8Array(Uint16Array.from(values, toHalf).buffer),
});
const dtypes = (state: StateDict): Record<string, string> =>
  Object.fromEntries(Array.from(state, ([name, { dtype }]) => [name, dtype]));

describe('what becomes of each tensor', () => {
  const { state } = tinyModel({ pooling: 'token' });
  const isMatrix = (name: string): boolean => name.endsWith('.weight') && state.get(name)!.shape.length > 1;
  const atTheEnds = ['patch_embed.proj.weight', 'outputlayer.1.weight'];

  test('fp32: the caller’s own tensors', () => {
    for (const [name, tensor] of convertPrecision(state, 'fp32')) expect(tensor).toBe(state.get(name));
  });

  test('fp16: matrices half, all else the caller’s own', () => {
    const converted = convertPrecision(state, 'fp16');
    expect([...converted.keys()]).toEqual([...state.keys()]);
    for (const [name, tensor] of converted) {
      if (isMatrix(name)) expect(tensor.dtype, name).toBe('F16');
      else expect(tensor, name).toBe(state.get(name));
    }
  });

  test('int8: matrices of the layers, the two at the ends half, all else the caller’s own', () => {
    for (const [name, tensor] of convertPrecision(state, 'int8')) {
      if (!isMatrix(name)) expect(tensor, name).toBe(state.get(name));
      else if (atTheEnds.includes(name)) expect(tensor.dtype, name).toBe('F16');
      else expect(tensor, name).toMatchObject({ dtype: 'I8', shape: state.get(name)!.shape });
    }
    expect(state.get('blocks.0.mlp.fc1.weight')!.dtype).toBe('F32');
  });

  test('nothing is widened, whatever is asked of it', () => {
    const half = convertPrecision(state, 'fp16');
    const eight = convertPrecision(state, 'int8');
    expect(dtypes(convertPrecision(half, 'fp32'))).toEqual(dtypes(half));
    for (const precision of PRECISIONS) {
      for (const [name, tensor] of convertPrecision(eight, precision)) expect(tensor, name).toBe(eight.get(name));
    }
    // From half to int8: the vectors of a half file are half, and stay so.
    const allHalf = new Map(
      Array.from(state, ([name, { shape, ...rest }]) => {
        const bits = Uint16Array.from(toFloat32({ shape, ...rest }), toHalf);
        return [name, { dtype: 'F16', shape, bytes: new Uint8Array(bits.buffer) } satisfies TensorData];
      }),
    );
    const fromHalf = convertPrecision(allHalf, 'int8');
    expect(fromHalf.get('norm.weight')!.dtype).toBe('F16');
    expect(fromHalf.get('blocks.1.attn.proj.weight')!.dtype).toBe('I8');
    expect(fromHalf.get('outputlayer.1.weight')).toBe(allHalf.get('outputlayer.1.weight'));
  });

  test('float64 becomes float32, the values the engine reads', () => {
    const wide: TensorData = { dtype: 'F64', shape: [1, 2], bytes: new Uint8Array(Float64Array.of(0.1, -3).buffer) };
    const narrow = one(wide, 'fp32', 'a.bias');
    expect(narrow.dtype).toBe('F32');
    expect([...toFloat32(narrow)]).toEqual([Math.fround(0.1), -3]);
    expect(one(wide, 'fp16').dtype).toBe('F16');
    expect(one(wide, 'int8').dtype).toBe('I8');
  });

  test('bfloat16 counts as half', () => {
    const brain: TensorData = { dtype: 'BF16', shape: [1, 2], bytes: Uint8Array.of(0x80, 0x3f, 0x49, 0xc0) };
    const named = new Map([['a.weight', brain]]);
    expect(storedPrecision(named)).toBe('fp16');
    expect(one(brain, 'fp16')).toBe(brain);
    expect(one(brain, 'int8').dtype).toBe('I8');
  });

  test('what it was stored as, and whether another form is smaller', () => {
    for (const [i, precision] of PRECISIONS.entries()) {
      const converted = convertPrecision(state, precision);
      expect(storedPrecision(converted)).toBe(precision);
      expect(PRECISIONS.map((other) => isSmaller(other, converted))).toEqual(PRECISIONS.map((_, k) => k > i));
    }
  });
});

describe('fp16', () => {
  test('the nearest half of each value', () => {
    const values = [1 + 2 ** -11, 1 + 3 * 2 ** -11, -0.1, 65_504, 3 * 2 ** -26, 0];
    const { bytes } = one(matrix(2, values), 'fp16');
    expect([...new Uint16Array(bytes.buffer)]).toEqual(values.map(toHalf));
  });

  test.each([
    ['a value that half has no number for', [1, 65_505], 'F32'],
    ['the same, negative', [1, -65_505], 'F32'],
    ['the largest half', [1, 65_504], 'F16'],
    ['nothing that half has all digits for', [1e-5, -6e-5], 'F32'],
    ['something it has', [1e-5, 2 ** -14], 'F16'],
    ['zeros', [0, 0], 'F16'],
    ['not a number first', [Number.NaN, 1], 'F32'],
    ['not a number last', [1, Number.NaN], 'F32'],
    ['infinity', [1, -Infinity], 'F32'],
  ])('a matrix with %s', (_, values, dtype) => {
    expect(one(matrix(1, values), 'fp16').dtype).toBe(dtype);
  });
});

describe('int8', () => {
  const random = seeded(8);
  // Rows of very different size: one scale for all would lose the small ones.
  const sizes = [1, 1e-4, 3e4, 0.02];
  const values = Float32Array.from({ length: 4 * 33 }, (_, i) => sizes[Math.floor(i / 33)]! * (random() * 2 - 1));

  test('each value within half a step of its own row', () => {
    const tensor = one(matrix(4, values), 'int8');
    const back = toFloat32(tensor);
    for (let row = 0; row < 4; row++) {
      const own = values.subarray(row * 33, row * 33 + 33);
      const most = own.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
      expect(tensor.scale![row]).toBe(Math.fround(most / 127));
      own.forEach((value, i) => {
        expect(Math.abs(back[row * 33 + i]! - value)).toBeLessThanOrEqual((0.5 + 1e-5) * tensor.scale![row]!);
      });
    }
    const integers = [...new Int8Array(tensor.bytes.buffer)];
    // Each row uses its whole range, and never the one integer that has no opposite.
    for (let row = 0; row < 4; row++) {
      expect(Math.max(...integers.slice(row * 33, row * 33 + 33).map(Math.abs))).toBe(127);
    }
    expect(integers).not.toContain(-128);
  });

  test('rows of zeros, and rows too small for a scale, are zeros', () => {
    const { scale, bytes } = one(matrix(3, [0, 0, 1e-45, -1e-45, 127, -64]), 'int8');
    expect([...scale!]).toEqual([0, 0, 1]);
    expect([...new Int8Array(bytes.buffer)]).toEqual([0, 0, 0, 0, 127, -64]);
    expect([...toFloat32(one(matrix(2, [1e-38, 5e-39, 127, 0]), 'int8'))].every(Number.isFinite)).toBe(true);
  });

  test.each([
    ['sizes near the end of float32', [1, 3e38]],
    ['not a number', [Number.NaN, 1]],
    ['infinity', [1, Infinity]],
  ])('a matrix with %s stays as it is', (_, row) => {
    const tensor = matrix(1, row);
    expect(one(tensor, 'int8')).toBe(tensor);
  });

  test('one that int8 cannot hold and half can is at least half', () => {
    expect(one(halves(1, Infinity), 'int8').dtype).toBe('F16');
    expect(one(matrix(1, [1, 2]), 'int8', 'outputlayer.1.weight').dtype).toBe('F16');
    expect(one(matrix(1, [1, 1e5]), 'int8', 'outputlayer.1.weight').dtype).toBe('F32');
  });
});

describe.each(PRECISIONS)('a file of %s', (precision) => {
  const models = (['streaming', 'full-context'] as const).map((family) =>
    tinyModel(family === 'streaming' ? {} : { family, cacheFrames: 0, targetFrames: 1012, timePositions: 63 }),
  );

  test.each(models)('holds what convertPrecision makes, aligned, and packs to the same bytes', ({ state, card }) => {
    const converted = convertPrecision(state, precision);
    const { tensors } = readSafetensors(writeInPrecision(state, precision, { format: 'pt' }));
    expect(new Set(tensors.keys())).toEqual(new Set(state.keys()));
    for (const [name, tensor] of tensors) {
      const expected = converted.get(name)!;
      expect(tensor.dtype, name).toBe(expected.dtype);
      expect(tensor.bytes.byteOffset % (tensor.dtype === 'F32' ? 4 : tensor.dtype === 'F16' ? 2 : 1)).toBe(0);
      expect(toFloat32(tensor), name).toEqual(toFloat32(expected));
    }
    const classes = card.labels.mids.length;
    expect(validateState(tensors, card.network, classes)).toEqual([]);
    const packed = packWeights(tensors, card.network, classes);
    expect(packed.bytes).toEqual(packWeights(converted, card.network, classes).bytes);
    // The graph is given float32, and in int8 other values than those that came.
    const own = packWeights(state, card.network, classes);
    expect(packed.bytes.length).toBe(own.bytes.length);
    expect(Buffer.compare(packed.bytes, own.bytes) === 0).toBe(precision === 'fp32');
  });

  test('is what makeModel writes and its card says; made again of that file, it is the same file', async () => {
    const { state } = tinyModel();
    const words = { id: 'x', origin: 'a test', heads: 2, precision, sha256: () => 'a'.repeat(64) };
    const { card, weights } = await makeModel({ ...words, state });
    expect(card.storage).toEqual({ precision });
    expect(card.weightsBytes).toBe(weights.length);
    const { tensors } = readSafetensors(weights);
    for (const again of PRECISIONS.slice(0, PRECISIONS.indexOf(precision) + 1)) {
      const second = await makeModel({ ...words, precision: again, state: tensors });
      expect(Buffer.compare(second.weights, weights)).toBe(0);
      expect(second.card).toEqual(card);
    }
  });
});

test('an int8 file is as good a beginning as any: other positions, other constructor', async () => {
  const { state } = tinyModel({ targetFrames: 192, cacheFrames: 192, timePositions: 24 });
  const { tensors } = readSafetensors(writeInPrecision(state, 'int8'));
  const { card, state: cropped } = unsavedModel({ state: tensors, id: 'x', origin: 'x', heads: 2, arch: 'SAT_T_1s' });
  expect(card.network.timePositions).toBe(12);
  expect(card.storage).toEqual({ precision: 'int8' });
  expect(cropped.get('blocks.0.mlp.fc1.weight')!.scale).toBeDefined();
});

describe('weights in int8 that cannot be used are refused by name', () => {
  const { state, card } = tinyModel();
  const name = 'blocks.1.mlp.fc2.weight';
  const good = convertPrecision(state, 'int8');
  const classes = card.labels.mids.length;

  test('no scale', () => {
    const { dtype, shape, bytes } = good.get(name)!;
    const without = new Map([...good, [name, { dtype, shape, bytes }]]);
    expect(() => validateState(without, card.network, classes)).toThrow(`"${name}" holds I8 and has no scale`);
    expect(() => toFloat32(without.get(name)!)).toThrow('I8 without a scale');
  });

  test('rows missing', () => {
    const tensor = { ...good.get(name)!, scale: new Float32Array(3) };
    expect(() => toFloat32(tensor)).toThrow('16 rows needs 16 scales, got 3');
  });
});

describe('scoreDifference', () => {
  const scores = (...rows: number[][]): Float32Array[] => rows.map((row) => Float32Array.from(row));

  test('largest, mean over all, and how many chunks', () => {
    expect(scoreDifference(scores([0.5, 0.25], [0, 1]), scores([0.5, 0.75], [0.25, 1]))).toEqual({
      max: 0.5,
      mean: 0.1875,
      chunks: 2,
    });
    expect(scoreDifference(scores([0.5]), scores([0.5]))).toEqual({ max: 0, mean: 0, chunks: 1 });
  });

  test.each([
    ['chunks', scores([1]), scores([1], [1]), /1 and 2 chunks/],
    ['no chunks', [], [], /0 and 0 chunks/],
    ['classes', scores([1]), scores([1, 2]), /got 1 and 2/],
    ['numbers', scores([0.5, 0.5]), scores([0.5, Number.NaN]), /not a number/],
  ])('other %s are refused', (_, reference, other, why) => {
    expect(() => scoreDifference(reference, other)).toThrow(why);
  });
});
