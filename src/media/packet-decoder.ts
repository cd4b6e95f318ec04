/**
 * Encoded packets to sound, over WebCodecs. One interface for it and for the WebAssembly decoders. Workers and page; Node has no
 * WebCodecs. Every packet's sound is handed over as it comes, so that what was decoded before an error is not lost.
 */
import type { EncodedPacket } from 'mediabunny';
import type { Seconds } from '../core/units.ts';
import type { SoundPiece } from './sound-timeline.ts';

/** One stream of packets, in order. */
export interface PacketDecoder {
  /** Takes one packet; returns the sound known by now, of this packet or of earlier ones. */
  decode(packet: EncodedPacket): Promise<SoundPiece[]>;
  /** The sound that was still on its way. */
  flush(): Promise<SoundPiece[]>;
  /** Why no more will come, once that is so; what was returned before stays good. */
  readonly failure: Error | null;
  close(): void;
}

/** Planes of equal length to their mean. */
export function mixToMono(planes: readonly Float32Array[]): Float32Array {
  if (planes.length === 1) return planes[0]!;
  const mono = new Float32Array(planes[0]?.length ?? 0);
  for (const plane of planes) {
    for (let i = 0; i < mono.length; i++) mono[i]! += plane[i]! / planes.length;
  }
  return mono;
}

/** What WebCodecs' AudioData and Mediabunny's AudioSample have in common. */
interface DecodedAudio {
  readonly numberOfChannels: number;
  readonly numberOfFrames: number;
  copyTo(destination: Float32Array, options: { planeIndex: number; format: 'f32-planar' }): void;
  close(): void;
}

/** Mono samples of their own; the audio is closed. */
export function takeMono(audio: DecodedAudio): Float32Array {
  const planes = Array.from({ length: audio.numberOfChannels }, (_, planeIndex) => {
    const plane = new Float32Array(audio.numberOfFrames);
    audio.copyTo(plane, { planeIndex, format: 'f32-planar' });
    return plane;
  });
  audio.close();
  return mixToMono(planes);
}

export const hasWebCodecs = (): boolean => typeof AudioDecoder !== 'undefined';

/** Packets the browser may have in hand: enough to keep it busy. */
const MAX_QUEUED = 16;

export class WebCodecsDecoder implements PacketDecoder {
  readonly #decoder: AudioDecoder;
  #pieces: SoundPiece[] = [];
  failure: Error | null = null;
  #firstPacketS: Seconds | null = null;
  /** Browsers do not give negative timestamps back as they came: the first piece tells by how much they are off. */
  #offsetS: Seconds | null = null;
  #wake: (() => void) | null = null;

  constructor(config: AudioDecoderConfig) {
    this.#decoder = new AudioDecoder({
      output: (audio) => {
        const timestampS = audio.timestamp / 1e6;
        const { sampleRate: rateHz, numberOfChannels: channels } = audio;
        const samples = takeMono(audio);
        this.#offsetS ??= (this.#firstPacketS ?? 0) - timestampS;
        this.#pieces.push({ startS: timestampS + this.#offsetS, samples, rateHz, channels });
      },
      error: (error) => {
        this.failure = error;
        this.#wake?.();
      },
    });
    this.#decoder.ondequeue = () => this.#wake?.();
    this.#decoder.configure(config);
  }

  #take(): SoundPiece[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }

  async decode(packet: EncodedPacket): Promise<SoundPiece[]> {
    this.#firstPacketS ??= packet.timestamp;
    if (!this.failure) this.#decoder.decode(packet.toEncodedAudioChunk());
    while (!this.failure && this.#decoder.decodeQueueSize > MAX_QUEUED) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#take();
  }

  async flush(): Promise<SoundPiece[]> {
    if (!this.failure) {
      await this.#decoder.flush().catch((error: Error) => {
        this.failure ??= error;
      });
    }
    return this.#take();
  }

  close(): void {
    if (this.#decoder.state !== 'closed') this.#decoder.close();
  }
}
