/**
 * Reads what `torch.save` wrote, in its zip container and in the older stream, without running anything in it: names and tensors come
 * out of the pickle ({@link readPickle}), numbers are views into the file wherever they lie in order. Layouts: SPEC section 11,
 * PyTorch `torch/serialization.py`. Any thread. Allocates for copies no more than the file's own length.
 */
import { strFromU8 } from 'fflate';
import { EarshotError } from '../errors.ts';
import { PickleStorage, PickleTensor, type PickleValue, readPickle } from './pickle.ts';
import { printable, thingsAllowed } from './refusals.ts';
import { BYTES_PER_ELEMENT, type StateDict, type TensorData } from './tensor.ts';
import { readZipEntries } from './zip-entries.ts';

export interface TorchCheckpoint {
  readonly tensors: StateDict;
  /** The entry `config`, or null where the file is a bare state dict. */
  readonly config: PickleValue | null;
}

export interface TorchFile {
  /** The saved object; its tensors are places in the file. */
  readonly value: PickleValue;
  /** The numbers of one of them, row-major. */
  tensor(of: PickleTensor): TensorData;
}

const refuse = (why: string): never => {
  throw new EarshotError('bad-checkpoint', `The checkpoint cannot be used: ${why}.`);
};

/** Tied weights are written once and used twice; more than that is no model. */
const MOST_SHARED = 2;

/** Says which tensor it was that could not be read. */
function named<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof EarshotError)) throw error;
    throw new EarshotError(error.code, `${error.message.replace(/\.$/, '')} (tensor "${printable(name)}").`);
  }
}

/** `{model, config}` in either order, or a bare state dict. Entries of a state dict that are no tensors are left out. */
export function readTorchCheckpoint(bytes: Uint8Array): TorchCheckpoint {
  const file = readTorchFile(bytes);
  if (!(file.value instanceof Map)) return refuse('it holds no dictionary of tensors');
  const nested = file.value.has('model');
  const model = nested ? file.value.get('model') : file.value;
  if (!(model instanceof Map)) return refuse('its entry "model" is no dictionary of tensors');
  const tensors = new Map<string, TensorData>();
  let total = 0;
  for (const [name, value] of model) {
    if (typeof name !== 'string' || !(value instanceof PickleTensor)) continue;
    const tensor = named(name, () => file.tensor(value));
    total += tensor.bytes.length;
    // Many tensors may share one storage; whoever writes them out again must not end with a file a thousand times as large.
    if (total > MOST_SHARED * bytes.length)
      refuse(`its tensors share their numbers so often that they are more than ${MOST_SHARED} times the file`);
    tensors.set(name, tensor);
  }
  if (tensors.size === 0) refuse('it holds no tensors by name');
  return { tensors, config: (nested ? file.value.get('config') : null) ?? null };
}

/** @throws EarshotError `bad-checkpoint` naming the first thing that is wrong or refused. */
export function readTorchFile(bytes: Uint8Array): TorchFile {
  const startsWith = (...start: number[]): boolean => start.every((byte, i) => bytes[i] === byte);
  if (startsWith(0x50, 0x4b)) return readZip(bytes);
  if (startsWith(0x80)) return readLegacy(bytes);
  return refuse(
    bytes.length === 0
      ? 'the file is empty'
      : `it is no PyTorch file (it begins with "${strFromU8(bytes.subarray(0, 24), true).replaceAll(/[^\x20-\x7e]/g, '?')}")`,
  );
}

function readZip(bytes: Uint8Array): TorchFile {
  const entries = readZipEntries(bytes);
  const names = [...entries.keys()];
  const pickles = names.filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  const pickle = pickles[0];
  if (pickle === undefined || pickles.length > 1)
    return refuse('it is a zip file, but not one of torch.save (no single data.pkl)');
  const folder = pickle.slice(0, -'data.pkl'.length);
  if (entries.has(`${folder}constants.pkl`)) return refuse('it is a TorchScript program; save the state dict instead');
  const order = entries.get(`${folder}byteorder`);
  if (order && strFromU8(order) !== 'little') return refuse('its numbers are big-endian');
  const { value } = readPickle(entries.get(pickle)!, 0, thingsAllowed(bytes.length));
  return new Tensors(
    value,
    (key) => entries.get(`${folder}data/${key}`) ?? refuse('a tensor refers to a record that is not in the file'),
    bytes.length,
  );
}

/** Python's long 0x1950a86a20f9469cfc6c. */
const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;
const LEGACY_PROTOCOL = 1001;

