/**
 * The entries of a zip file as views into it: `torch.save` stores and never compresses, so there is nothing to unpack. Own code
 * because of what it refuses: fflate would copy every entry, and takes the directory's word for how many there are.
 * Format: PKWARE APPNOTE.TXT 4.3 (zip64 included). Any thread; allocates the directory only.
 */
import { strFromU8 } from 'fflate';
import { EarshotError } from '../errors.ts';
import { thingsAllowed } from './refusals.ts';

const END = 0x06054b50;
const END_BYTES = 22;
const ZIP64_LOCATOR = 0x07064b50;
const ZIP64_LOCATOR_BYTES = 20;
const ZIP64_END = 0x06064b50;
const ZIP64_END_BYTES = 56;
const ENTRY = 0x02014b50;
const ENTRY_BYTES = 46;
const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;
const UNKNOWN_16 = 0xffff;
const UNKNOWN_32 = 0xffffffff;

const refuse = (why: string): never => {
  throw new EarshotError('bad-checkpoint', `The checkpoint's zip file is damaged or of another kind: ${why}.`);
};

/**
 * Name to content; the content's CRC-32 is checked.
 * @throws EarshotError `bad-checkpoint` for compressed, encrypted, overlapping or damaged entries.
 */
export function readZipEntries(file: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const reader = new Fields(file);
  const { count, offset, end } = findDirectory(reader);
  const entries = new Map<string, Uint8Array>();
  let at = offset;
  let total = 0;
  for (let i = 0; i < count; i++) {
    if (at + ENTRY_BYTES > end || reader.u32(at) !== ENTRY)
      refuse(`its directory breaks off after ${i} of ${count} entries`);
    const nameBytes = reader.u16(at + 28);
    const extraBytes = reader.u16(at + 30);
    const next = at + ENTRY_BYTES + nameBytes + extraBytes + reader.u16(at + 32);
    if (next > end) refuse(`its directory breaks off after ${i} of ${count} entries`);
    const name = strFromU8(reader.bytes(at + ENTRY_BYTES, nameBytes));
    if (entries.has(name)) refuse('two entries have one name');
    if ((reader.u16(at + 8) & 1) !== 0) refuse('an entry is encrypted');
    if (reader.u16(at + 10) !== 0) refuse('an entry is compressed, which torch.save never does');
    const sizes = entrySizes(reader, at, at + ENTRY_BYTES + nameBytes, extraBytes);
    if (sizes.packed !== sizes.size) refuse('an entry says two sizes');
    total += sizes.size;
    if (total > file.length) refuse('its entries hold more than the file');
    const content = contentOf(reader, sizes.localAt, sizes.size, offset);
    if (crc32(content) !== reader.u32(at + 16))
      refuse(`the content of entry ${i + 1} has changed since it was written (CRC-32)`);
    entries.set(name, content);
    at = next;
  }
  return entries;
}

function contentOf(reader: Fields, localAt: number, size: number, directoryAt: number): Uint8Array {
  if (localAt + LOCAL_BYTES > directoryAt || reader.u32(localAt) !== LOCAL)
    return refuse('an entry is not where it should be');
  const from = localAt + LOCAL_BYTES + reader.u16(localAt + 26) + reader.u16(localAt + 28);
  if (from + size > directoryAt) refuse('an entry reaches into the directory');
  return reader.bytes(from, size);
}

interface Directory {
  readonly count: number;
  readonly offset: number;
  readonly end: number;
}

