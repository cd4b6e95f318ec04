/** Real files of torch.save, whole, cut and with flipped bits; and containers that lie. */
import { strToU8, zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { bytesOf, checkpointOps, zipCheckpoint } from '../../../fixtures/fuzz/write-files.ts';
import { EMBEDDED_PARITY, loadParity, type Parity, SHARED_PARITY } from '../../../fixtures/parity-manifest.ts';
import { seeded } from '../../../fixtures/seeded.ts';
import { EarshotError } from '../errors.ts';
import { PickleTensor } from './pickle.ts';
import { elementCount, type TensorData, toFloat32 } from './tensor.ts';
import { readTorchCheckpoint, readTorchFile } from './torch-checkpoint.ts';

const embedded = loadParity(EMBEDDED_PARITY);
const shared = loadParity(SHARED_PARITY);
if (!embedded) throw new Error(`${EMBEDDED_PARITY} belongs to the repository and is missing`);
if (!shared) console.warn(`${SHARED_PARITY} is missing: only the embedded checkpoints are read`);
const parity: Parity = shared ?? embedded;

/** Values as the manifest writes them: 64-bit integers as text, what JSON has no number for as Python prints it. */
function valuesOf(tensor: TensorData): (number | string)[] {
  const { dtype } = tensor;
  const copy = tensor.bytes.slice().buffer;
  const plain = (values: ArrayLike<number>): (number | string)[] =>
    Array.from(values, (value) => (Number.isFinite(value) ? value : String(value)));
  switch (dtype) {
    case 'F32':
    case 'F16':
    case 'BF16':
      return plain(toFloat32(tensor));
    case 'F64':
      return plain(new Float64Array(copy));
    case 'I64':
      return Array.from(new BigInt64Array(copy), String);
    case 'I32':
      return plain(new Int32Array(copy));
    case 'I16':
      return plain(new Int16Array(copy));
    case 'I8':
      return plain(new Int8Array(copy));
    case 'U8':
    case 'BOOL':
      return plain(new Uint8Array(copy));
  }
}
const DTYPES: Readonly<Record<string, string>> = {
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
  float64: 'F64',
  int64: 'I64',
  int32: 'I32',
  int16: 'I16',
  int8: 'I8',
  uint8: 'U8',
  bool: 'BOOL',
};

describe.each(parity.manifest.reader_fixtures)('$file', ({ file, tensors: expected }) => {
  const { value, tensor } = readFixture(file);

  test('every type, view, stride and shared storage comes out value by value', () => {
    const tensors = value.get('tensors');
    if (!(tensors instanceof Map)) throw new Error('tensors is a dictionary');
    expect([...tensors.keys()].sort()).toEqual(Object.keys(expected).sort());
    for (const [name, { dtype, shape, values }] of Object.entries(expected)) {
      const place = tensors.get(name);
      if (!(place instanceof PickleTensor)) throw new Error(`${name} is a tensor`);
      const read = tensor(place);
      expect(read.dtype, name).toBe(DTYPES[dtype]);
      expect(read.shape, name).toEqual(shape);
      expect(valuesOf(read), name).toEqual(
        values.map((wanted) => (typeof wanted === 'boolean' ? Number(wanted) : wanted === '-0.0' ? -0 : wanted)),
      );
    }
  });

  test('plain values come out as they went in', () => {
    const meta = value.get('meta');
    if (!(meta instanceof Map)) throw new Error('meta is a dictionary');
    expect(meta.get('none')).toBe(null);
    expect(meta.get('list')).toEqual([1, 2.5, 'x', true, false]);
    expect(meta.get('tuple')).toEqual([1, [2, 3], []]);
    expect(meta.get('nested')).toEqual(new Map([['a', new Map([['b', [null]]])]]));
    expect(meta.get('negative')).toBe(-300);
    expect(meta.get('big')).toBe(2 ** 40);
    expect(meta.get('float')).toBe(1e-300);
    expect(meta.get('unicode')).toBe('h\u00e9llo \u2603');
    expect(meta.get('long_string')).toBe('ab'.repeat(200));
    expect(meta.get('empty_dict')).toEqual(new Map());
    expect(meta.get('four_tuple')).toEqual([1, 2, 3, 4]);
  });
});

function readFixture(file: string) {
  const torch = readTorchFile(parity.bytes(file));
  if (!(torch.value instanceof Map)) throw new Error(`${file} holds a dictionary`);
  return { value: torch.value, tensor: (place: PickleTensor) => torch.tensor(place) };
}

/** Zip and legacy, with and without a config, float32 and float16: the smallest files of each kind. */
const checkpoints = shared
  ? [
      ...Object.values(parity.manifest.models).flatMap(({ checkpoint }) => checkpoint ?? []),
      ...new Set(parity.manifest.load_cases.map(({ checkpoint }) => checkpoint)),
    ]
  : Object.values(parity.manifest.models).flatMap(({ checkpoint }) => checkpoint ?? []);

test.each([...new Set(checkpoints)])('%s: all its tensors, whole, and its constructor', (file) => {
  const { tensors, config } = readTorchCheckpoint(parity.bytes(file));
  expect(tensors.has('time_pos_embed')).toBe(true);
  for (const [name, tensor] of tensors) {
    const count = elementCount(tensor.shape);
    if (name.endsWith('num_batches_tracked')) expect(tensor.dtype).toBe('I64');
    else expect(toFloat32(tensor).length, name).toBe(count);
  }
  if (file.includes('bare')) expect(config).toBe(null);
  else expect(config instanceof Map && typeof config.get('model') === 'string').toBe(true);
});

test.skipIf(!shared)(
  shared
    ? 'the same weights in four containers are the same bytes'
    : 'SKIPPED four containers: ../shared/parity is missing',
  () => {
    const [first, ...others] = ['ignite_zip', 'bare_zip', 'ignite_legacy', 'bare_legacy'].map(
      (name) => readTorchCheckpoint(parity.bytes(`formats/${name}.pt`)).tensors,
    );
    for (const other of others) {
      expect([...other.keys()]).toEqual([...first!.keys()]);
      for (const [name, { bytes, shape, dtype }] of other) {
        const wanted = first!.get(name)!;
        expect({ shape, dtype }, name).toEqual({ shape: wanted.shape, dtype: wanted.dtype });
        expect(Buffer.compare(bytes, wanted.bytes), name).toBe(0);
      }
    }
  },
);

test('a file inside a larger buffer is read from where it is', () => {
  const bytes = embedded.bytes('checkpoints/sat_t_1s.pt');
  const room = new Uint8Array(bytes.length + 10);
  room.set(bytes, 3);
  const inside = readTorchCheckpoint(room.subarray(3, 3 + bytes.length)).tensors.get('norm.weight')!;
  const alone = readTorchCheckpoint(bytes).tensors.get('norm.weight')!;
  expect(toFloat32(inside)).toEqual(toFloat32(alone));
});

/** Reads to the last tensor. Either it works, or it ends in our refusal, and soon. */
function attempt(bytes: Uint8Array): 'read' | string {
  const startedAt = performance.now();
  try {
    readTorchCheckpoint(bytes);
    return 'read';
  } catch (error) {
    if (!(error instanceof EarshotError)) throw error;
    expect(error.code).toBe('bad-checkpoint');
    return error.message;
  } finally {
    expect(performance.now() - startedAt).toBeLessThan(3000);
  }
}

const victims = ['checkpoints/sat_t_1s.pt', 'formats/half_zip.pt', ...(shared ? ['formats/ignite_legacy.pt'] : [])];

describe.each(victims)('%s, damaged', (file) => {
  const whole = parity.bytes(file);

  test('cut anywhere it is refused', () => {
    for (let length = 0; length < whole.length; length += length < 600 ? 37 : 311) {
      expect(attempt(whole.subarray(0, length)), `cut after ${length}`).not.toBe('read');
    }
    expect(attempt(whole.subarray(0, whole.length - 1))).not.toBe('read');
  });

  test('flipped bits are refused, or change numbers and nothing else', () => {
    const random = seeded(20);
    let refused = 0;
    for (let round = 0; round < 150; round++) {
      const bytes = whole.slice();
      const flips = 1 + Math.floor(random() * 3);
      // Half of them at the ends, where the structure is.
      for (let i = 0; i < flips; i++) {
        const place = random();
        const at =
          place < 0.25 ? random() * 9000 : place < 0.5 ? whole.length - 1 - random() * 7000 : random() * whole.length;
        bytes[Math.floor(at)]! ^= 1 << Math.floor(random() * 8);
      }
      if (attempt(bytes) !== 'read') refused++;
    }
    expect(refused).toBeGreaterThan(20);
  });

  test('bytes put in, taken out, or swapped in runs', () => {
    const random = seeded(21);
    for (let round = 0; round < 40; round++) {
      const at = Math.floor(random() * whole.length);
      const run = 1 + Math.floor(random() * 64);
      const filler = new Uint8Array(round % 2 ? run : 0).fill(Math.floor(random() * 256));
      const bytes = new Uint8Array([
        ...whole.subarray(0, at),
        ...filler,
        ...whole.subarray(at + (round % 3 ? run : 0)),
      ]);
      attempt(bytes);
    }
  });
});

describe('files that are something else', () => {
  const pickleOfNone = Uint8Array.of(0x80, 2, 0x4e, 0x2e);
  const inFolder = (files: Record<string, Uint8Array>, level: 0 | 6 = 0): Uint8Array => zipSync(files, { level });

  test.each([
    ['nothing', new Uint8Array(0), /empty/],
    ['a web page', strToU8('<!doctype html><title>404</title>'), /no PyTorch file.*<!doctype html>/],
    ['a pickle of another program', pickleOfNone, /not one of torch\.save/],
    ['a zip of something else', inFolder({ 'readme.txt': strToU8('hello') }), /not one of torch\.save/],
    ['two pickles', inFolder({ 'a/data.pkl': pickleOfNone, 'b/data.pkl': pickleOfNone }), /no single data\.pkl/],
    ['TorchScript', inFolder({ 'a/data.pkl': pickleOfNone, 'a/constants.pkl': pickleOfNone }), /TorchScript/],
    ['big-endian', inFolder({ 'a/data.pkl': pickleOfNone, 'a/byteorder': strToU8('big') }), /big-endian/],
    ['no dictionary', inFolder({ 'a/data.pkl': pickleOfNone }), /no dictionary of tensors/],
    ['an empty dictionary', inFolder({ 'a/data.pkl': Uint8Array.of(0x80, 2, 0x7d, 0x2e) }), /no tensors/],
    ['compressed', inFolder({ 'a/data.pkl': new Uint8Array(5000).fill(0x4e) }, 6), /compressed/],
  ] satisfies [string, Uint8Array, RegExp][])('%s', (_, bytes, why) => {
    expect(attempt(bytes)).toMatch(why);
  });

  test('a hostile pickle in a good container is refused by the name it asks for', () => {
    const pickle = strToU8('\x80\x02cposix\nsystem\nX\x04\x00\x00\x00true\x85R.', true);
    expect(attempt(inFolder({ 'archive/data.pkl': pickle }))).toMatch(/posix\.system/);
  });
});

describe('tensors that ask for more than there is', () => {
  const little = (value: number): string =>
    String.fromCharCode(value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24);
  const text = (value: string): string => `X${little(value.length)}${value}`;
  /** `length` numbers in storage 0; integers as LONG1 so that they may be as large as they like. */
  const int = (value: number): string => {
    let bytes = '';
    for (let rest = BigInt(value); bytes.length < 8; rest >>= 8n) bytes += String.fromCharCode(Number(rest & 255n));
    return `\x8a\x08${bytes}`;
  };
  const file = (
    shape: number[],
    strides: number[],
    { offset = 0, length = 4, bytes = 16, key = '0' } = {},
  ): Uint8Array => {
    const tuple = (values: number[]): string => `(${values.map(int).join('')}t`;
    const storage = `(${text('storage')}ctorch\nFloatStorage\n${text(key)}${text('cpu')}${int(length)}tQ`;
    const tensor = `ctorch._utils\n_rebuild_tensor_v2\n(${storage}${int(offset)}${tuple(shape)}${tuple(strides)}\x89NtR`;
    const pickle = strToU8(`\x80\x02}${text('w')}${tensor}s.`, true);
    return zipSync({ 'a/data.pkl': pickle, 'a/data/0': new Uint8Array(bytes) }, { level: 0 });
  };

  test('the tensor is named, however it is called', () => {
    expect(attempt(file([5], [1]))).toMatch(/\(tensor "w"\)\.$/);
  });

  test('a thousand tensors in one storage would be a thousand times the file when they are written out', () => {
    const shared = (count: number): Uint8Array => {
      const plan = { key: '0', storage: 'FloatStorage', length: 1000, offset: 0, shape: [1000], strides: [1] };
      const plans = Array.from({ length: count }, (_, i) => ({ ...plan, name: `w${i}` }));
      return zipCheckpoint(bytesOf(checkpointOps(plans, undefined)), { 0: new Uint8Array(4000) });
    };
    expect(attempt(shared(2))).toBe('read');
    expect(attempt(shared(200))).toMatch(/share their numbers so often/);
  });

  test('the honest one is read', () => {
    expect(attempt(file([2, 2], [2, 1]))).toBe('read');
    expect(attempt(file([2, 2], [1, 2]))).toBe('read');
    expect(attempt(file([0, 7], [7, 1]))).toBe('read');
  });

  test.each([
    ['beyond its storage', file([5], [1]), /beyond its storage/],
    ['by an offset', file([4], [1], { offset: 1 }), /beyond its storage/],
    ['by a stride', file([2], [4]), /beyond its storage/],
    ['by a storage longer than its record', file([5], [1], { length: 5 }), /should have 20 bytes, it has 16/],
    ['of a record that is not there', file([4], [1], { key: '1' }), /not in the file/],
    ['of a path', file([4], [1], { key: '../data.pkl' }), /not in the file/],
    ['a billion times one number', file([2 ** 30], [0]), /larger than the file/],
    ['2^53 rows', file([2 ** 52, 2], [0, 1]), /larger than the file/],
    ['sixteen huge axes', file(new Array(16).fill(2 ** 52), new Array(16).fill(0)), /larger than the file/],
    ['strides that overflow', file([2 ** 52, 2 ** 52], [2 ** 52, 2 ** 52]), /beyond its storage/],
    ['seventeen axes', file(new Array(17).fill(1), new Array(17).fill(1)), /arguments/],
  ] satisfies [string, Uint8Array, RegExp][])('%s', (_, bytes, why) => {
    expect(attempt(bytes)).toMatch(why);
  });
});
