import { strToU8 } from 'fflate';
import { describe, expect, test } from 'vitest';
import { seeded } from '../../../fixtures/seeded.ts';
import { EarshotError } from '../errors.ts';
import { layOutSafetensors, readSafetensors, writeSafetensors } from './safetensors.ts';
import { float32Tensor, type TensorData, toFloat32 } from './tensor.ts';

const tensors = new Map<string, TensorData>([
  ['odd', { dtype: 'U8', shape: [3], bytes: Uint8Array.of(1, 2, 3) }],
  ['matrix', float32Tensor([2, 3], Float32Array.of(1, -2, 3, 4, 5, 6))],
  ['empty', { dtype: 'F16', shape: [0, 7], bytes: new Uint8Array(0) }],
  ['scalar', { dtype: 'I64', shape: [], bytes: Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0) }],
  ['__proto__', { dtype: 'BOOL', shape: [1], bytes: Uint8Array.of(1) }],
  ['7', { dtype: 'BF16', shape: [1], bytes: Uint8Array.of(0x80, 0x3f) }],
]);

const fileOf = (header: string, data = 0, length?: number): Uint8Array => {
  const text = strToU8(header);
  const file = new Uint8Array(8 + text.length + data);
  new DataView(file.buffer).setBigUint64(0, BigInt(length ?? text.length), true);
  file.set(text, 8);
  return file;
};
const entry = (shape: string, from: number, to: number, dtype = '"F32"'): string =>
  `{"dtype":${dtype},"shape":${shape},"data_offsets":[${from},${to}]}`;

describe('safetensors', () => {
  test('what is written is read back, whatever the names, from any place in a larger buffer', () => {
    const written = writeSafetensors(tensors, { format: 'pt' });
    expect(new DataView(written.buffer).getUint32(0, true) % 8).toBe(0);
    const moved = new Uint8Array(written.length + 5).subarray(3, 3 + written.length);
    moved.set(written);
    for (const file of [written, moved]) {
      const { tensors: read, metadata } = readSafetensors(file);
      expect([...metadata]).toEqual([['format', 'pt']]);
      expect(new Set(read.keys())).toEqual(new Set(tensors.keys()));
      for (const [name, tensor] of tensors) {
        expect(read.get(name)).toMatchObject({ dtype: tensor.dtype, shape: tensor.shape });
        expect([...read.get(name)!.bytes]).toEqual([...tensor.bytes]);
      }
    }
    expect(() => writeSafetensors(new Map([['__metadata__', tensors.get('odd')!]]))).toThrow(RangeError);
  });

  test.each([
    ['an empty file', new Uint8Array(0), '0 bytes'],
    ['a header longer than the file', fileOf('{}', 0, 99), 'claims 99 bytes'],
    ['a header of 2^63 bytes', fileOf('{}', 8, Number.MAX_SAFE_INTEGER), 'claims'],
    ['no JSON', fileOf('{"a":'), 'not JSON'],
    ['a list', fileOf('[1]'), 'not an object'],
    ['deep nesting', fileOf('['.repeat(200_000)), 'lists more than any network has'],
    ['nesting that ends nowhere', fileOf('['.repeat(15_000)), 'not JSON'],
    [
      'a type nested deeper than it could be shown',
      fileOf(`{"a":{"dtype":${'['.repeat(15_000)}${']'.repeat(15_000)},"shape":[0],"data_offsets":[0,0]}}`),
      'unknown type a list',
    ],
    [
      'a header that is much when parsed',
      fileOf(`{"a":[${'[],'.repeat(30_000)}0]}`),
      'lists more than any network has',
    ],
    ['a tensor that is a number', fileOf('{"a":1}'), '"a" is not described'],
    ['an unknown type', fileOf(`{"a":${entry('[1]', 0, 4, '"F8"')}}`, 4), 'unknown type "F8"'],
    ['a type out of Object.prototype', fileOf(`{"a":${entry('[1]', 0, 4, '"constructor"')}}`, 4), 'unknown type'],
    ['a negative dimension', fileOf(`{"a":${entry('[-1]', 0, 4)}}`, 4), 'no usable shape'],
    ['a fractional dimension', fileOf(`{"a":${entry('[0.5]', 0, 4)}}`, 4), 'no usable shape'],
    ['a huge shape', fileOf(`{"a":${entry('[9007199254740991,9007199254740991]', 0, 4)}}`, 4), 'needs'],
    [
      'a huge and empty shape',
      fileOf(`{"a":${entry(`[${Array(16).fill('9007199254740991').join()},0]`, 0, 0)}}`),
      'shape',
    ],
    ['offsets past the end', fileOf(`{"a":${entry('[2]', 0, 8)}}`, 4), 'the data has 4 bytes'],
    ['offsets backwards', fileOf(`{"a":${entry('[1]', 4, 0)}}`, 4), '4..0'],
    ['size and shape at odds', fileOf(`{"a":${entry('[2]', 0, 4)}}`, 4), 'needs 8 bytes, its data_offsets hold 4'],
    ['overlapping tensors', fileOf(`{"a":${entry('[2]', 0, 8)},"b":${entry('[2]', 4, 12)}}`, 12), 'overlaps'],
    ['a hole', fileOf(`{"a":${entry('[1]', 4, 8)}}`, 8), 'a hole before tensor "a"'],
    ['bytes nobody owns', fileOf(`{"a":${entry('[1]', 0, 4)}}`, 5), '1 bytes follow'],
    ['metadata that is no text', fileOf('{"__metadata__":{"a":1}}'), 'metadata "a" is not text'],
  ])('refuses %s', (_, file, why) => {
    expect(() => readSafetensors(file)).toThrow(EarshotError);
    expect(() => readSafetensors(file)).toThrow(why);
  });

  test('cut anywhere or damaged at random, it is read or refused, never anything else', () => {
    const file = writeSafetensors(tensors);
    for (let length = 0; length < file.length; length++) {
      expect(() => readSafetensors(file.subarray(0, length))).toThrow(EarshotError);
    }
    const random = seeded(5);
    for (let i = 0; i < 500; i++) {
      const damaged = file.slice();
      damaged[Math.floor(random() * damaged.length)]! ^= 1 << Math.floor(random() * 8);
      try {
        readSafetensors(damaged);
      } catch (error) {
        expect(error).toBeInstanceOf(EarshotError);
        expect(String(error).length).toBeLessThan(400);
      }
    }
  });
});

