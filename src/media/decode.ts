/**
 * Audio and video files to mono blocks on the file's own clock, as they are read. Worker, page and Node. Mediabunny takes files
 * apart; WebCodecs decodes, or WebAssembly where the browser cannot, and PCM needs neither (docs/decisions/decoding.md).
 *
 * Memory: Mediabunny's read cache (8 MB), a second or two of sound, and the file's packet tables (up to about 100 bytes a packet in
 * MP3 and FLAC: 40 MB for 3 hours). The file itself is never held.
 */
import {
  ALL_FORMATS,
  type AudioCodec,
  AudioSampleSink,
  BlobSource,
  type EncodedPacket,
  EncodedPacketSink,
  HLS,
  Input,
  type InputAudioTrack,
  Logging,
  LogLevel,
  PCM_AUDIO_CODECS,
  Source,
} from 'mediabunny';
import { EarshotError } from '../core/errors.ts';
import type { MediaInfo } from '../core/media-info.ts';
import type { Seconds } from '../core/units.ts';
import { type ContainerFacts, type ReadBytes, readContainerFacts } from './container-facts.ts';
import { hasWebCodecs, type PacketDecoder, takeMono, WebCodecsDecoder } from './packet-decoder.ts';
import { type SoundBlock, type SoundPiece, SoundTimeline } from './sound-timeline.ts';
import { openWasmDecoder, WASM_CODECS } from './wasm-decoders.ts';
import { clock, codecName, containerName } from './words.ts';

export type { SoundBlock } from './sound-timeline.ts';

export interface OpenMediaOptions {
  /** Told what was done to keep time true: silence put in, channels mixed. For people. */
  readonly onNote?: (text: string) => void;
  /** The file's bytes, for what Mediabunny does not tell (container-facts.ts). Known already for a Blob or a BlobSource over one. */
  readonly readBytes?: ReadBytes;
  /** `wasm` leaves WebCodecs aside; for tests. */
  readonly decoder?: 'auto' | 'wasm';
  /** Who to ask for a codec that nothing in here decodes. */
  readonly elsewhere?: Elsewhere;
  /** What a person can do about a codec without a decoder; a sentence. */
  readonly advice?: string;
}

/** A decoder outside: it reads the file itself and gives the sound of one audio track (counted from 0) from second zero. */
export interface Elsewhere {
  /** As in `MediaInfo.decoder`. */
  readonly name: string;
  readonly decode: (trackIndex: number) => AsyncGenerator<SoundPiece, Seconds | null>;
}

export interface OpenMedia {
  readonly info: MediaInfo;
  /**
   * About half a second each, from second zero without holes; the first tells nothing that later ones do not. Once.
   * @throws EarshotError `truncated-audio` after the last good block, `cancelled` when aborted.
   */
  blocks(signal?: AbortSignal): AsyncGenerator<SoundBlock>;
  dispose(): void;
}

/** What a dropped file may be; the words of every message about one that is not. */
export const MEDIA_KINDS = 'WAV, MP3, M4A/AAC, FLAC, Ogg (Vorbis, Opus), WebM, Matroska, MP4 and MOV';

const ADVICE =
  'Another browser may, such as Chrome, Edge or Safari; or convert the file to WAV, FLAC, MP3 or Opus first.';

/** A playlist names other files and addresses; a file that was dropped speaks for itself only. */
const FORMATS = ALL_FORMATS.filter((format) => format !== HLS);

/** Files are declared longer than they are by a little: tables count whole frames, and tails are lost to nobody's harm. */
const END_TOLERANCE_S: Seconds = 0.25;

/**
 * `name` stands in messages.
 * @throws EarshotError `bad-audio-file` (not a media file, or broken from the start), `unsupported-audio` (no sound in it, or no
 * decoder), `truncated-audio` (cut before anything could be read).
 */
export async function openMedia(file: Source | Blob, name: string, options: OpenMediaOptions = {}): Promise<OpenMedia> {
  // Mediabunny does not open a file of nothing far enough to tell its size.
  if (!(file instanceof Source) && file.size === 0) throw new EarshotError('bad-audio-file', `${name} is empty.`);
  const source = file instanceof Source ? file : new BlobSource(file);
  const readBytes = options.readBytes ?? (file instanceof Source ? null : readBlob(file));
  // Of pictures that cannot be decoded nobody here needs to hear.
  Logging.level = LogLevel.Errors;
  const input = new Input({ formats: FORMATS, source });
  try {
    return await open(input, readBytes, name, options);
  } catch (error) {
    input.dispose();
    throw error;
  }
}

const readBlob =
  (blob: Blob): ReadBytes =>
  async (start, end) =>
    new Uint8Array(await blob.slice(start, end).arrayBuffer());

