/**
 * Power spectrum of one real frame. The frame of N samples is read as N/2 complex ones (even samples real, odd ones imaginary),
 * transformed at half the size, and taken apart again: half the time of a real transform of size N. Float64 throughout.
 *
 * Any thread; allocates nothing after construction. Frames do not touch each other, so a frame's result never depends on its neighbours.
 */
/// <reference path="./fft-js.d.ts" />
import FFT from 'fft.js';

export class PowerSpectrum {
  /** Samples of one frame, N: a power of two, 8 or more. */
  readonly size: number;
  readonly #fft: FFT;
  /** Half-size transform, interleaved re, im; shape [N]. */
  readonly #half: Float64Array;
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;

  constructor(size: number) {
    this.size = size;
    this.#fft = new FFT(size / 2);
    this.#half = new Float64Array(size);
    this.#cos = Float64Array.from({ length: size / 4 + 1 }, (_, k) => Math.cos((2 * Math.PI * k) / size));
    this.#sin = Float64Array.from({ length: size / 4 + 1 }, (_, k) => Math.sin((2 * Math.PI * k) / size));
  }

  /** Squared magnitudes of the unnormalised transform. `frame`: windowed samples [N]; `power`: filled, bins 0..N/2, shape [N/2 + 1]. */
  compute(frame: Float64Array, power: Float64Array): void {
    const half = this.#half;
    const last = this.size / 2;
    this.#fft.transform(half, frame);
    const dcEven = half[0]!;
    const dcOdd = half[1]!;
    power[0] = (dcEven + dcOdd) ** 2;
    power[last] = (dcEven - dcOdd) ** 2;
    // Bins k and N/2 - k come from the same two half-size bins: X[k] = E + w O, X[N/2 - k] = conj(E - w O), w = exp(-2 pi i k / N).
    for (let k = 1, j = last - 1; k <= j; k++, j--) {
      const aRe = half[2 * k]!;
      const aIm = half[2 * k + 1]!;
      const bRe = half[2 * j]!;
      const bIm = half[2 * j + 1]!;
      const evenRe = 0.5 * (aRe + bRe);
      const evenIm = 0.5 * (aIm - bIm);
      const oddRe = 0.5 * (aIm + bIm);
      const oddIm = 0.5 * (bRe - aRe);
      const cos = this.#cos[k]!;
      const sin = this.#sin[k]!;
      const turnedRe = cos * oddRe + sin * oddIm;
      const turnedIm = cos * oddIm - sin * oddRe;
      power[k] = (evenRe + turnedRe) ** 2 + (evenIm + turnedIm) ** 2;
      power[j] = (evenRe - turnedRe) ** 2 + (turnedIm - evenIm) ** 2;
    }
  }
}