function findDirectory(reader: Fields): Directory {
  const lowest = Math.max(0, reader.length - END_BYTES - UNKNOWN_16);
  let at = reader.length - END_BYTES;
  // The comment that may follow must end where the file ends.
  while (at >= lowest && !(reader.u32(at) === END && at + END_BYTES + reader.u16(at + 20) === reader.length)) at--;
  if (at < lowest || at < 0) return refuse('it has no directory, so it was probably cut off');
  const count = reader.u16(at + 10);
  const offset = reader.u32(at + 16);
  const size = reader.u32(at + 12);
  if (count !== UNKNOWN_16 && offset !== UNKNOWN_32 && size !== UNKNOWN_32)
    return checked(reader, count, offset, size, at);

  const locator = at - ZIP64_LOCATOR_BYTES;
  // A plain file may just have 65 535 entries.
  if (locator < 0 || reader.u32(locator) !== ZIP64_LOCATOR) return checked(reader, count, offset, size, at);
  const end64 = reader.u64(locator + 8);
  if (end64 + ZIP64_END_BYTES > locator || reader.u32(end64) !== ZIP64_END)
    return refuse('its zip64 directory is not where it should be');
  return checked(reader, reader.u64(end64 + 32), reader.u64(end64 + 48), reader.u64(end64 + 40), end64);
}

function checked(reader: Fields, count: number, offset: number, size: number, limit: number): Directory {
  if (offset + size > limit || limit > reader.length) refuse('its directory lies outside of the file');
  if (count * ENTRY_BYTES > size) refuse(`its directory claims ${count} entries in ${size} bytes`);
  // Entries without content cost a name here and an object in memory.
  if (count > thingsAllowed(reader.length)) refuse(`its directory has ${count} entries`);
  return { count, offset, end: offset + size };
}

/** Sizes and place of an entry, out of the zip64 field where the plain ones are full. */
function entrySizes(
  reader: Fields,
  at: number,
  extraAt: number,
  extraBytes: number,
): { readonly size: number; readonly packed: number; readonly localAt: number } {
  let size = reader.u32(at + 24);
  let packed = reader.u32(at + 20);
  let localAt = reader.u32(at + 42);
  if (size !== UNKNOWN_32 && packed !== UNKNOWN_32 && localAt !== UNKNOWN_32) return { size, packed, localAt };
  const end = extraAt + extraBytes;
  for (let field = extraAt; field + 4 <= end; field += 4 + reader.u16(field + 2)) {
    if (reader.u16(field) !== 1) continue;
    let from = field + 4;
    const fieldEnd = Math.min(end, from + reader.u16(field + 2));
    const wide = (): number => {
      if (from + 8 > fieldEnd) refuse('a zip64 field is too short');
      from += 8;
      return reader.u64(from - 8);
    };
    // In this order, and only those that did not fit.
    if (size === UNKNOWN_32) size = wide();
    if (packed === UNKNOWN_32) packed = wide();
    if (localAt === UNKNOWN_32) localAt = wide();
    return { size, packed, localAt };
  }
  return { size, packed, localAt };
}

/** Little-endian numbers; a read past the end is refused. */
class Fields {
  readonly length: number;
  readonly #file: Uint8Array;
  readonly #view: DataView;
  constructor(file: Uint8Array) {
    this.#file = file;
    this.#view = new DataView(file.buffer, file.byteOffset, file.byteLength);
    this.length = file.length;
  }

  #check(at: number, length: number): void {
    if (at < 0 || at + length > this.length) refuse(`it points to byte ${at}, the file has ${this.length}`);
  }

  u16(at: number): number {
    this.#check(at, 2);
    return this.#view.getUint16(at, true);
  }

  u32(at: number): number {
    this.#check(at, 4);
    return this.#view.getUint32(at, true);
  }

  u64(at: number): number {
    this.#check(at, 8);
    const value = this.#view.getBigUint64(at, true);
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : refuse(`it names the size or place ${value}`);
  }

  bytes(at: number, length: number): Uint8Array {
    this.#check(at, length);
    return this.#file.subarray(at, at + length);
  }
}

let table: Uint32Array | null = null;

/** CRC-32 as zip has it (polynomial 0xedb88320), unsigned. */
export function crc32(bytes: Uint8Array): number {
  table ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    return value;
  });
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ table[(crc ^ bytes[i]!) & 0xff]!;
  return (crc ^ 0xffffffff) >>> 0;
}
