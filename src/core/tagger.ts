/**
 * `push(samples)` in, tag frames out: resampler, framer, engine and scores composed. The one path that microphone, file and
 * command line share. Any thread; one instance per stream.
 */
import { assertFinite } from './dsp/assert-finite.ts';
import { LogMel } from './dsp/log-mel.ts';
import { Resampler } from './dsp/resampler.ts';
import type { EngineSession, EngineState, Priming } from './engine/engine-session.ts';
import { OneAtATime } from './engine/one-at-a-time.ts';
import { scoreCall } from './engine/score-call.ts';
import { EarshotError } from './errors.ts';
import type { Framing, ModelCard } from './model/card.ts';
import type { TagFrame } from './scores/tag-frame.ts';
import { createFramer, type Framer, type FramerOptions } from './stream/framer.ts';
import type { MelChunk } from './stream/mel-chunk.ts';
import type { Tagger } from './tagger-interface.ts';
import type { Hertz, Seconds } from './units.ts';

export interface TaggerOptions {
  readonly session: EngineSession;
  /** Front end of this model; made from the card when absent (pass one when the weights carry their own window). */
  readonly logMel?: LogMel;
  /** `whole` is the reference's evaluation mode: one front-end call over everything, scores at `finish`. */
  readonly framing?: Framing | 'whole';
  /** Length of a chunk; the card's own when absent. Truncated to samples (per-chunk) or to whole patches (continuous). */
  readonly chunkSeconds?: Seconds;
  readonly priming?: Priming;
  /**
   * From one chunk to the next, for a window that slides over the sound (full-context models, continuous framing): the window is
   * heard again whenever this much is new. Rounded to whole frames; the chunk's own length when absent.
   */
  readonly strideSeconds?: Seconds;
  /** False: every chunk starts with an empty cache, to show what the memory is worth (streaming models). Default true. */
  readonly memory?: boolean;
  /** Log-mel frames as they are computed, before the clamp (continuous framing only). */
  readonly onFrames?: (startFrame: number, frameCount: number, data: Float32Array) => void;
}

/** The per-chunk length the reference's user would pass: 2.0 s for 192 frames, 1.0 s for 96, 10.0 s for the full-context model. */
export const nominalChunkSeconds = (card: ModelCard): Seconds =>
  Math.max(1, Math.round((card.chunk.inputFrames * card.features.hopSamples) / card.audio.sampleRateHz));

const MIN_RATE_HZ = 4_000;
const MAX_RATE_HZ = 768_000;

export class StreamingTagger implements Tagger {
  readonly card: ModelCard;
  readonly #session: EngineSession;
  readonly #framer: Framer;
  readonly #priming: Priming;
  readonly #memory: boolean;
  /** Framing and scoring each keep their order; framing does not wait for a running step. */
  readonly #framing = new OneAtATime();
  readonly #scoring = new OneAtATime();
  #resampler: Resampler | null = null;
  #resamplerRate = 0;
  #state: EngineState | null = null;
  #index = 0;
  #finished = false;
  #disposed = false;

