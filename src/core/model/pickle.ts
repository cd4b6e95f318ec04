/**
 * Reads the part of Python's pickle that `torch.save` writes (protocols 2 to 5) and executes nothing: of all importable names, a
 * short list stands for data we know how to build, and the first one outside it ends the reading. Opcodes: CPython
 * `Lib/pickletools.py`. Any thread. Time and memory are bounded by the length of the file ({@link thingsAllowed}) and by
 * {@link LIMITS}; nothing recurses, and nothing from the file becomes a key of a plain object.
 */
import { strFromU8 } from 'fflate';
import { EarshotError } from '../errors.ts';
import { printable, thingsAllowed } from './refusals.ts';
import type { TensorDtype } from './tensor.ts';

/** None is null; lists and tuples are arrays; int is a number where that is exact, else a bigint. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | Set<PickleValue>
  | PickleTensor
  | PickleStorage;

/** Where the numbers of a tensor lie: a record of the container, by key. Device tags are dropped. */
export class PickleStorage {
  readonly dtype: TensorDtype;
  readonly key: string;
  /** Elements. */
  readonly length: number;
  constructor(dtype: TensorDtype, key: string, length: number) {
    this.dtype = dtype;
    this.key = key;
    this.length = length;
  }
}

/** A view of a storage. Offset and strides count elements. Not yet checked against the storage's length. */
export class PickleTensor {
  readonly storage: PickleStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  constructor(storage: PickleStorage, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

const LIMITS = {
  /** Data of a real checkpoint's pickle is below a megabyte; the tensors lie elsewhere. */
  bytes: 16 * 2 ** 20,
  stack: 500_000,
  marks: 1000,
  depth: 200,
  /** Bytes of one integer; torch's own magic number has 10. */
  integerBytes: 32,
  rank: 16,
} as const;

/** Python's `ByteStorage` and so on. */
const STORAGES: ReadonlyMap<string, TensorDtype> = new Map([
  ['DoubleStorage', 'F64'],
  ['FloatStorage', 'F32'],
  ['HalfStorage', 'F16'],
  ['BFloat16Storage', 'BF16'],
  ['LongStorage', 'I64'],
  ['IntStorage', 'I32'],
  ['ShortStorage', 'I16'],
  ['CharStorage', 'I8'],
  ['ByteStorage', 'U8'],
  ['BoolStorage', 'BOOL'],
]);

/** What a known name builds from its arguments. `charge` counts what it makes against the limit. */
type Build = (args: readonly Item[], charge: (cells: number) => void) => PickleValue | undefined;

/** A name that may be called. Never part of a result. */
class Callable {
  readonly name: string;
  readonly build: Build;
  constructor(name: string, build: Build) {
    this.name = name;
    this.build = build;
  }
}
class StorageType {
  readonly dtype: TensorDtype;
  constructor(dtype: TensorDtype) {
    this.dtype = dtype;
  }
}
type Item = PickleValue | Callable | StorageType;

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length <= LIMITS.rank && value.every(isCount);

const sequence: Build = ([items, ...rest], charge) => {
  if (rest.length > 0) return undefined;
  if (items === undefined) return [];
  if (!Array.isArray(items) && !(items instanceof Set)) return undefined;
  charge(Array.isArray(items) ? items.length : items.size);
  return [...items];
};
const set: Build = (args, charge) => {
  const items = sequence(args, charge);
  return Array.isArray(items) && items.every(isKey) ? new Set(items) : undefined;
};
/** Empty, or from a list of pairs, as older pickles have it. */
const dictionary: Build = ([pairs, ...rest], charge) => {
  if (rest.length > 0) return undefined;
  if (pairs === undefined) return new Map();
  if (!Array.isArray(pairs)) return undefined;
  charge(pairs.length);
  const map = new Map<PickleValue, PickleValue>();
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) return undefined;
    const [key, value] = pair;
    if (key === undefined || value === undefined || !isKey(key)) return undefined;
    map.set(key, value);
  }
  return map;
};

