/**
 * Keeps a stream of mono sound as one compressed file on the stream's own clock: sample n pushed is second n / rate of the file.
 * Opus in Ogg where the thread has a WebCodecs encoder, else 16-bit WAV at 16 kHz. Worker, page and Node. Memory: the compressed
 * bytes (0.5 MB a minute; WAV 2 MB), in Blob parts.
 *
 * Ogg and not WebM: Ogg counts samples, so the encoder's delay is taken off exactly; Mediabunny's WebM does not say it.
 */
import {
  AudioSample,
  AudioSampleSource,
  canEncodeAudio,
  OggOutputFormat,
  Output,
  Quality,
  StreamTarget,
  type StreamTargetChunk,
  WavOutputFormat,
} from 'mediabunny';
import { Resampler } from '../core/dsp/resampler.ts';
import { OneAtATime } from '../core/engine/one-at-a-time.ts';
import { EarshotError } from '../core/errors.ts';
import type { Hertz, Seconds } from '../core/units.ts';
import { BlobParts } from './blob-parts.ts';

const OPUS = { rateHz: 48_000, bitsPerSecond: 64_000, type: 'audio/ogg; codecs=opus' } as const;
const WAV = { rateHz: 16_000, type: 'audio/wav' } as const;

export interface RecorderOptions {
  /** `auto`: Opus where it can be encoded. */
  readonly format?: 'auto' | 'wav';
}

export class StreamRecorder {
  /** MIME type of the file to be. */
  readonly type: string;
  readonly #output: Output;
  readonly #source: AudioSampleSource;
  readonly #parts: BlobParts;
  readonly #fileRateHz: Hertz;
  readonly #jobs = new OneAtATime();
  #resampler: Resampler;
  /** Samples of the file so far. */
  #written = 0;
  /** What a gap was more than whole samples. */
  #gapRest: Seconds = 0;
  #over = false;

  private constructor(output: Output, source: AudioSampleSource, parts: BlobParts, resampler: Resampler, type: string) {
    this.#output = output;
    this.#source = source;
    this.#parts = parts;
    this.#resampler = resampler;
    this.#fileRateHz = resampler.outputRateHz;
    this.type = type;
  }

  /** @param rateHz of the sound to come; it may change. */
  static async open(rateHz: Hertz, { format = 'auto' }: RecorderOptions = {}): Promise<StreamRecorder> {
    const quality = new Quality({ bitrate: OPUS.bitsPerSecond });
    const opus =
      format === 'auto' && (await canEncodeAudio('opus', { numberOfChannels: 1, sampleRate: OPUS.rateHz, quality }));
    const parts = new BlobParts();
    const writable = new WritableStream<StreamTargetChunk>({
      write: ({ data, position }) => parts.write(data, position),
    });
    const output = new Output({
      format: opus ? new OggOutputFormat() : new WavOutputFormat(),
      target: new StreamTarget(writable),
    });
    const source = new AudioSampleSource(opus ? { codec: 'opus', quality } : { codec: 'pcm-s16' });
    output.addAudioTrack(source);
    await output.start();
    const resampler = await Resampler.create(rateHz, opus ? OPUS.rateHz : WAV.rateHz);
    return new StreamRecorder(output, source, parts, resampler, opus ? OPUS.type : WAV.type);
  }

  /** Mono, -1..1; copied. Resolves when more may come. */
  push(samples: Float32Array, rateHz: Hertz): Promise<void> {
    return this.#job(async () => {
      await this.#setRate(rateHz);
      await this.#write(this.#resampler.push(samples));
    });
  }

  /** Silence where sound was lost, so that what follows is in its place. */
  gap(seconds: Seconds): Promise<void> {
    return this.#job(async () => {
      const rateHz = this.#resampler.inputRateHz;
      const wanted = seconds + this.#gapRest;
      const count = Math.max(0, Math.round(wanted * rateHz));
      this.#gapRest = wanted - count / rateHz;
      for (let left = count; left > 0; left -= rateHz) {
        await this.#write(this.#resampler.push(new Float32Array(Math.ceil(Math.min(rateHz, left)))));
      }
    });
  }

  /** The recording, whole and seekable. */
  finish(): Promise<Blob> {
    return this.#job(async () => {
      this.#over = true;
      await this.#write(this.#resampler.finish());
      await this.#output.finalize();
      return this.#parts.toBlob(this.type);
    });
  }

  /** Gives up what was recorded. */
  async abort(): Promise<void> {
    this.#over = true;
    await this.#jobs.run(async () => {
      this.#resampler.dispose();
      if (this.#output.state !== 'finalized' && this.#output.state !== 'canceled') await this.#output.cancel();
    });
  }

  #job<T>(job: () => Promise<T>): Promise<T> {
    return this.#jobs.run(() => {
      if (this.#over) throw new EarshotError('disposed', 'This recording has ended.');
      return job();
    });
  }

  async #setRate(rateHz: Hertz): Promise<void> {
    if (rateHz === this.#resampler.inputRateHz) return;
    const next = await Resampler.create(rateHz, this.#fileRateHz);
    await this.#write(this.#resampler.finish());
    this.#resampler = next;
  }

  async #write(samples: Float32Array): Promise<void> {
    if (samples.length === 0) return;
    const sample = new AudioSample({
      data: samples,
      format: 'f32-planar',
      numberOfChannels: 1,
      sampleRate: this.#fileRateHz,
      timestamp: this.#written / this.#fileRateHz,
    });
    this.#written += samples.length;
    try {
      await this.#source.add(sample);
    } finally {
      sample.close();
    }
  }
}
