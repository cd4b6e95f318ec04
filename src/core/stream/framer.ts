/**
 * Cuts a stream of model-rate samples into the chunks that the model takes. Three framings, one interface; any thread, one
 * instance per stream. Positions are counts of 16 kHz samples since the start, lost ones included, so time stays exact.
 * How the input is cut into blocks changes nothing, bit for bit.
 */

import type { LogMel } from '../dsp/log-mel.ts';
import { never } from '../errors.ts';
import { ContinuousFramer } from './continuous-framer.ts';
import type { MelChunk } from './mel-chunk.ts';
import { PerChunkFramer } from './per-chunk-framer.ts';
import { WholeFramer } from './whole-framer.ts';

export interface Framer {
  /** Model-rate mono samples. Returns the chunks they completed, oldest first. */
  push(samples: Float32Array): MelChunk[];
  /**
   * Ends the stream and returns its tail: what is left, if it makes at least one patch (2400 samples). Throws `too-short` when
   * the whole stream was shorter than that.
   */
  finish(): MelChunk[];
  /**
   * `lost` model-rate samples are missing here. The partial chunk is given up and counted into the gap; time goes on, and the
   * next chunk says `gapBefore`.
   */
  skip(lost: number): void;
  /** Back to second zero, as new. */
  reset(): void;
  /** Samples at the end of the stream that no chunk was made of; known after `finish`. */
  readonly unscoredSamples: number;
}

export type FramerOptions =
  /** As the original script does it: every `chunkSamples` samples are a front-end call of their own (SPEC section 8). */
  | { readonly framing: 'per-chunk'; readonly logMel: LogMel; readonly chunkSamples: number }
  /** One running transform over the stream; every `chunkFrames` frames are a chunk, and no sound falls between two of them. */
  | {
      readonly framing: 'continuous';
      readonly logMel: LogMel;
      readonly chunkFrames: number;
      /** From one chunk to the next; shorter than a chunk for a window that slides. Default `chunkFrames`. */
      readonly strideFrames?: number;
      /** Frames as soon as they are computed, before the clamp: dB, row-major [frameCount, mels], the receiver's to keep. */
      readonly onFrames?: (startFrame: number, frameCount: number, data: Float32Array) => void;
    }
  /** One front-end call over everything, at `finish`: the original's evaluation mode. Memory grows with the stream. */
  | { readonly framing: 'whole'; readonly logMel: LogMel };

export function createFramer(options: FramerOptions): Framer {
  switch (options.framing) {
    case 'per-chunk':
      return new PerChunkFramer(options.logMel, options.chunkSamples);
    case 'continuous':
      return new ContinuousFramer(options.logMel, options.chunkFrames, options.onFrames, options.strideFrames);
    case 'whole':
      return new WholeFramer(options.logMel);
    default:
      return never(options);
  }
}