/** The whole list. Adding to it means: this name builds plain data out of its arguments and does nothing else. */
const CALLABLES: ReadonlyMap<string, Build> = new Map<string, Build>([
  [
    'torch._utils._rebuild_tensor_v2',
    ([storage, offset, shape, strides]) =>
      storage instanceof PickleStorage &&
      isCount(offset) &&
      isCounts(shape) &&
      isCounts(strides) &&
      shape.length === strides.length
        ? new PickleTensor(storage, offset, shape, strides)
        : undefined,
  ],
  ['torch._utils._rebuild_parameter', ([tensor]) => (tensor instanceof PickleTensor ? tensor : undefined)],
  ['torch.Size', sequence],
  ['collections.OrderedDict', dictionary],
  ['builtins.dict', dictionary],
  ['builtins.list', sequence],
  ['builtins.tuple', sequence],
  ['builtins.set', set],
  ['builtins.frozenset', set],
  // Protocol 2 has no bytes; Python writes them as latin-1 text to be encoded again.
  [
    '_codecs.encode',
    ([text, encoding], charge) => {
      if (typeof text !== 'string' || (encoding !== 'latin1' && encoding !== 'latin-1')) return undefined;
      charge(1 + text.length / 16);
      // Not Uint8Array.from: it would first make a list of all letters.
      const bytes = new Uint8Array(text.length);
      for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
      return bytes;
    },
  ],
  ['builtins.bytes', (args) => (args.length === 0 ? new Uint8Array(0) : undefined)],
]);

/** What Python can hash and a configuration uses; a list as key is an error there too. */
const isKey = (value: PickleValue): boolean =>
  value === null ||
  typeof value === 'string' ||
  typeof value === 'number' ||
  typeof value === 'boolean' ||
  typeof value === 'bigint' ||
  Array.isArray(value);

export interface PickleResult {
  readonly value: PickleValue;
  /** Offset of the first byte after the pickle. */
  readonly end: number;
}

/**
 * Reads one pickle that starts at `start`. `things` bounds what it makes: stack entries, list items, dictionary entries; by default
 * what the length of `bytes` allows.
 * @throws EarshotError `bad-checkpoint` naming the first thing refused, and its offset.
 */
export function readPickle(bytes: Uint8Array, start = 0, things = thingsAllowed(bytes.length)): PickleResult {
  const machine = new Machine(bytes.subarray(0, Math.min(bytes.length, start + LIMITS.bytes)), start, things);
  const value = machine.run();
  refuseTangled(value, things);
  return { value, end: machine.at };
}

class Machine {
  at: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #start: number;
  readonly #things: number;
  readonly #memo = new Map<number, Item>();
  /** Heights of the stack at each open MARK. */
  readonly #marks: number[] = [];
  readonly #stack: Item[] = [];
  /** Tuples that were written with a real storage type, so that plain text cannot pass for one. */
  readonly #persistentIds = new WeakSet<object>();
  #cells = 0;
  #opcodeAt = 0;

  constructor(bytes: Uint8Array, start: number, things: number) {
    this.#things = things;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#start = start;
    this.at = start;
  }