async function open(
  input: Input,
  readBytes: ReadBytes | null,
  name: string,
  options: OpenMediaOptions,
): Promise<OpenMedia> {
  const size = await unlessBroken(name, () => input.source.getSizeOrNull());
  if (size === 0) throw new EarshotError('bad-audio-file', `${name} is empty.`);
  if (!(await unlessBroken(name, () => input.canRead()))) {
    throw new EarshotError(
      'bad-audio-file',
      `${name} is not an audio or video file that can be read: ${MEDIA_KINDS} can.`,
    );
  }
  const container = containerName(await input.getFormat());
  const facts = size !== null && readBytes ? await readContainerFacts(size, readBytes) : null;

  const track = await unlessBroken(name, () => input.getPrimaryAudioTrack(), { container, facts });
  const hasVideo = (await input.getVideoTracks()).length > 0;
  if (!track) {
    if (!hasVideo && facts?.cutShort) throw cutBeforeStart(name, container);
    throw new EarshotError(
      'unsupported-audio',
      hasVideo ? `${name} is a video without sound.` : `${name} (${container}) holds no sound.`,
    );
  }
  const codec = await track.getCodec();
  const codecWords = codecName(codec, await track.getInternalCodecId());
  const way = await chooseWay(track, codec, options);
  if (!way) {
    throw new EarshotError(
      'unsupported-audio',
      `${name}: nothing here decodes ${codecWords} (in ${container}). ${options.advice ?? ADVICE}`,
    );
  }

  const lengthIsShared = hasVideo && (container === 'Matroska' || container === 'WebM');
  const declaredS = await declaredEnd(track, container, facts);
  const info: MediaInfo = {
    container,
    codec: codecWords,
    decoder: way.name,
    rateHz: await track.getSampleRate(),
    channels: await track.getNumberOfChannels(),
    durationS: declaredS,
    hasVideo,
  };
  return {
    info,
    blocks: (signal) =>
      readBlocks(
        {
          ...{ name, pieces: way.pieces, declaredS, lengthIsShared, facts },
          findEnds: async () => ({ sound: await track.computeDuration(), any: await input.computeDuration() }),
          onNote: options.onNote,
        },
        signal,
      ),
    dispose: () => input.dispose(),
  };
}

/** Mediabunny throws plain errors at what it cannot make sense of. */
async function unlessBroken<T>(
  name: string,
  work: () => Promise<T>,
  known: { container: string; facts: ContainerFacts | null } | null = null,
): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (known?.facts?.cutShort) throw cutBeforeStart(name, known.container, cause);
    const said = cause instanceof Error ? cause.message : String(cause);
    if (/^Unsupported WAVE/.test(said)) {
      throw new EarshotError(
        'unsupported-audio',
        `${name} is a WAV file with a coding that nothing here decodes; PCM, float, A-law and µ-law are read.`,
        { cause },
      );
    }
    const kind = known ? `a ${known.container} file` : 'a media file';
    throw new EarshotError('bad-audio-file', `${name} is broken: it cannot be read as ${kind}.`, { cause });
  }
}

const cutBeforeStart = (name: string, container: string, cause?: unknown): EarshotError =>
  new EarshotError(
    'truncated-audio',
    `${name} stops at 0:00.0: this ${container} file was cut short and lost the index its sound is found by.`,
    { cause },
  );

/** Where the file says its sound ends; null when it does not say, or says it of the picture too. */
async function declaredEnd(
  track: InputAudioTrack,
  container: string,
  facts: ContainerFacts | null,
): Promise<Seconds | null> {
  if (facts?.durationS != null) return facts.durationS;
  // Without a count in front, an MP3's length is a guess from its first frame.
  if (container === 'MP3') return null;
  return track.getDurationFromMetadata().catch(() => null);
}

/** Who decodes, and how. */
interface Way {
  readonly name: string;
  readonly pieces: () => AsyncGenerator<SoundPiece, Seconds | null>;
}

async function chooseWay(
  track: InputAudioTrack,
  codec: AudioCodec | null,
  { decoder = 'auto', elsewhere }: OpenMediaOptions,
): Promise<Way | null> {
  if (codec !== null && (PCM_AUDIO_CODECS as readonly string[]).includes(codec)) {
    return { name: 'built in', pieces: () => pcmPieces(track) };
  }
  if (decoder === 'auto' && hasWebCodecs() && (await track.canDecode())) {
    return { name: 'this browser', pieces: () => packetPieces(track, async (config) => new WebCodecsDecoder(config)) };
  }
  if (codec !== null && WASM_CODECS.includes(codec)) {
    return { name: 'WebAssembly', pieces: () => packetPieces(track, (config) => openWasmDecoder(codec, config)) };
  }
  return elsewhere ? { name: elsewhere.name, pieces: () => elsewhere.decode(track.number - 1) } : null;
}

