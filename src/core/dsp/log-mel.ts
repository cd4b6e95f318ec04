/**
 * The log-mel front end (SPEC section 1): model-rate samples in, dB frames out. `call` is one whole front-end call of the reference;
 * `frame` is the primitive that the streaming framings are made of, so both give the same bits.
 *
 * Any thread; synchronous. Streams may share one instance: it keeps nothing between calls. `frame` allocates nothing.
 */
import { EarshotError } from '../errors.ts';
import type { FeatureSpec } from '../model/card.ts';
import type { StoredFrontEnd } from '../model/stored-front-end.ts';
import { type Decibels, type Hertz, type ModelSamples, modelSamples } from '../units.ts';
import { melEnergy, melFilterBank, periodicHann, type SparseBank, sparseBank } from './mel.ts';
import { PowerSpectrum } from './power-spectrum.ts';

const MODEL_RATE_HZ: Hertz = 16000;

export class LogMel {
  readonly mels: number;
  readonly hopSamples: number;
  /** Samples one frame looks at: 512, centred on its own sample, 256 to the left and 255 to the right of it. */
  readonly frameSamples: number;
  /** Range clamp below the maximum of one call. */
  readonly rangeDb: Decibels;
  readonly #floorEnergy: number;
  readonly #window: Float64Array;
  readonly #bank: SparseBank;
  readonly #spectrum: PowerSpectrum;
  readonly #windowed: Float64Array;
  readonly #power: Float64Array;

  /**
   * `stored`: window and filter bank that came with the weights; they replace the computed ones (half checkpoints hold rounded values).
   * Throws `bad-card` for a front end this code does not know, `bad-weights` for stored buffers of another shape.
   */
  constructor(features: FeatureSpec, stored?: StoredFrontEnd) {
    const { nFft, winSamples, hopSamples, mels, fMinHz, fMaxHz, floorDb, rangeDb } = features;
    if (nFft < 8 || (nFft & (nFft - 1)) !== 0) throw badCard('nFft', 'a power of two, 8 or more', nFft);
    if (winSamples !== nFft) throw badCard('winSamples', `nFft (${nFft})`, winSamples);
    if (hopSamples > nFft / 2) throw badCard('hopSamples', `at most ${nFft / 2}`, hopSamples);
    if (!(fMinHz >= 0 && fMinHz < fMaxHz && fMaxHz <= MODEL_RATE_HZ / 2)) {
      throw badCard('fMinHz and fMaxHz', `ordered and within 0..${MODEL_RATE_HZ / 2}`, `${fMinHz}, ${fMaxHz}`);
    }
    if (!(rangeDb > 0)) throw badCard('rangeDb', 'above 0', rangeDb);
    if (features.storedFrontEnd && !stored) {
      // Computed ones would be nearly right, which is worse than an error: scores off by some thousandths.
      throw new TypeError('stored must be the window and filter bank of the weights: this card says storedFrontEnd');
    }
    const bins = nFft / 2 + 1;
    if (stored) {
      checkStored('window', stored.window, `[${winSamples}]`, winSamples);
      checkStored('filter bank', stored.filterBank, `[${bins}, ${mels}]`, bins * mels);
    }
    this.mels = mels;
    this.hopSamples = hopSamples;
    this.frameSamples = nFft;
    this.rangeDb = rangeDb;
    this.#floorEnergy = 10 ** (floorDb / 10);
    this.#window = stored ? Float64Array.from(stored.window) : periodicHann(winSamples);
    const bank = stored?.filterBank ?? melFilterBank({ sampleRateHz: MODEL_RATE_HZ, nFft, mels, fMinHz, fMaxHz });
    this.#bank = sparseBank(bank, mels);
    this.#spectrum = new PowerSpectrum(nFft);
    this.#windowed = new Float64Array(nFft);
    this.#power = new Float64Array(bins);
  }

  /** Fewest samples that a call takes: the reflection needs one more than half a frame. */
  get minSamples(): ModelSamples {
    return modelSamples(this.frameSamples / 2 + 1);
  }

  /** Frames of a call on `samples` samples: 1 + n // hop. */
  frameCount(samples: number): number {
    return 1 + Math.floor(samples / this.hopSamples);
  }

  /**
   * One front-end call: reflection at both edges, range clamp over the whole call.
   * dB, row-major [1 + n // 160, mels]. Throws `too-short` for 256 samples and fewer.
   */
  call(samples: Float32Array): Float32Array {
    return clampRange(this.unclamped(samples), this.rangeDb);
  }

  /** As `call`, without the range clamp. */
  unclamped(samples: Float32Array): Float32Array {
    const { minSamples } = this;
    if (samples.length < minSamples) {
      throw new EarshotError(
        'too-short',
        `A spectrogram needs at least ${minSamples} samples (${minSamples / MODEL_RATE_HZ} s at 16 kHz), got ${samples.length}.`,
      );
    }
    const frames = this.frameCount(samples.length);
    const data = new Float32Array(frames * this.mels);
    for (let i = 0; i < frames; i++) this.frame(samples, samples.length, i * this.hopSamples, data, i * this.mels);
    return data;
  }

  /**
   * One frame, before any clamp: dB of the frame centred on `samples[center]`, written to out[outAt .. outAt + mels - 1].
   * `samples[0 .. length - 1]` is the sound, or the part of it at hand; where the frame reaches beyond an end it is reflected there
   * without repeating the edge sample, so a caller that holds only a part takes care that its cut ends are not reached.
   * `length` must be at least `minSamples`.
   */
  frame(samples: Float32Array, length: number, center: number, out: Float32Array, outAt: number): void {
    const window = this.#window;
    const windowed = this.#windowed;
    const size = this.frameSamples;
    const from = center - size / 2;
    if (from >= 0 && from + size <= length) {
      for (let k = 0; k < size; k++) windowed[k] = window[k]! * samples[from + k]!;
    } else {
      for (let k = 0; k < size; k++) {
        let at = Math.abs(from + k);
        if (at >= length) at = 2 * (length - 1) - at;
        windowed[k] = window[k]! * samples[at]!;
      }
    }
    const power = this.#power;
    this.#spectrum.compute(windowed, power);
    const bank = this.#bank;
    const floor = this.#floorEnergy;
    for (let mel = 0; mel < bank.mels; mel++) {
      out[outAt + mel] = 10 * Math.log10(Math.max(melEnergy(bank, mel, power), floor));
    }
  }
}

/** Raises every value to at least the maximum minus `rangeDb`, in place (SPEC section 1 step 6). Returns `data`. */
export function clampRange(data: Float32Array, rangeDb: Decibels): Float32Array {
  let highest = -Infinity;
  for (let i = 0; i < data.length; i++) if (data[i]! > highest) highest = data[i]!;
  const lowest = Math.fround(highest - rangeDb);
  for (let i = 0; i < data.length; i++) if (data[i]! < lowest) data[i] = lowest;
  return data;
}

const badCard = (field: string, expected: string, got: number | string): EarshotError =>
  new EarshotError('bad-card', `features.${field} must be ${expected}, got ${got}.`);

function checkStored(what: string, values: Float32Array, shape: string, length: number): void {
  if (values.length !== length) {
    throw new EarshotError(
      'bad-weights',
      `The stored ${what} must have shape ${shape}, ${length} values, got ${values.length}.`,
    );
  }
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw new EarshotError('bad-weights', `The stored ${what} holds ${values[wrong]} at index ${wrong}.`);
}