  constructor(options: TaggerOptions) {
    const { session } = options;
    this.card = session.card;
    this.#session = session;
    const framing = options.framing ?? this.card.framing;
    // The evaluation mode starts without a cache (SPEC section 8).
    this.#priming = framing === 'whole' ? 'none' : (options.priming ?? 'silence');
    this.#memory = options.memory ?? true;
    // Without memory the cache is empty before every chunk, the first one too: no priming either.
    if (!this.#memory) this.#priming = 'none';
    this.#framer = createFramer(framerOptions(this.card, framing, options));
  }

  /** Samples at the end that no chunk was made of, at the model's rate; known after `finish`. */
  get unscoredSamples(): number {
    return this.#framer.unscoredSamples;
  }

  async push(samples: Float32Array, rateHz: Hertz): Promise<TagFrame[]> {
    return this.#scoreAll(await this.hear(samples, rateHz));
  }

  /**
   * The two halves of `push`, for a caller that must not queue without bound: `hear` frames the sound and resolves with the chunks
   * it completed (without waiting for a running step), `score` runs one of them, `drop` gives one up.
   */
  hear(samples: Float32Array, rateHz: Hertz): Promise<MelChunk[]> {
    return this.#framing.run(() => this.#hear(samples, rateHz));
  }

  /** Chunks are scored in the order of the calls. A failed step empties the memory; the next chunk starts from the initial state. */
  score(chunk: MelChunk): Promise<TagFrame> {
    return this.#scoring.run(() => this.#score(chunk));
  }

  /** Counts a chunk that will not be scored, so that frame numbers stay true. The memory is kept. */
  drop(_chunk: MelChunk): Promise<void> {
    return this.#scoring.run(() => {
      this.#index++;
    });
  }

  /** `lost` samples at `rateHz` are missing here. The partial chunk is given up; time goes on; the memory is kept. */
  skip(lost: number, rateHz: Hertz): Promise<void> {
    return this.#framing.run(() => {
      this.#alive();
      checkRate(rateHz);
      // What the resampler still holds belongs to the partial chunk, which is given up; it only has to be counted.
      const held = this.#endResampler().length;
      this.#framer.skip(held + Math.round((lost * this.card.audio.sampleRateHz) / rateHz));
    });
  }

  async finish(): Promise<TagFrame[]> {
    const chunks = await this.#framing.run(() => {
      this.#alive();
      if (this.#finished) return [];
      this.#finished = true;
      return [...this.#framer.push(this.#endResampler()), ...this.#framer.finish()];
    });
    return this.#scoreAll(chunks);
  }

  async reset(): Promise<void> {
    await this.#framing.run(() => {
      this.#alive();
      this.#endResampler();
      this.#framer.reset();
      this.#finished = false;
    });
    await this.#scoring.run(async () => {
      await this.#forget();
      this.#index = 0;
    });
  }

  /** Empties the memory, keeps the clock: the next chunk starts from the initial state. */
  forget(): Promise<void> {
    return this.#scoring.run(() => this.#forget());
  }

  async dispose(): Promise<void> {
    await this.#framing.run(() => {
      this.#disposed = true;
      this.#endResampler();
    });
    await this.#scoring.run(() => this.#forget());
  }

  #alive(): void {
    if (this.#disposed) throw new EarshotError('disposed', 'This tagger was disposed.');
  }

  async #hear(samples: Float32Array, rateHz: Hertz): Promise<MelChunk[]> {
    this.#alive();
    if (this.#finished) throw new EarshotError('disposed', 'This stream was finished; call reset() to start another.');
    if (!(samples instanceof Float32Array)) {
      throw new TypeError(
        `samples must be a Float32Array of mono samples, got ${Object.prototype.toString.call(samples)}`,
      );
    }
    checkRate(rateHz);
    assertFinite(samples);
    if (samples.length === 0) return [];
    const chunks: MelChunk[] = [];
    if (rateHz !== this.#resamplerRate || !this.#resampler) {
      // Another device in mid-stream: what the old rate still holds comes first.
      chunks.push(...this.#framer.push(this.#endResampler()));
      this.#resampler = await Resampler.create(rateHz, this.card.audio.sampleRateHz);
      this.#resamplerRate = rateHz;
    }
    chunks.push(...this.#framer.push(this.#resampler.push(samples)));
    return chunks;
  }

  /** Ends the resampler and returns its tail. */
  #endResampler(): Float32Array {
    const tail = this.#resampler?.finish() ?? new Float32Array(0);
    this.#resampler?.dispose();
    this.#resampler = null;
    return tail;
  }

  async #scoreAll(chunks: readonly MelChunk[]): Promise<TagFrame[]> {
    const frames: TagFrame[] = [];
    for (const chunk of chunks) frames.push(await this.score(chunk));
    return frames;
  }

  async #score(chunk: MelChunk): Promise<TagFrame> {
    this.#alive();
    const state = this.#state ?? (await this.#session.initialState(this.#priming));
    // Consumed from here on: if the engine fails, the next chunk starts from the initial state again.
    this.#state = null;
    const { scores, state: next } = await scoreCall(this.#session, chunk, state);
    if (this.card.network.family === 'streaming' && this.#memory) this.#state = next;
    else await this.#session.discard(next);
    const rate = this.card.audio.sampleRateHz;
    return {
      index: this.#index++,
      startS: chunk.startSample / rate,
      endS: (chunk.startSample + chunk.sampleCount) / rate,
      probabilities: scores,
    };
  }

  async #forget(): Promise<void> {
    const state = this.#state;
    this.#state = null;
    if (state) await this.#session.discard(state);
  }
}

function checkRate(rateHz: Hertz): void {
  if (!(rateHz >= MIN_RATE_HZ && rateHz <= MAX_RATE_HZ)) {
    throw new RangeError(`rateHz must be a number from ${MIN_RATE_HZ} to ${MAX_RATE_HZ}, got ${rateHz}`);
  }
}

function framerOptions(card: ModelCard, framing: Framing | 'whole', options: TaggerOptions): FramerOptions {
  const logMel = options.logMel ?? new LogMel(card.features);
  const rate = card.audio.sampleRateHz;
  const { chunkSeconds } = options;
  if (chunkSeconds !== undefined && !(chunkSeconds > 0 && chunkSeconds <= 3600)) {
    throw new RangeError(`chunkSeconds must be a number above 0 and at most 3600, got ${chunkSeconds}`);
  }
  const { strideSeconds } = options;
  if (strideSeconds !== undefined) {
    if (framing !== 'continuous') throw new RangeError(`strideSeconds has no meaning with framing "${framing}"`);
    if (card.network.family === 'streaming') {
      throw new RangeError(
        `strideSeconds is for full-context models: ${card.id} remembers its last chunk and hears each sound once`,
      );
    }
  }
  if (framing === 'whole') {
    if (chunkSeconds !== undefined) throw new RangeError('chunkSeconds has no meaning with framing "whole"');
    return { framing, logMel };
  }
  if (framing === 'per-chunk') {
    // Truncated, not rounded (SPEC section 8).
    return { framing, logMel, chunkSamples: Math.trunc((chunkSeconds ?? nominalChunkSeconds(card)) * rate) };
  }
  const { patch, targetFrames, timePositions } = card.network;
  const framesPerSecond = rate / card.features.hopSamples;
  const chunkFrames =
    chunkSeconds === undefined
      ? card.chunk.inputFrames
      : Math.floor((chunkSeconds * framesPerSecond + 1e-9) / patch) * patch;
  const longest = Math.min(targetFrames, timePositions * patch);
  if (chunkFrames < patch || chunkFrames > longest) {
    throw new RangeError(
      `chunkSeconds must make ${patch} to ${longest} frames in continuous framing with ${card.id}, got ${chunkSeconds} s (${chunkFrames} frames)`,
    );
  }
  const strideFrames = strideSeconds === undefined ? chunkFrames : Math.round(strideSeconds * framesPerSecond);
  if (!(strideFrames >= patch && strideFrames <= chunkFrames)) {
    throw new RangeError(
      `strideSeconds must make ${patch} to ${chunkFrames} frames, got ${strideSeconds} s (${strideFrames} frames)`,
    );
  }
  const { onFrames } = options;
  return { framing, logMel, chunkFrames, strideFrames, ...(onFrames && { onFrames }) };
}