  run(): PickleValue {
    for (;;) {
      this.#opcodeAt = this.at;
      const opcode = this.#bytes[this.#take(1)]!;
      if (opcode === 0x2e /* STOP */) {
        const value = this.#popData();
        if (this.#stack.length > 0 || this.#marks.length > 0) this.#refuse('it ends with values left over');
        return value;
      }
      const item = this.#execute(opcode);
      if (item !== undefined) this.#push(item);
    }
  }

  /** Does what an opcode does; returns what it puts on the stack, if it does. */
  #execute(opcode: number): Item | undefined {
    switch (opcode) {
      case 0x80: {
        // PROTO
        const protocol = this.#u8();
        if (protocol < 2 || protocol > 5) this.#refuse(`pickle protocol ${protocol} (2 to 5 can be read)`);
        return undefined;
      }
      case 0x95: // FRAME: a hint for buffered readers; its length must still be there
        this.#need(this.#u64());
        return undefined;
      case 0x28: // MARK
        if (this.#marks.length >= LIMITS.marks) this.#refuse(`more than ${LIMITS.marks} levels of nesting`);
        this.#marks.push(this.#stack.length);
        return undefined;
      case 0x30: // POP
        if (this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
        else this.#pop();
        return undefined;
      case 0x31: // POP_MARK
        this.#popToMark();
        return undefined;
      case 0x32: // DUP
        return this.#top();

      case 0x4e: // NONE
        return null;
      case 0x88: // NEWTRUE
        return true;
      case 0x89: // NEWFALSE
        return false;
      case 0x4a: // BININT
        return this.#view.getInt32(this.#take(4), true);
      case 0x4b: // BININT1
        return this.#u8();
      case 0x4d: // BININT2
        return this.#view.getUint16(this.#take(2), true);
      case 0x8a: // LONG1
        return this.#integer(this.#u8());
      case 0x8b: // LONG4
        return this.#integer(this.#u32());
      case 0x47: // BINFLOAT, big-endian
        return this.#view.getFloat64(this.#take(8), false);

      case 0x58: // BINUNICODE
        return this.#text(this.#u32());
      case 0x8c: // SHORT_BINUNICODE
        return this.#text(this.#u8());
      case 0x8d: // BINUNICODE8
        return this.#text(this.#u64());
      case 0x54: // BINSTRING, Python 2
        return this.#text(this.#u32());
      case 0x55: // SHORT_BINSTRING, Python 2
        return this.#text(this.#u8());
      case 0x42: // BINBYTES
        return this.#slice(this.#u32());
      case 0x43: // SHORT_BINBYTES
        return this.#slice(this.#u8());
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        return this.#slice(this.#u64());

      case 0x29: // EMPTY_TUPLE
      case 0x5d: // EMPTY_LIST
        return [];
      case 0x7d: // EMPTY_DICT
        return new Map();
      case 0x8f: // EMPTY_SET
        return new Set();
      case 0x85: // TUPLE1
        return this.#popMany(1);
      case 0x86: // TUPLE2
        return this.#popMany(2);
      case 0x87: // TUPLE3
        return this.#popMany(3);
      case 0x74: // TUPLE
      case 0x6c: // LIST
        return this.#tuple(this.#popToMark());
      case 0x64: // DICT
        return this.#dictionary(this.#popToMark());
      case 0x91: {
        // FROZENSET
        const made = new Set<PickleValue>();
        this.#add(made, this.#popToMark());
        return made;
      }
      case 0x61: {
        // APPEND
        const value = this.#popData();
        this.#charge(1);
        this.#topList().push(value);
        return undefined;
      }
      case 0x65: {
        // APPENDS
        const values = this.#popToMark();
        const list = this.#topList();
        for (const value of values) list.push(this.#data(value));
        return undefined;
      }
      case 0x73: {
        // SETITEM
        const value = this.#pop();
        const key = this.#pop();
        this.#charge(1);
        this.#fill(this.#topDictionary(), [key, value]);
        return undefined;
      }
      case 0x75: {
        // SETITEMS
        const items = this.#popToMark();
        this.#fill(this.#topDictionary(), items);
        return undefined;
      }
      case 0x90: {
        // ADDITEMS
        const items = this.#popToMark();
        const target = this.#top();
        if (target instanceof Set) this.#add(target, items);
        else this.#refuse('items are added to something that is no set');
        return undefined;
      }

      case 0x68: // BINGET
        return this.#recall(this.#u8());
      case 0x6a: // LONG_BINGET
        return this.#recall(this.#u32());
      case 0x71: // BINPUT
        this.#remember(this.#u8());
        return undefined;
      case 0x72: // LONG_BINPUT
        this.#remember(this.#u32());
        return undefined;
      case 0x94: // MEMOIZE
        this.#remember(this.#memo.size);
        return undefined;

      case 0x63: {
        // GLOBAL
        const module = this.#line();
        return this.#global(module, this.#line());
      }
      case 0x93: {
        // STACK_GLOBAL
        const name = this.#pop();
        const module = this.#pop();
        if (typeof module !== 'string' || typeof name !== 'string') return this.#refuse('a name that is not text');
        return this.#global(module, name);
      }
      case 0x52: // REDUCE
        return this.#reduce();
      case 0x62: {
        // BUILD: an ordered dictionary of torch carries `_metadata` as an attribute, which nobody needs
        const state = this.#popData();
        if (!(this.#top() instanceof Map) || !(state instanceof Map)) {
          this.#refuse('attributes are set on something that is no dictionary');
        }
        return undefined;
      }
      case 0x51: // BINPERSID
        return this.#storage(this.#popData());
      default:
        return this.#refuse(
          `opcode 0x${opcode.toString(16).padStart(2, '0')}, which no checkpoint of plain tensors needs`,
        );
    }
  }

  #refuse(why: string): never {
    const offset = this.#opcodeAt - this.#start;
    throw new EarshotError('bad-checkpoint', `The checkpoint was refused at byte ${offset} of its pickle: ${why}.`);
  }

  #need(length: number): void {
    if (length > this.#bytes.length - this.at) {
      this.#refuse(`it wants ${length} bytes more, ${this.#bytes.length - this.at} are left`);
    }
  }

  /** Moves on; returns where the bytes start. */
  #take(length: number): number {
    this.#need(length);
    const from = this.at;
    this.at += length;
    return from;
  }

