/**
 * MP3, Opus, FLAC and Vorbis through WebAssembly, for where WebCodecs is missing (Node) or lacks the codec. Any thread; each decoder
 * is fetched when first needed. Where a packet's sound belongs is counted in samples from the first packet, and holes between packets
 * are kept: a decoder that lags a frame behind does not shift the sound.
 */
import type { AudioCodec, EncodedPacket } from 'mediabunny';
import type { Hertz, Seconds } from '../core/units.ts';
import { mixToMono, type PacketDecoder } from './packet-decoder.ts';
import type { SoundPiece } from './sound-timeline.ts';

export const WASM_CODECS: readonly AudioCodec[] = ['mp3', 'opus', 'flac', 'vorbis'];

/** What the four packages have in common. */
interface Decoded {
  readonly channelData: Float32Array[];
  readonly samplesDecoded: number;
  readonly sampleRate: Hertz;
  readonly errors: readonly { readonly message: string }[];
}

interface Engine {
  decode(packet: Uint8Array): Decoded | Promise<Decoded>;
  free(): void;
}

/** @throws Error when the file's own description of its codec makes no sense. */
export async function openWasmDecoder(codec: AudioCodec, config: AudioDecoderConfig): Promise<PacketDecoder> {
  return new WasmDecoder(await openEngine(codec, config), config.numberOfChannels);
}

async function openEngine(codec: AudioCodec, config: AudioDecoderConfig): Promise<Engine> {
  switch (codec) {
    case 'mp3': {
      const { MPEGDecoder } = await import('mpg123-decoder');
      // What an encoder padded is cut later, for every decoder alike.
      const decoder = new MPEGDecoder({ enableGapless: false });
      await decoder.ready;
      return { decode: (packet) => decoder.decode(packet), free: () => decoder.free() };
    }
    case 'opus': {
      const { OpusDecoder } = await import('opus-decoder');
      const decoder = new OpusDecoder(opusLayout(config));
      await decoder.ready;
      return { decode: (packet) => decoder.decodeFrame(packet), free: () => decoder.free() };
    }
    case 'flac': {
      const { FLACDecoder } = await import('@wasm-audio-decoders/flac');
      const decoder = new FLACDecoder();
      await decoder.ready;
      return { decode: (packet) => decoder.decodeFrames([packet]), free: () => decoder.free() };
    }
    case 'vorbis':
      return openVorbis(config);
    default:
      throw new Error(`no WebAssembly decoder for ${codec}`);
  }
}

const descriptionOf = ({ description }: AudioDecoderConfig): Uint8Array | null => {
  if (!description) return null;
  return ArrayBuffer.isView(description)
    ? new Uint8Array(description.buffer, description.byteOffset, description.byteLength)
    : new Uint8Array(description);
};

/** RFC 7845, section 5.1: how the channels are spread over streams, and how much the encoder put in front. */
function opusLayout(config: AudioDecoderConfig) {
  const head = descriptionOf(config);
  if (!head || head.length < 19) return { channels: Math.min(2, config.numberOfChannels) };
  const channels = head[9]!;
  const preSkip = head[10]! | (head[11]! << 8);
  if (head[18] === 0) return { channels, preSkip };
  return {
    channels,
    preSkip,
    streamCount: head[19]!,
    coupledStreamCount: head[20]!,
    channelMappingTable: [...head.subarray(21, 21 + channels)],
  };
}

/** The decoder wants Ogg pages as codec-parser reads them; of a page it looks at these fields only. */
interface PageLike {
  readonly data: Uint8Array;
  readonly codecFrames: readonly { readonly data: Uint8Array; readonly header: { readonly vorbisSetup: Uint8Array } }[];
}

async function openVorbis(config: AudioDecoderConfig): Promise<Engine> {
  const { OggVorbisDecoder } = await import('@wasm-audio-decoders/ogg-vorbis');
  const description = descriptionOf(config);
  if (!description) throw new Error('Vorbis without its set-up headers');
  const [identification, , vorbisSetup] = splitXiph(description);
  const decoder = new OggVorbisDecoder();
  await decoder.ready;
  type Pages = Parameters<typeof decoder.decodeOggPages>[0];
  const decodePages = (pages: PageLike[]): Promise<Decoded> => decoder.decodeOggPages(pages as unknown as Pages);
  await decodePages([{ data: identification!, codecFrames: [] }]);
  return {
    decode: (packet) =>
      decodePages([{ data: packet, codecFrames: [{ data: packet, header: { vorbisSetup: vorbisSetup! } }] }]),
    free: () => decoder.free(),
  };
}

/** Three packets in one, as Matroska and WebCodecs store Vorbis headers: a count less one, two lengths in runs of 255, the packets. */
function splitXiph(bytes: Uint8Array): Uint8Array[] {
  if (bytes[0] !== 2) throw new Error('Vorbis set-up headers of an unknown kind');
  let at = 1;
  const lengths = [0, 0].map(() => {
    let length = 0;
    while (bytes[at] === 255) length += bytes[at++]!;
    return length + bytes[at++]!;
  });
  const packets = lengths.map((length) => {
    at += length;
    return bytes.slice(at - length, at);
  });
  return [...packets, bytes.slice(at)];
}

/** Packets further apart than this have a hole between them; less is rounding. */
const HOLE_S: Seconds = 0.02;
/** A damaged packet is passed over; a run of them is the end. */
const MAX_DAMAGED = 8;

class WasmDecoder implements PacketDecoder {
  failure: Error | null = null;
  readonly #engine: Engine;
  readonly #channels: number;
  #nextS: Seconds | null = null;
  #packetEndS: Seconds = 0;
  #damaged = 0;

  constructor(engine: Engine, channels: number) {
    this.#engine = engine;
    this.#channels = channels;
  }

  async decode(packet: EncodedPacket): Promise<SoundPiece[]> {
    const holeS = this.#nextS === null ? 0 : packet.timestamp - this.#packetEndS;
    this.#nextS = (this.#nextS ?? packet.timestamp) + (Math.abs(holeS) > HOLE_S ? holeS : 0);

    const { channelData, samplesDecoded, sampleRate, errors } = await this.#engine.decode(packet.data);
    const seconds = samplesDecoded > 0 ? samplesDecoded / sampleRate : 0;
    this.#packetEndS = packet.timestamp + (packet.duration || seconds);
    if (samplesDecoded === 0 && errors.length > 0) {
      // Its place stays empty, and the timeline fills it.
      this.#nextS += packet.duration;
      if (++this.#damaged > MAX_DAMAGED) this.failure = new Error(errors[0]!.message);
      return [];
    }
    this.#damaged = 0;
    if (samplesDecoded === 0) return [];
    const piece = {
      startS: this.#nextS,
      samples: mixToMono(channelData),
      rateHz: sampleRate,
      channels: this.#channels,
    };
    this.#nextS += seconds;
    return [piece];
  }

  async flush(): Promise<SoundPiece[]> {
    return [];
  }

  close(): void {
    this.#engine.free();
  }
}
