/**
 * What a file's own bytes say and Mediabunny does not pass on: the padding that an MP3 encoder noted, how long the file meant to be,
 * and whether it was cut short. Pure but for the reader passed in; reads a few kilobytes at known places. Any thread.
 */
import type { Hertz, Seconds } from '../core/units.ts';

/** Bytes `start`..`end` (exclusive) of the file; fewer where it ends. */
export type ReadBytes = (start: number, end: number) => Promise<Uint8Array>;

export interface ContainerFacts {
  /** Length the file declares, where Mediabunny does not know it. */
  readonly durationS: Seconds | null;
  /** The file's structure goes on behind its last byte. */
  readonly cutShort: boolean;
  /** MP3: samples an encoder put in front and behind, decoder delay included, and the rate they are counted in. */
  readonly padding: { readonly front: number; readonly total: number; readonly rateHz: Hertz } | null;
}

const NOTHING: ContainerFacts = { durationS: null, cutShort: false, padding: null };

const text = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length));
const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Unknown or damaged structures are no news: whoever decodes will meet them. */
export async function readContainerFacts(size: number, read: ReadBytes): Promise<ContainerFacts> {
  try {
    const head = await read(0, Math.min(size, 4096));
    if (head.length < 16) return NOTHING;
    if (text(head, 8, 4) === 'WAVE') return await waveFacts(size, read);
    if (text(head, 0, 4) === 'OggS') return await oggFacts(size, read);
    if (text(head, 4, 4) === 'ftyp') return await mp4Facts(size, read);
    if (viewOf(head).getUint32(0) === 0x1a45dfa3) return matroskaFacts(size, head);
    return await mp3Facts(size, read);
  } catch {
    return NOTHING;
  }
}

/** Writers that cannot go back leave a size like these: "until the end". */
const openEnded = (size: number): boolean =>
  size === 0 || size >= 0xffff_0000 || (size >= 0x7fff_0000 && size <= 0x8000_0000);

async function waveFacts(size: number, read: ReadBytes): Promise<ContainerFacts> {
  let dataSize64: number | null = null;
  let bytesPerSecond = 0;
  for (let at = 12, chunks = 0; at + 8 <= size && chunks < 1000; chunks++) {
    const chunk = viewOf(await read(at, at + 40));
    const id = String.fromCharCode(...new Uint8Array(chunk.buffer, chunk.byteOffset, 4));
    const length = chunk.getUint32(4, true);
    if (id === 'ds64') dataSize64 = Number(chunk.getBigUint64(16, true));
    if (id === 'fmt ') bytesPerSecond = chunk.getUint32(16, true);
    if (id === 'data') {
      const declared = length === 0xffff_ffff && dataSize64 !== null ? dataSize64 : length;
      if (openEnded(length) && declared === length) return NOTHING;
      return {
        ...NOTHING,
        durationS: bytesPerSecond > 0 ? declared / bytesPerSecond : null,
        cutShort: at + 8 + declared > size,
      };
    }
    at += 8 + length + (length % 2);
  }
  return NOTHING;
}

/** The most an Ogg page can be, twice: the last whole page begins in there. */
const OGG_TAIL = 2 * 65_307;

/** The last page counts the samples so far and, marked as the end, closes the stream. */
async function oggFacts(size: number, read: ReadBytes): Promise<ContainerFacts> {
  const head = await read(0, Math.min(size, 4096));
  const serial = viewOf(head).getUint32(14, true);
  // The first packet begins behind the first page's header of 27 bytes and its segment table.
  const packet = 27 + head[26]!;
  let rateHz = 0;
  let skip = 0;
  if (text(head, packet, 8) === 'OpusHead') {
    rateHz = 48_000;
    skip = viewOf(head).getUint16(packet + 10, true);
  } else if (text(head, packet + 1, 6) === 'vorbis') {
    rateHz = viewOf(head).getUint32(packet + 12, true);
  } else if (text(head, packet + 1, 4) === 'FLAC') {
    // "\x7fFLAC", version, count, "fLaC", block header, then STREAMINFO with the rate in 20 bits.
    const at = packet + 9 + 4 + 4 + 10;
    rateHz = (head[at]! << 12) | (head[at + 1]! << 4) | (head[at + 2]! >> 4);
  }

  const tailStart = Math.max(0, size - OGG_TAIL);
  const tail = await read(tailStart, size);
  const view = viewOf(tail);
  let samples = -1;
  let cutShort = false;
  for (let at = 0; at + 27 <= tail.length; ) {
    if (view.getUint32(at) !== 0x4f676753) {
      at++;
      continue;
    }
    const segments = tail[at + 26]!;
    let pageSize = 27 + segments;
    for (let i = 0; i < segments; i++) pageSize += tail[at + 27 + i] ?? 0;
    cutShort = at + pageSize > tail.length;
    const granule = view.getBigInt64(at + 6, true);
    if (!cutShort && view.getUint32(at + 14, true) === serial && granule >= 0n) samples = Number(granule);
    at += pageSize;
  }
  return {
    ...NOTHING,
    // What a cut file still counts is not what it was meant to be.
    durationS: !cutShort && samples >= 0 && rateHz > 0 ? Math.max(0, samples - skip) / rateHz : null,
    cutShort,
  };
}