  #u8(): number {
    return this.#bytes[this.#take(1)]!;
  }

  #u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  #u64(): number {
    const value = this.#view.getBigUint64(this.#take(8), true);
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : this.#refuse(`a length of ${value} bytes`);
  }

  #slice(length: number): Uint8Array {
    const from = this.#take(length);
    return this.#bytes.slice(from, from + length);
  }

  #text(length: number): string {
    const from = this.#take(length);
    return strFromU8(this.#bytes.subarray(from, from + length));
  }

  /** Two's complement, little-endian; no bytes are zero. */
  #integer(length: number): number | bigint {
    if (length > LIMITS.integerBytes) this.#refuse(`an integer of ${length} bytes`);
    const from = this.#take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#bytes[from + i]!);
    if (length > 0) value = BigInt.asIntN(length * 8, value);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  /** ASCII up to a line feed. */
  #line(): string {
    const from = this.at;
    const end = this.#bytes.subarray(from, from + 256).indexOf(0x0a);
    if (end < 0) this.#refuse('a name without an end');
    this.at = from + end + 1;
    return strFromU8(this.#bytes.subarray(from, from + end), true);
  }

  #charge(cells: number): void {
    this.#cells += cells;
    if (this.#cells > this.#things) this.#refuse(`it makes more than ${this.#things} things`);
  }

  #push(item: Item): void {
    this.#charge(1);
    if (this.#stack.length >= LIMITS.stack) this.#refuse(`more than ${LIMITS.stack} values wait on its stack`);
    this.#stack.push(item);
  }

  /** Never reaches below the innermost MARK. */
  #top(): Item {
    const item = this.#stack.length > (this.#marks.at(-1) ?? 0) ? this.#stack.at(-1) : undefined;
    return item === undefined ? this.#refuse('a value is wanted and none is there') : item;
  }

  #pop(): Item {
    const item = this.#top();
    this.#stack.pop();
    return item;
  }

  #data(item: Item): PickleValue {
    if (item instanceof Callable) return this.#refuse(`${item.name} is used as a value`);
    if (item instanceof StorageType) return this.#refuse('a storage type is used as a value');
    return item;
  }

  #popData(): PickleValue {
    return this.#data(this.#pop());
  }

  #popMany(count: number): PickleValue[] {
    const items: PickleValue[] = [];
    for (let i = 0; i < count; i++) items.push(this.#data(this.#pop()));
    return items.reverse();
  }

  #popToMark(): Item[] {
    const mark = this.#marks.pop();
    if (mark === undefined) return this.#refuse('a MARK is wanted and none is there');
    const items = this.#stack.splice(mark);
    this.#charge(items.length);
    return items;
  }

  #tuple(items: Item[]): PickleValue[] {
    // The tuple of a persistent id holds the storage's type, which is no data: its place is taken by our name for it.
    const [tag, type] = items;
    const id = tag === 'storage' && type instanceof StorageType;
    if (id) items[1] = type.dtype;
    const tuple = items.map((item) => this.#data(item));
    if (id) this.#persistentIds.add(tuple);
    return tuple;
  }

  #dictionary(items: Item[]): Map<PickleValue, PickleValue> {
    const map = new Map<PickleValue, PickleValue>();
    this.#fill(map, items);
    return map;
  }

  #topList(): PickleValue[] {
    const list = this.#top();
    return Array.isArray(list) ? list : this.#refuse('items are appended to something that is no list');
  }

  #topDictionary(): Map<PickleValue, PickleValue> {
    const map = this.#top();
    return map instanceof Map ? map : this.#refuse('entries are set in something that is no dictionary');
  }

  #fill(map: Map<PickleValue, PickleValue>, items: readonly Item[]): void {
    if (items.length % 2 !== 0) this.#refuse('a dictionary key without a value');
    for (let i = 0; i < items.length; i += 2) {
      const key = this.#data(items[i]!);
      if (!isKey(key)) this.#refuse('a dictionary key that is neither text nor a number');
      map.set(key, this.#data(items[i + 1]!));
    }
  }

  #add(target: Set<PickleValue>, items: readonly Item[]): void {
    for (const item of items) {
      const value = this.#data(item);
      if (!isKey(value)) this.#refuse('a set holds something that is neither text nor a number');
      target.add(value);
    }
  }

  #remember(index: number): void {
    this.#charge(1);
    this.#memo.set(index, this.#top());
  }

  #recall(index: number): Item {
    // A remembered None is null, so only undefined means that nothing is there.
    const item = this.#memo.get(index);
    return item === undefined ? this.#refuse(`memo ${index} was never written`) : item;
  }

  #global(module: string, name: string): Item {
    // Protocol 2 writes Python 2's name of the built-ins.
    const home = module === '__builtin__' ? 'builtins' : module;
    const full = `${home}.${name}`;
    const dtype = home === 'torch' ? STORAGES.get(name) : undefined;
    if (dtype) return new StorageType(dtype);
    const build = CALLABLES.get(full);
    return build
      ? new Callable(full, build)
      : this.#refuse(`it asks for ${printable(`${module}.${name}`)}, which is not plain data`);
  }

  #reduce(): PickleValue {
    const args = this.#popData();
    const callable = this.#pop();
    if (!(callable instanceof Callable)) return this.#refuse('something is called that is no known name');
    const made = Array.isArray(args) ? callable.build(args, (cells) => this.#charge(cells)) : undefined;
    return made === undefined ? this.#refuse(`${callable.name} was given arguments that it does not take`) : made;
  }

  /** `('storage', type, key, device, length)`, in the legacy container with a sixth entry that is None. */
  #storage(id: PickleValue): PickleStorage {
    if (!Array.isArray(id) || !this.#persistentIds.has(id)) return this.#refuse('a persistent id that is no storage');
    const [, dtype, key, device, length, view = null] = id;
    const known = [...STORAGES.values()].find((name) => name === dtype);
    if (!known || typeof key !== 'string' || typeof device !== 'string' || !isCount(length) || id.length > 6) {
      return this.#refuse('a storage that is not described by type, key, device and length');
    }
    if (view !== null) return this.#refuse('a view of a storage, as only very old files have it; save the file again');
    return new PickleStorage(known, key, length);
  }
}

