/** What we use of fft.js 4; the types it ships say `any` everywhere. */
declare module 'fft.js' {
  export default class FFT {
    /** `size`: complex points, a power of two above 1. */
    constructor(size: number);
    /** Forward complex transform, not normalised. Both are interleaved re, im of length 2·size; they must not be the same array. */
    transform(out: Float64Array, data: Float64Array): void;
  }
}
