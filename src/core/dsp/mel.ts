/**
 * Window and filter bank of the front end (SPEC section 1, steps 2 and 4), and the bank in the form it is applied in.
 * Pure; frequencies in hertz.
 */
import type { Hertz } from '../units.ts';

/** Periodic Hann: w[k] = 0.5 - 0.5 cos(2 pi k / samples). Shape [samples]. */
export function periodicHann(samples: number): Float64Array {
  return Float64Array.from({ length: samples }, (_, k) => 0.5 - 0.5 * Math.cos((2 * Math.PI * k) / samples));
}

export interface MelBankSpec {
  readonly sampleRateHz: Hertz;
  readonly nFft: number;
  readonly mels: number;
  readonly fMinHz: Hertz;
  readonly fMaxHz: Hertz;
}

const hzToMel = (hz: Hertz): number => 2595 * Math.log10(1 + hz / 700);
const melToHz = (mel: number): Hertz => 700 * (10 ** (mel / 2595) - 1);

/** HTK triangles of peak 1, no area normalisation. Row-major [nFft / 2 + 1 bins, mels], lowest first. */
export function melFilterBank(spec: MelBankSpec): Float64Array {
  const { sampleRateHz, nFft, mels, fMinHz, fMaxHz } = spec;
  const bins = nFft / 2 + 1;
  const low = hzToMel(fMinHz);
  const step = (hzToMel(fMaxHz) - low) / (mels + 1);
  const corners = Float64Array.from({ length: mels + 2 }, (_, j) => melToHz(low + step * j));
  const bank = new Float64Array(bins * mels);
  for (let bin = 0; bin < bins; bin++) {
    const hz = (bin * sampleRateHz) / nFft;
    for (let mel = 0; mel < mels; mel++) {
      const left = corners[mel]!;
      const peak = corners[mel + 1]!;
      const right = corners[mel + 2]!;
      bank[bin * mels + mel] = Math.max(0, Math.min((hz - left) / (peak - left), (right - hz) / (right - peak)));
    }
  }
  return bank;
}

/** A bank of which each filter is kept only from its first to its last bin with weight: 500 products per frame instead of 16 448. */
export interface SparseBank {
  readonly mels: number;
  /** First bin of filter j; shape [mels]. */
  readonly first: Int32Array;
  /** Where the weights of filter j start; shape [mels + 1], the last is the total. */
  readonly offset: Int32Array;
  readonly weights: Float64Array;
}

/** `bank`: row-major [bins, mels]. An empty filter is allowed and always gives 0. */
export function sparseBank(bank: ArrayLike<number>, mels: number): SparseBank {
  const bins = bank.length / mels;
  const first = new Int32Array(mels);
  const offset = new Int32Array(mels + 1);
  const weights: number[] = [];
  for (let mel = 0; mel < mels; mel++) {
    let from = 0;
    let to = bins;
    while (from < bins && bank[from * mels + mel] === 0) from++;
    while (to > from && bank[(to - 1) * mels + mel] === 0) to--;
    first[mel] = from < bins ? from : 0;
    for (let bin = from; bin < to; bin++) weights.push(bank[bin * mels + mel]!);
    offset[mel + 1] = weights.length;
  }
  return { mels, first, offset, weights: Float64Array.from(weights) };
}

/** Energy of filter `mel`: its weights times `power`, shape [bins]. */
export function melEnergy(bank: SparseBank, mel: number, power: Float64Array): number {
  const { weights } = bank;
  const to = bank.offset[mel + 1]!;
  let sum = 0;
  for (let w = bank.offset[mel]!, bin = bank.first[mel]!; w < to; w++, bin++) sum += weights[w]! * power[bin]!;
  return sum;
}
