/**
 * What we use of @echogarden/speex-resampler-wasm, which ships no types: the C interface of SpeexDSP's resampler
 * (speex_resampler.h) on the memory of one WebAssembly module. Pointers are byte addresses.
 */
declare module '@echogarden/speex-resampler-wasm/simd' {
  export interface SpeexModule {
    /** Changes identity when the memory grows: read it anew after every call that may allocate. */
    readonly HEAPF32: Float32Array;
    readonly HEAPU32: Uint32Array;
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    /** Returns a state, or 0 with a code at `error`. */
    _speex_resampler_init_frac(
      channels: number,
      ratioNumerator: number,
      ratioDenominator: number,
      inputRate: number,
      outputRate: number,
      quality: number,
      error: number,
    ): number;
    _speex_resampler_destroy(state: number): void;
    /** Starts the output at the first input sample: the filter's delay is taken off. */
    _speex_resampler_skip_zeros(state: number): number;
    _speex_resampler_get_input_latency(state: number): number;
    /** The two lengths are in and out: room and samples before, consumed and written after. */
    _speex_resampler_process_float(
      state: number,
      channel: number,
      input: number,
      inputLength: number,
      output: number,
      outputLength: number,
    ): number;
  }
  export default function load(): Promise<SpeexModule>;
}