/**
 * Refuses what is nested too deep, holds itself, or is small in memory and huge when walked: whoever takes the value may then walk
 * it without care. Each object is visited once.
 */
function refuseTangled(root: PickleValue, things: number): void {
  const refuse = (why: string): never => {
    throw new EarshotError('bad-checkpoint', `The checkpoint was refused: its pickle makes ${why}.`);
  };
  interface Extent {
    readonly depth: number;
    /** Values met when everything is walked, shared parts as often as they are met. */
    readonly size: number;
  }
  const LEAF: Extent = { depth: 0, size: 1 };
  const done = new Map<object, Extent>();
  const open = new Set<object>();
  const childrenOf = (value: PickleValue): readonly PickleValue[] | null => {
    if (Array.isArray(value)) return value;
    if (value instanceof Set) return [...value];
    if (value instanceof Map) return [...value].flat();
    return null;
  };
  const extentOf = (value: PickleValue): Extent =>
    (typeof value === 'object' && value !== null ? done.get(value) : undefined) ?? LEAF;

  const stack: { readonly value: object; readonly children: readonly PickleValue[]; next: number }[] = [];
  const enter = (value: PickleValue): void => {
    if (typeof value !== 'object' || value === null || done.has(value)) return;
    const children = childrenOf(value);
    if (!children) return;
    if (open.has(value)) refuse('a value that holds itself');
    if (stack.length >= LIMITS.depth) refuse(`values nested more than ${LIMITS.depth} deep`);
    open.add(value);
    stack.push({ value, children, next: 0 });
  };
  enter(root);
  for (;;) {
    const frame = stack.at(-1);
    if (!frame) return;
    if (frame.next < frame.children.length) {
      enter(frame.children[frame.next++]!);
      continue;
    }
    stack.pop();
    open.delete(frame.value);
    let depth = 0;
    let size = 1;
    for (const child of frame.children) {
      const extent = extentOf(child);
      depth = Math.max(depth, extent.depth);
      size += extent.size;
    }
    if (depth + 1 > LIMITS.depth) refuse(`values nested more than ${LIMITS.depth} deep`);
    if (size > things) refuse('a value that repeats itself without end');
    done.set(frame.value, { depth: depth + 1, size });
  }
}
