/**
 * The live framing: one running transform, frame i centred on sample hop·i, reflected only where the stream (or, after a gap, its
 * next run) starts and ends. Before the clamp, which is per chunk, the frames of a stream are those of `LogMel.unclamped` over all
 * of it, bit for bit. See framer.ts.
 *
 * With a stride shorter than the chunk the window slides: every `strideFrames` the latest frames (whole patches of them, at most
 * `chunkFrames`; fewer while the stream is young) are a chunk, which stands for the stride that is new in it.
 */
import { clampRange, type LogMel } from '../dsp/log-mel.ts';
import type { Framer } from './framer.ts';
import type { MelChunk } from './mel-chunk.ts';
import { PATCH_FRAMES, StreamClock } from './stream-clock.ts';

type OnFrames = (startFrame: number, frameCount: number, data: Float32Array) => void;

export class ContinuousFramer implements Framer {
  readonly #logMel: LogMel;
  readonly #chunkFrames: number;
  readonly #strideFrames: number;
  readonly #onFrames: OnFrames | undefined;
  readonly #clock = new StreamClock();

  /** The latest samples of this run, as far back as the next frame reaches. */
  readonly #recent: Float32Array;
  #recentLength = 0;
  /** Where in `recent` the next frame has its centre. */
  #center = 0;
  /** Frames computed in this run. */
  #runFrames = 0;

  /** The chunk that is being filled, dB before the clamp: row-major [frames, mels]; with room for a window and a stride when it slides. */
  #chunk: Float32Array;
  #chunkFill = 0;
  /** Frames since the last chunk: less than `chunkFill` when the window slides. */
  #fresh = 0;

  constructor(logMel: LogMel, chunkFrames: number, onFrames?: OnFrames, strideFrames = chunkFrames) {
    if (!Number.isSafeInteger(chunkFrames) || chunkFrames < PATCH_FRAMES) {
      throw new RangeError(`chunkFrames must be a whole number of at least ${PATCH_FRAMES}, got ${chunkFrames}`);
    }
    if (!Number.isSafeInteger(strideFrames) || strideFrames < PATCH_FRAMES || strideFrames > chunkFrames) {
      throw new RangeError(
        `strideFrames must be a whole number from ${PATCH_FRAMES} to chunkFrames (${chunkFrames}), got ${strideFrames}`,
      );
    }
    this.#logMel = logMel;
    this.#chunkFrames = chunkFrames;
    this.#strideFrames = strideFrames;
    this.#onFrames = onFrames;
    this.#recent = new Float32Array(16 * logMel.frameSamples);
    this.#chunk = new Float32Array((this.#slides ? chunkFrames + strideFrames : chunkFrames) * logMel.mels);
  }

  get unscoredSamples(): number {
    return this.#clock.unscoredSamples;
  }