describe('integers with a scale', () => {
  const eight: TensorData = {
    dtype: 'I8',
    shape: [2, 3],
    bytes: new Uint8Array(Int8Array.of(1, -2, 127, -127, 0, -128).buffer),
    scale: Float32Array.of(0.5, 2),
  };
  const scale = (values: number[], shape = [values.length]): TensorData =>
    float32Tensor(shape, Float32Array.from(values));
  /** As another program might have written it. */
  const fileWith = (more: readonly (readonly [string, TensorData])[]): Uint8Array => {
    const { dtype, shape, bytes } = eight;
    return writeSafetensors(new Map([['w', { dtype, shape, bytes }], ...more]));
  };

  test('lie in two tensors and are read as one', () => {
    const file = writeSafetensors(
      new Map([
        ['odd', tensors.get('odd')!],
        ['w', eight],
      ]),
    );
    const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + file[0]! + 256 * file[1]!))) as object;
    expect(header).toMatchObject({ w: { dtype: 'I8', shape: [2, 3] }, 'w.scale': { dtype: 'F32', shape: [2] } });
    const moved = new Uint8Array(file.length + 1).subarray(1);
    moved.set(file);
    for (const bytes of [file, moved]) {
      const read = readSafetensors(bytes).tensors;
      expect([...read.keys()].sort()).toEqual(['odd', 'w']);
      expect([...toFloat32(read.get('w')!)]).toEqual([0.5, -1, 63.5, -254, 0, -256]);
    }
    expect(writeSafetensors(readSafetensors(file).tensors)).toEqual(file);
  });

  test('without a scale they stay integers, and a scale of something else is a tensor like any other', () => {
    const read = readSafetensors(fileWith([['v.scale', scale([1])]])).tensors;
    expect(read.get('w')).not.toHaveProperty('scale');
    expect(read.has('v.scale')).toBe(true);
    const other = writeSafetensors(
      new Map([
        ['v', scale([1])],
        ['v.scale', scale([2])],
      ]),
    );
    expect([...readSafetensors(other).tensors.keys()]).toEqual(['v', 'v.scale']);
  });

  test.each([
    ['for too few rows', scale([1]), 'F32 [1], F32 [2] was expected'],
    ['for all values', scale([1, 1, 1, 1, 1, 1], [2, 3]), 'F32 [2, 3], F32 [2] was expected'],
    ['that is no list', scale([1], []), 'F32 [], F32 [2] was expected'],
    ['in half', { dtype: 'F16', shape: [2], bytes: new Uint8Array(4) } as const, 'F16 [2], F32 [2] was expected'],
    ['that is not a number', scale([1, Number.NaN]), 'holds NaN for row 1'],
    ['that is infinite', scale([Infinity, 1]), 'holds Infinity for row 0'],
    ['that makes its values infinite', scale([1, 3e37]), 'for row 1'],
    ['that is negative', scale([-1, 1]), 'holds -1 for row 0'],
  ])('a scale %s is refused by name', (_, wrong, why) => {
    const file = fileWith([['w.scale', wrong]]);
    expect(() => readSafetensors(file)).toThrow(EarshotError);
    expect(() => readSafetensors(file)).toThrow(`tensor "w.scale" `);
    expect(() => readSafetensors(file)).toThrow(why);
  });

  test('a name that the scale needs is refused', () => {
    expect(() =>
      writeSafetensors(
        new Map([
          ['w', eight],
          ['w.scale', scale([1, 1])],
        ]),
      ),
    ).toThrow('name of a scale');
  });
});

describe('writing', () => {
  test('wide values first, so that all are aligned; otherwise in the order given', () => {
    const { file, places } = layOutSafetensors(
      new Map([
        ['a', { dtype: 'I8', shape: [3] }],
        ['b', { dtype: 'F16', shape: [3] }],
        ['c', { dtype: 'F32', shape: [1] }],
        ['d', { dtype: 'F64', shape: [1] }],
        ['e', { dtype: 'F32', shape: [1] }],
      ]),
    );
    const order = [...places].sort(([, a], [, b]) => a.bytes.byteOffset - b.bytes.byteOffset).map(([name]) => name);
    expect(order).toEqual(['d', 'c', 'e', 'b', 'a']);
    expect(places.get('d')!.bytes.byteOffset % 8).toBe(0);
    for (const { bytes } of places.values()) expect(bytes.buffer).toBe(file.buffer);
    expect(places.get('a')!.bytes.byteOffset + 3).toBe(file.length);
  });

  test('bytes that do not fit the shape are refused by name', () => {
    const short: TensorData = { dtype: 'F32', shape: [2], bytes: new Uint8Array(4) };
    expect(() => writeSafetensors(new Map([['short', short]]))).toThrow('"short" needs 8 bytes, got 4');
  });
});