/** Fragmented recordings have a box or two a second; past so many we let it be. */
const MAX_BOXES = 2000;

async function mp4Facts(size: number, read: ReadBytes): Promise<ContainerFacts> {
  for (let at = 0, boxes = 0; at < size && boxes < MAX_BOXES; boxes++) {
    const box = viewOf(await read(at, at + 16));
    if (box.byteLength < 8) return { ...NOTHING, cutShort: true };
    const short = box.getUint32(0);
    if (short === 0) return NOTHING; // to the end of the file, whatever that is
    const length = short === 1 ? Number(box.getBigUint64(8)) : short;
    if (length < 8) return NOTHING;
    if (at + length > size) return { ...NOTHING, cutShort: true };
    at += length;
  }
  return NOTHING;
}

/** A segment of known size that does not fit into the file. Recorders that never went back leave the size open. */
function matroskaFacts(size: number, head: Uint8Array): ContainerFacts {
  const ebml = varint(head, 4);
  if (!ebml || ebml.value === null) return NOTHING;
  const at = 4 + ebml.length + ebml.value;
  if (at + 12 > head.length || viewOf(head).getUint32(at) !== 0x18538067) return NOTHING;
  const segment = varint(head, at + 4);
  if (!segment || segment.value === null) return NOTHING;
  return { ...NOTHING, cutShort: at + 4 + segment.length + segment.value > size };
}

/** EBML size: its length is the count of leading zeros; all ones means open. */
function varint(bytes: Uint8Array, at: number): { value: number | null; length: number } | null {
  const first = bytes[at] ?? 0;
  if (first === 0) return null;
  const length = Math.clz32(first) - 23;
  let value = first & (0xff >> length);
  let open = value === 0xff >> length;
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i] ?? 0;
    open &&= byte === 0xff;
    value = value * 256 + byte;
  }
  return { value: open ? null : value, length };
}

/** Samples every MP3 decoder lags behind: the filter bank's 528 and one. */
const MP3_DECODER_DELAY = 529;
const MP3_RATES_HZ = [44_100, 48_000, 32_000];

/** The Xing or Info frame that most encoders write in front, and LAME's addition to it: frame count, delay and padding. */
async function mp3Facts(size: number, read: ReadBytes): Promise<ContainerFacts> {
  let at = 0;
  for (let tags = 0; tags < 16; tags++) {
    const tag = await read(at, at + 10);
    if (tag.length < 10 || text(tag, 0, 3) !== 'ID3') break;
    // Four times seven bits; a footer adds ten bytes.
    const length = (tag[6]! << 21) | (tag[7]! << 14) | (tag[8]! << 7) | tag[9]!;
    at += 10 + length + ((tag[5]! & 0x10) !== 0 ? 10 : 0);
  }
  const bytes = await read(at, Math.min(size, at + 8192));
  const view = viewOf(bytes);
  // Some writers leave zeros behind the tag.
  let frame = 0;
  while (frame + 200 < bytes.length && !(bytes[frame] === 0xff && (bytes[frame + 1]! & 0xe0) === 0xe0)) frame++;
  if (frame + 200 >= bytes.length) return NOTHING;

  const version = (bytes[frame + 1]! >> 3) & 3; // 3: MPEG-1, 2: MPEG-2, 0: MPEG-2.5
  const layer = (bytes[frame + 1]! >> 1) & 3; // 1: layer III
  const rateIndex = (bytes[frame + 2]! >> 2) & 3;
  if (version === 1 || layer !== 1 || rateIndex === 3) return NOTHING;
  const rateHz = MP3_RATES_HZ[rateIndex]! / (version === 3 ? 1 : version === 2 ? 2 : 4);
  const mono = bytes[frame + 3]! >> 6 === 3;
  const xing = frame + 4 + (version === 3 ? (mono ? 17 : 32) : mono ? 9 : 17);
  const name = text(bytes, xing, 4);
  if (name !== 'Xing' && name !== 'Info') return NOTHING;

  const flags = view.getUint32(xing + 4);
  let next = xing + 8;
  const frames = (flags & 1) !== 0 ? view.getUint32(next) : 0;
  for (const [bit, length] of [
    [1, 4],
    [2, 4],
    [4, 100],
    [8, 4],
  ] as const)
    if ((flags & bit) !== 0) next += length;
  if (frames === 0) return NOTHING;
  const samples = frames * (version === 3 ? 1152 : 576);
  // Nine bytes of name and version, then at 21 two times twelve bits.
  const encoder = text(bytes, next, 4);
  if (next + 24 > bytes.length || !/^(LAME|Lavf|Lavc|L3\.9|GOGO)/.test(encoder)) {
    return { ...NOTHING, durationS: samples / rateHz };
  }
  const delay = (bytes[next + 21]! << 4) | (bytes[next + 22]! >> 4);
  const padding = ((bytes[next + 22]! & 15) << 8) | bytes[next + 23]!;
  const total = samples - delay - padding;
  if (total <= 0) return { ...NOTHING, durationS: samples / rateHz };
  return { ...NOTHING, durationS: total / rateHz, padding: { front: delay + MP3_DECODER_DELAY, total, rateHz } };
}