  push(samples: Float32Array): MelChunk[] {
    const chunks: MelChunk[] = [];
    for (let start = 0; start < samples.length; ) {
      const block = samples.subarray(start, start + this.#recent.length - this.#recentLength);
      this.#recent.set(block, this.#recentLength);
      this.#recentLength += block.length;
      this.#clock.heard(block.length);
      start += block.length;
      // A frame whose right half is there is the same whatever comes behind it.
      if (this.#recentLength >= this.#logMel.minSamples) this.#computeFrames(this.#recentLength - this.#reach, chunks);
      this.#forget();
    }
    return chunks;
  }

  finish(): MelChunk[] {
    if (this.#clock.finished) return [];
    const chunks: MelChunk[] = [];
    if (this.#recentLength >= this.#logMel.minSamples) {
      // The last frames reach past the end and are reflected there.
      this.#computeFrames(this.#recentLength, chunks);
      if (this.#fresh >= PATCH_FRAMES) chunks.push(this.#emit());
    }
    this.#clock.finish();
    this.#clock.refuseTooShort(this.#logMel.hopSamples);
    return chunks;
  }

  skip(lost: number): void {
    this.#clock.lost(lost);
    this.#startRun();
  }

  reset(): void {
    this.#clock.reset();
    this.#startRun();
  }

  #startRun(): void {
    this.#recentLength = 0;
    this.#center = 0;
    this.#runFrames = 0;
    this.#chunkFill = 0;
    this.#fresh = 0;
  }

  /** Samples that a frame looks at to the left of its centre. */
  get #reach(): number {
    return this.#logMel.frameSamples / 2;
  }

  /** Computes the frames centred up to `lastCenter` (in `recent`); adds the chunks they complete. */
  #computeFrames(lastCenter: number, chunks: MelChunk[]): void {
    const { hopSamples, mels } = this.#logMel;
    let reported = this.#chunkFill;
    for (; this.#center <= lastCenter; this.#center += hopSamples) {
      this.#logMel.frame(this.#recent, this.#recentLength, this.#center, this.#chunk, this.#chunkFill * mels);
      this.#chunkFill++;
      this.#fresh++;
      this.#runFrames++;
      if (this.#fresh === this.#strideFrames) {
        this.#report(reported);
        chunks.push(this.#emit());
        reported = this.#chunkFill;
      }
    }
    this.#report(reported);
  }

  #report(from: number): void {
    const count = this.#chunkFill - from;
    if (!this.#onFrames || count === 0) return;
    const { mels } = this.#logMel;
    const startFrame = this.#frameAt(this.#runFrames - count);
    this.#onFrames(startFrame, count, this.#chunk.slice(from * mels, this.#chunkFill * mels));
  }

  /** Stream position of a frame of this run. */
  #frameAt(runFrame: number): number {
    return Math.round(this.#clock.runStart / this.#logMel.hopSamples) + runFrame;
  }

  #emit(): MelChunk {
    const { hopSamples, rangeDb } = this.#logMel;
    const fresh = this.#fresh;
    const there = Math.min(this.#chunkFill, this.#chunkFrames);
    const frameCount = this.#slides ? there - (there % PATCH_FRAMES) : there;
    const data = this.#takeWindow(frameCount);
    this.#fresh = 0;
    clampRange(data, rangeDb);
    const startSample = this.#clock.runStart + (this.#runFrames - fresh) * hopSamples;
    // The last frame may be centred on the very end of the sound and stand for less than a hop.
    const sampleCount = Math.min(fresh * hopSamples, this.#clock.position - startSample);
    const gapBefore = this.#clock.chunk(startSample, sampleCount);
    return {
      data,
      frameCount,
      startFrame: this.#frameAt(this.#runFrames - frameCount),
      startSample,
      sampleCount,
      gapBefore,
    };
  }

  get #slides(): boolean {
    return this.#strideFrames < this.#chunkFrames;
  }

  /** The latest `frameCount` frames, the receiver's to change; keeps what the next window needs of them. */
  #takeWindow(frameCount: number): Float32Array {
    const { mels } = this.#logMel;
    const fill = this.#chunkFill;
    if (!this.#slides && fill === this.#chunkFrames) {
      const whole = this.#chunk;
      this.#chunk = new Float32Array(whole.length);
      this.#chunkFill = 0;
      return whole;
    }
    const window = this.#chunk.slice((fill - frameCount) * mels, fill * mels);
    const kept = this.#slides ? Math.min(fill, this.#chunkFrames) : 0;
    this.#chunk.copyWithin(0, (fill - kept) * mels, fill * mels);
    this.#chunkFill = kept;
    return window;
  }

  /** Gives up what no frame will look at again. Never at the start of a run, where the first frames are reflected. */
  #forget(): void {
    const from = this.#center - this.#reach;
    if (from <= 0) return;
    this.#recent.copyWithin(0, from, this.#recentLength);
    this.#recentLength -= from;
    this.#center = this.#reach;
  }
}