/** Pickles of magic number, version, machine, object and storage keys; then each storage as its length and its bytes. */
function readLegacy(bytes: Uint8Array): TorchFile {
  let at = 0;
  const next = (): PickleValue => {
    const { value, end } = readPickle(bytes, at);
    at = end;
    return value;
  };
  if (next() !== LEGACY_MAGIC) return refuse('it is a pickle, but not one of torch.save');
  if (next() !== LEGACY_PROTOCOL) return refuse('it has an unknown version of the old container');
  const machine = next();
  if (!(machine instanceof Map) || machine.get('little_endian') !== true)
    return refuse('its numbers are not little-endian');
  const value = next();
  const keys = next();
  if (!Array.isArray(keys)) return refuse('its list of storages is not a list');

  const declared = storagesOf(value);
  const storages = new Map<string, Uint8Array>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const key of keys) {
    const storage = typeof key === 'string' ? declared.get(key) : undefined;
    if (!storage || storages.has(storage.key)) return refuse('its list of storages does not fit its tensors');
    if (at + 8 > bytes.length) return refuse('it breaks off before its last storage');
    const length = view.getBigInt64(at, true);
    at += 8;
    if (length !== BigInt(storage.length)) return refuse('a storage has another length than its tensors say');
    const end = at + storage.length * BYTES_PER_ELEMENT[storage.dtype];
    if (end > bytes.length) return refuse('it breaks off before its last storage ends');
    storages.set(storage.key, bytes.subarray(at, end));
    at = end;
  }
  return new Tensors(
    value,
    (key) => storages.get(key) ?? refuse('a tensor refers to a storage that is not in the file'),
    bytes.length,
  );
}

/** All storages of a value by key. The value was found to be a small tree, so each part is walked as often as it is met. */
function storagesOf(root: PickleValue): ReadonlyMap<string, PickleStorage> {
  const found = new Map<string, PickleStorage>();
  const rest: PickleValue[] = [root];
  for (let value = rest.pop(); value !== undefined; value = rest.pop()) {
    if (value instanceof PickleTensor) value = value.storage;
    if (value instanceof PickleStorage) {
      const known = found.get(value.key);
      if (known && (known.dtype !== value.dtype || known.length !== value.length)) {
        refuse('one storage is described in two ways');
      }
      found.set(value.key, value);
    } else if (Array.isArray(value) || value instanceof Set) {
      for (const child of value) rest.push(child);
    } else if (value instanceof Map) {
      for (const [key, child] of value) rest.push(key, child);
    }
  }
  return found;
}

class Tensors implements TorchFile {
  readonly value: PickleValue;
  readonly #bytesOf: (key: string) => Uint8Array;
  /** Bytes that copies may still take; a tensor of stride 0 could otherwise be as large as it likes. */
  #copyBudget: number;

  constructor(value: PickleValue, bytesOf: (key: string) => Uint8Array, fileBytes: number) {
    this.value = value;
    this.#bytesOf = bytesOf;
    this.#copyBudget = fileBytes;
  }

  tensor({ storage, offset, shape, strides }: PickleTensor): TensorData {
    const { dtype } = storage;
    const size = BYTES_PER_ELEMENT[dtype];
    const record = this.#bytesOf(storage.key);
    if (storage.length * size > record.length) {
      refuse(`a tensor's storage should have ${storage.length * size} bytes, it has ${record.length}`);
    }
    const count = shape.reduce((product, dim) => product * dim, 1);
    if (count === 0) return { dtype, shape, bytes: record.subarray(0, 0) };
    const last = shape.reduce((index, dim, axis) => index + (dim - 1) * strides[axis]!, offset);
    if (last >= storage.length) {
      refuse(`a tensor of shape [${shape.join(', ')}] reaches beyond its storage of ${storage.length} numbers`);
    }
    if (isContiguous(shape, strides)) {
      return { dtype, shape, bytes: record.subarray(offset * size, (offset + count) * size) };
    }
    this.#copyBudget -= count * size;
    if (this.#copyBudget < 0) refuse(`a tensor of shape [${shape.join(', ')}] is larger than the file`);
    return { dtype, shape, bytes: gather(record, size, offset, shape, strides, count) };
  }
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    // The stride of an axis of length 1 is never used.
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

/** Elements in row-major order, by an odometer over the axes. */
function gather(
  record: Uint8Array,
  size: number,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
  count: number,
): Uint8Array {
  const out = new Uint8Array(count * size);
  const index = new Array<number>(shape.length).fill(0);
  let from = offset;
  for (let i = 0; i < count; i++) {
    for (let byte = 0; byte < size; byte++) out[i * size + byte] = record[from * size + byte]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      index[axis]!++;
      if (index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}
