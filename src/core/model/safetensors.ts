/**
 * Reads and writes `.safetensors`: an 8-byte little-endian header length, a JSON header, raw tensors. Reading makes views, no
 * copies, and trusts nothing: every offset is checked before use. Format: huggingface/safetensors, README "Format". Any thread.
 *
 * The format has no quantised tensors. Ours lie in two: `NAME` of I8, and `NAME.scale` of F32 with one value for each row of it. Read,
 * they are one tensor with its scale.
 */
import { strFromU8, strToU8 } from 'fflate';
import { EarshotError } from '../errors.ts';
import { printable, thingsAllowed } from './refusals.ts';
import {
  BYTES_PER_ELEMENT,
  elementCount,
  type StateDict,
  type TensorData,
  type TensorDtype,
  toFloat32,
} from './tensor.ts';

/** The format itself allows a hundred million; twelve layers need some 30 000. */
const MAX_HEADER_BYTES = 16 * 2 ** 20;

/** Times a scale, an integer of 8 bits must stay finite. */
const MAX_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;

const isDtype = (value: unknown): value is TensorDtype =>
  typeof value === 'string' && Object.hasOwn(BYTES_PER_ELEMENT, value);
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

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
  joinScales(tensors, refuse);
  return { tensors, metadata };
}

const scaleName = (name: string): string => `${name}.scale`;

/** Integers and their scales become one tensor. An I8 tensor without a scale stays what it is; no network is made of it. */
function joinScales(tensors: Map<string, TensorData>, refuse: (why: string) => never): void {
  for (const [name, tensor] of tensors) {
    const stored = tensor.dtype === 'I8' ? tensors.get(scaleName(name)) : undefined;
    if (!stored) continue;
    const what = `tensor ${shown(scaleName(name))}`;
    const rows = tensor.shape[0] ?? 0;
    if (stored.dtype !== 'F32' || stored.shape.length !== 1 || stored.shape[0] !== rows) {
      refuse(`${what} is ${stored.dtype} [${stored.shape.join(', ')}], F32 [${rows}] was expected`);
    }
    const scale = toFloat32(stored);
    const bad = scale.findIndex((value) => !(value >= 0 && value * 128 <= MAX_FLOAT32));
    if (bad >= 0) refuse(`${what} holds ${scale[bad]} for row ${bad}, a number that is not negative was expected`);
    tensors.set(name, { ...tensor, scale });
    tensors.delete(scaleName(name));
  }
}

/** A tensor that has a place in a file and is not written yet. */
export type TensorPlan = Pick<TensorData, 'dtype' | 'shape'> & {
  /** Of an I8 tensor that will have a scale for each row. */
  readonly scaled?: boolean;
};

export interface SafetensorsLayout {
  /** Header written, data zero. */
  readonly file: Uint8Array<ArrayBuffer>;
  /** Where each tensor goes: views into `file`, aligned to its values. */
  readonly places: ReadonlyMap<string, { readonly bytes: Uint8Array; readonly scale: Float32Array | null }>;
}

/**
 * A file to be filled, so that what is converted on the way is held once. Wider types come first, each otherwise in the order
 * given; the header is padded with spaces to a multiple of 8: all values are aligned.
 */
export function layOutSafetensors(
  plans: ReadonlyMap<string, TensorPlan>,
  metadata: Readonly<Record<string, string>> = {},
): SafetensorsLayout {
  const flat = new Map<string, TensorPlan>();
  for (const [name, plan] of plans) {
    if (name === '__metadata__')
      throw new RangeError('a tensor must not be called "__metadata__", the format uses that name');
    flat.set(name, plan);
    if (!plan.scaled) continue;
    if (plans.has(scaleName(name))) throw new RangeError(`"${scaleName(name)}" is the name of a scale`);
    flat.set(scaleName(name), { dtype: 'F32', shape: plan.shape.slice(0, 1) });
  }
  // As pairs: assigning to a key of a plain object goes wrong for a tensor called "__proto__".
  const entries: [string, unknown][] = Object.keys(metadata).length > 0 ? [['__metadata__', metadata]] : [];
  const spans = new Map<string, { readonly at: number; readonly length: number }>();
  let length = 0;
  for (const [name, { dtype, shape }] of [...flat].sort(([, a], [, b]) => width(b) - width(a))) {
    const bytes = elementCount(shape) * BYTES_PER_ELEMENT[dtype];
    entries.push([name, { dtype, shape, data_offsets: [length, length + bytes] }]);
    spans.set(name, { at: length, length: bytes });
    length += bytes;
  }
  const text = strToU8(JSON.stringify(Object.fromEntries(entries)));
  const dataAt = 8 + Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(dataAt + length);
  new DataView(file.buffer).setBigUint64(0, BigInt(dataAt - 8), true);
  file.fill(0x20, 8, dataAt).set(text, 8);
  const placeOf = (name: string): Uint8Array<ArrayBuffer> => {
    const { at, length: bytes } = spans.get(name)!;
    return file.subarray(dataAt + at, dataAt + at + bytes);
  };
  const places = new Map(
    Array.from(plans, ([name, { scaled }]) => {
      const scale = scaled ? toFloat32({ ...flat.get(scaleName(name))!, bytes: placeOf(scaleName(name)) }) : null;
      return [name, { bytes: placeOf(name), scale }] as const;
    }),
  );
  return { file, places };
}

const width = ({ dtype }: TensorPlan): number => BYTES_PER_ELEMENT[dtype];

/** All of a state dict, as it is. */
export function writeSafetensors(
  tensors: StateDict,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const plans = new Map(
    Array.from(tensors, ([name, { dtype, shape, scale }]) => [name, { dtype, shape, scaled: scale !== undefined }]),
  );
  const { file, places } = layOutSafetensors(plans, metadata);
  for (const [name, { bytes, scale }] of tensors) {
    const place = places.get(name)!;
    if (bytes.length !== place.bytes.length) {
      throw new RangeError(`tensor "${name}" needs ${place.bytes.length} bytes, got ${bytes.length}`);
    }
    place.bytes.set(bytes);
    if (scale) place.scale?.set(scale);
  }
  return file;
}
