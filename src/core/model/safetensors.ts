/**
 * Reads and writes `.safetensors`: an 8-byte little-endian header length, a JSON header, raw tensors. Reading makes views, no
 * copies, and trusts nothing: every offset is checked before use. Format: huggingface/safetensors, README "Format". Any thread.
 */
import { strFromU8, strToU8 } from 'fflate';
import { EarshotError } from '../errors.ts';
import { printable, thingsAllowed } from './refusals.ts';
import { BYTES_PER_ELEMENT, elementCount, type StateDict, type TensorData, type TensorDtype } from './tensor.ts';

/** The format itself allows a hundred million; twelve layers need some 30 000. */
const MAX_HEADER_BYTES = 16 * 2 ** 20;

const isDtype = (value: unknown): value is TensorDtype =>
  typeof value === 'string' && Object.hasOwn(BYTES_PER_ELEMENT, value);
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

/** A name as a person can read it, however long it is. */
/** Lists and objects are not shown: they may be nested deeper than `JSON.stringify` can follow. */
const shown = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? Array.isArray(value)
      ? 'a list'
      : 'an object'
    : printable(JSON.stringify(value) ?? 'nothing');

/** What `JSON.parse` makes an object or an entry of; counted in texts too, which is too many and never too few. */
const JSON_THINGS = new Set(Array.from('[{,', (letter) => letter.charCodeAt(0)));

/** Nothing larger than the file may come of its header, and a list in JSON takes two bytes. */
function headerThings(header: Uint8Array): number {
  let things = 0;
  for (let i = 0; i < header.length; i++) if (JSON_THINGS.has(header[i]!)) things++;
  return things;
}

export interface Safetensors {
  readonly tensors: StateDict;
  readonly metadata: ReadonlyMap<string, string>;
}

/** @throws EarshotError `bad-weights` that names what is wrong. */
export function readSafetensors(file: Uint8Array): Safetensors {
  const refuse = (why: string, cause?: unknown): never => {
    throw new EarshotError(
      'bad-weights',
      `Not a usable .safetensors file: ${why}.`,
      cause === undefined ? {} : { cause },
    );
  };
  if (file.length < 10) refuse(`it has only ${file.length} bytes`);
  const length = Number(new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true));
  if (length < 2 || length > Math.min(MAX_HEADER_BYTES, file.length - 8)) {
    refuse(`its header claims ${length} bytes, the file has ${file.length}`);
  }
  const headerBytes = file.subarray(8, 8 + length);
  if (headerThings(headerBytes) > thingsAllowed(file.length)) refuse('its header lists more than any network has');
  let header: unknown;
  try {
    header = JSON.parse(strFromU8(headerBytes));
  } catch (cause) {
    refuse('its header is not JSON', cause);
  }
  if (!isRecord(header)) return refuse('its header is not an object');

  const data = file.subarray(8 + length);
  const metadata = new Map<string, string>();
  const tensors = new Map<string, TensorData>();
  const spans: { readonly name: string; readonly from: number; readonly to: number }[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (!isRecord(entry)) return refuse(`${shown(name)} is not described by an object`);
    if (name === '__metadata__') {
      for (const [key, value] of Object.entries(entry)) {
        if (typeof value !== 'string') refuse(`metadata ${shown(key)} is not text`);
        else metadata.set(key, value);
      }
      continue;
    }
    const {
      dtype,
      shape,
      data_offsets: offsets,
    } = entry as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
    if (!isDtype(dtype)) return refuse(`tensor ${shown(name)} has the unknown type ${shown(dtype)}`);
    if (!Array.isArray(shape) || shape.length > 16 || !shape.every(isCount))
      return refuse(`tensor ${shown(name)} has no usable shape`);
    if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
      return refuse(`tensor ${shown(name)} has no usable data_offsets`);
    }
    const [from, to] = offsets as [number, number];
    if (from > to || to > data.length)
      refuse(`tensor ${shown(name)} lies at ${from}..${to}, the data has ${data.length} bytes`);
    const bytes = elementCount(shape) * BYTES_PER_ELEMENT[dtype];
    if (bytes !== to - from) {
      refuse(
        `tensor ${shown(name)} ${dtype} [${shape.join(', ')}] needs ${bytes} bytes, its data_offsets hold ${to - from}`,
      );
    }
    spans.push({ name, from, to });
    tensors.set(name, { dtype, shape, bytes: data.subarray(from, to) });
  }
  spans.sort((a, b) => a.from - b.from || a.to - b.to);
  let end = 0;
  for (const { name, from, to } of spans) {
    if (from !== end)
      refuse(
        from < end
          ? `tensor ${shown(name)} overlaps the one before it`
          : `there is a hole before tensor ${shown(name)}`,
      );
    end = to;
  }
  if (end !== data.length) refuse(`${data.length - end} bytes follow the last tensor`);
  return { tensors, metadata };
}

/** Tensors in the order given; the header is padded with spaces so that data starts at a multiple of 8. */
export function writeSafetensors(
  tensors: StateDict,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  // As pairs: assigning to a key of a plain object goes wrong for a tensor called "__proto__".
  const entries: [string, unknown][] = Object.keys(metadata).length > 0 ? [['__metadata__', metadata]] : [];
  let offset = 0;
  for (const [name, { dtype, shape, bytes }] of tensors) {
    if (name === '__metadata__')
      throw new RangeError('a tensor must not be called "__metadata__", the format uses that name');
    entries.push([name, { dtype, shape, data_offsets: [offset, offset + bytes.length] }]);
    offset += bytes.length;
  }
  const text = strToU8(JSON.stringify(Object.fromEntries(entries)));
  const padded = Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(8 + padded + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.fill(0x20, 8, 8 + padded).set(text, 8);
  let at = 8 + padded;
  for (const { bytes } of tensors.values()) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}