/** A stream of sound, and what its file said of it beforehand. */
export interface Reading {
  readonly name: string;
  readonly pieces: () => AsyncGenerator<SoundPiece, Seconds | null>;
  readonly declaredS: Seconds | null;
  /** The declared length is that of sound and picture, whichever is longer. */
  readonly lengthIsShared: boolean;
  /** Where the last packets that can be found end, of the sound and of any track. Asked in doubt only. */
  readonly findEnds?: () => Promise<{ readonly sound: Seconds; readonly any: Seconds }>;
  readonly facts: ContainerFacts | null;
  readonly onNote?: ((text: string) => void) | undefined;
}

/** Pieces to blocks on the file's clock, and the words for what is missing at the end. */
export async function* readBlocks(reading: Reading, signal?: AbortSignal): AsyncGenerator<SoundBlock> {
  const { facts, declaredS, name, onNote } = reading;
  const timeline = new SoundTimeline((atS, text) => onNote?.(`${name} at ${clock(atS)}: ${text}.`));
  const cancelled = (): boolean => signal?.aborted ?? false;
  const padding = facts?.padding ?? null;
  const frontS = padding ? padding.front / padding.rateHz : 0;
  const pieces = reading.pieces();
  let failure: unknown = null;
  let endS: Seconds | null = null;
  try {
    while (!cancelled()) {
      let step: IteratorResult<SoundPiece, Seconds | null>;
      try {
        step = await pieces.next();
      } catch (error) {
        failure = error;
        break;
      }
      if (step.done) {
        endS = padding ? padding.total / padding.rateHz : step.value;
        break;
      }
      const piece = step.value;
      for (const block of timeline.push({ ...piece, startS: piece.startS - frontS })) {
        if (cancelled()) break;
        yield block;
      }
    }
    if (cancelled()) throw new EarshotError('cancelled', `Reading ${name} was cancelled.`);
    for (const block of timeline.finish(endS ?? (reading.lengthIsShared ? null : declaredS))) {
      yield block;
      if (cancelled()) throw new EarshotError('cancelled', `Reading ${name} was cancelled.`);
    }
  } finally {
    await pieces.return(null).catch(() => {});
  }

  let short = declaredS !== null && timeline.endS < declaredS - END_TOLERANCE_S;
  if (short && reading.lengthIsShared) {
    // Sound may well end before the picture does. What is blamed is sound behind a hole, and a file whose every track ends early.
    const ends = await reading.findEnds?.().catch(() => null);
    const early =
      ends != null && (timeline.endS < ends.sound - END_TOLERANCE_S || ends.any < declaredS! - END_TOLERANCE_S);
    short = facts?.cutShort || early;
  }
  if (failure === null && !(declaredS === null ? facts?.cutShort : short)) return;
  if (failure !== null && timeline.endS === 0) {
    throw new EarshotError('bad-audio-file', `${name} is broken: none of its sound can be decoded.`, {
      cause: failure,
    });
  }
  const of = short && declaredS !== null ? ` of ${clock(declaredS)}` : '';
  throw new EarshotError('truncated-audio', `${name} stops at ${clock(timeline.endS)}${of}: the rest cannot be read.`, {
    cause: failure ?? undefined,
  });
}

async function* pcmPieces(track: InputAudioTrack): AsyncGenerator<SoundPiece, null> {
  for await (const sample of new AudioSampleSink(track).samples()) {
    const { timestamp: startS, sampleRate: rateHz, numberOfChannels: channels } = sample;
    yield { startS, samples: takeMono(sample), rateHz, channels };
  }
  return null;
}

/** The track's sound in order; returns where the last packet says it ends. */
async function* packetPieces(
  track: InputAudioTrack,
  openDecoder: (config: AudioDecoderConfig) => Promise<PacketDecoder>,
): AsyncGenerator<SoundPiece, Seconds | null> {
  const config = await track.getDecoderConfig();
  if (!config) throw new Error('the file does not say how its sound is coded');
  const decoder = await openDecoder(config);
  try {
    // One packet after the other: Mediabunny's iterators read ahead and throw away what they have when the file breaks.
    const packets = new EncodedPacketSink(track);
    let last: EncodedPacket | null = null;
    for (let packet = await packets.getFirstPacket(); packet; packet = await packets.getNextPacket(packet)) {
      yield* await decoder.decode(packet);
      if (decoder.failure) throw decoder.failure;
      last = packet;
    }
    yield* await decoder.flush();
    if (decoder.failure) throw decoder.failure;
    return last && last.duration > 0 ? last.timestamp + last.duration : null;
  } finally {
    decoder.close();
  }
}
