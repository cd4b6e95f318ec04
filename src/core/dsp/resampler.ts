/**
 * Any device rate to the model's rate: SpeexDSP's resampler (a Kaiser-windowed sinc at its best quality, exact rational positions)
 * in WebAssembly. Any thread. One instance per stream; all of a thread share one module of 30 kB. Rates in hertz.
 *
 * Output sample 0 stands at input time 0 (the filter's delay is taken off) and a stream of n samples gives round(n·out/in). How the
 * input is cut changes nothing, bit for bit. Latency: 128 samples of the slower of the two rates (8 ms at 16 kHz).
 */
/// <reference path="./speex-resampler-wasm.d.ts" />
import loadSpeex, { type SpeexModule } from '@echogarden/speex-resampler-wasm/simd';
import { EarshotError } from '../errors.ts';
import type { Hertz } from '../units.ts';

const MIN_RATE_HZ = 4_000;
const MAX_RATE_HZ = 768_000;
/** Speex's best: 256 taps at the slower rate. */
const QUALITY = 10;
/** Samples handed to the module at a time. */
const INPUT_BLOCK = 1024;
/** A rate that is no whole number is kept to a thousandth of a hertz. */
const RATE_STEPS = 1000;

let loading: Promise<SpeexModule> | null = null;
async function speexModule(): Promise<SpeexModule> {
  loading ??= loadSpeex();
  try {
    return await loading;
  } catch (cause) {
    // A failed download may succeed the next time.
    loading = null;
    throw new EarshotError('audio-unavailable', 'The resampler could not be loaded.', { cause });
  }
}

export class Resampler {
  readonly inputRateHz: Hertz;
  readonly outputRateHz: Hertz;
  readonly #ratio: number;
  readonly #speex: SpeexState | null;
  #pushed = 0;
  #returned = 0;
  #over = false;

  private constructor(inputRateHz: Hertz, outputRateHz: Hertz, speex: SpeexState | null) {
    this.inputRateHz = inputRateHz;
    this.outputRateHz = outputRateHz;
    this.#ratio = outputRateHz / inputRateHz;
    this.#speex = speex;
  }

  /** RangeError for rates outside 4 000..768 000 Hz; `audio-unavailable` when the module cannot be loaded. */
  static async create(inputRateHz: Hertz, outputRateHz: Hertz): Promise<Resampler> {
    const allowed = (rate: Hertz) => rate >= MIN_RATE_HZ && rate <= MAX_RATE_HZ;
    if (!allowed(inputRateHz) || !allowed(outputRateHz)) {
      throw new RangeError(
        `inputRateHz and outputRateHz must be from ${MIN_RATE_HZ} to ${MAX_RATE_HZ}, got ${inputRateHz} and ${outputRateHz}`,
      );
    }
    if (inputRateHz === outputRateHz) return new Resampler(inputRateHz, outputRateHz, null);
    const speex = new SpeexState(await speexModule(), inputRateHz, outputRateHz);
    return new Resampler(inputRateHz, outputRateHz, speex);
  }

  /** Output samples made of `inputCount` input samples when the stream ends there. */
  #outputCount(inputCount: number): number {
    return Math.round(inputCount * this.#ratio);
  }

  /** Returns what can be said so far, an array of the caller's own; a bit-equal copy when the rates match. */
  push(samples: Float32Array): Float32Array {
    if (this.#over) throw new EarshotError('disposed', 'This resampler was finished or disposed.');
    this.#pushed += samples.length;
    const out = this.#speex ? this.#speex.run(samples) : samples.slice();
    this.#returned += out.length;
    return out;
  }

  /** Ends the stream and returns its tail. */
  finish(): Float32Array {
    if (this.#over) return new Float32Array(0);
    this.#over = true;
    if (!this.#speex) return new Float32Array(0);
    const missing = this.#outputCount(this.#pushed) - this.#returned;
    // Silence behind the end pushes out what the filter still holds.
    const tail = this.#speex.run(new Float32Array(this.#speex.latencySamples + Math.ceil(2 / this.#ratio) + 1));
    this.#speex.free();
    return tail.slice(0, missing);
  }

  /** Frees the module's memory; harmless when done already. */
  dispose(): void {
    this.#over = true;
    this.#speex?.free();
  }
}

/** One resampler inside the module: its state and its three buffers. */
class SpeexState {
  readonly latencySamples: number;
  readonly #module: SpeexModule;
  readonly #outputBlock: number;
  readonly #input: number;
  readonly #output: number;
  readonly #lengths: number;
  readonly #state: number;
  #freed = false;

  constructor(module: SpeexModule, inputRateHz: Hertz, outputRateHz: Hertz) {
    this.#module = module;
    this.#outputBlock = Math.ceil((INPUT_BLOCK * outputRateHz) / inputRateHz) + 16;
    this.#input = module._malloc(4 * INPUT_BLOCK);
    this.#output = module._malloc(4 * this.#outputBlock);
    this.#lengths = module._malloc(8);
    const steps = Number.isInteger(inputRateHz) && Number.isInteger(outputRateHz) ? 1 : RATE_STEPS;
    const numerator = Math.round(inputRateHz * steps);
    const denominator = Math.round(outputRateHz * steps);
    this.#state = module._speex_resampler_init_frac(
      1,
      numerator,
      denominator,
      Math.round(inputRateHz),
      Math.round(outputRateHz),
      QUALITY,
      this.#lengths,
    );
    if (this.#state === 0) {
      this.free();
      throw new EarshotError(
        'audio-unavailable',
        `No memory for a resampler from ${inputRateHz} to ${outputRateHz} Hz.`,
      );
    }
    module._speex_resampler_skip_zeros(this.#state);
    this.latencySamples = module._speex_resampler_get_input_latency(this.#state);
  }

  run(samples: Float32Array): Float32Array {
    const module = this.#module;
    const blocks: Float32Array[] = [];
    let total = 0;
    for (let start = 0; start < samples.length; ) {
      const block = samples.subarray(start, start + INPUT_BLOCK);
      module.HEAPF32.set(block, this.#input >> 2);
      const lengths = this.#lengths >> 2;
      module.HEAPU32[lengths] = block.length;
      module.HEAPU32[lengths + 1] = this.#outputBlock;
      module._speex_resampler_process_float(
        this.#state,
        0,
        this.#input,
        this.#lengths,
        this.#output,
        this.#lengths + 4,
      );
      const written = module.HEAPU32[lengths + 1]!;
      start += module.HEAPU32[lengths]!;
      blocks.push(module.HEAPF32.slice(this.#output >> 2, (this.#output >> 2) + written));
      total += written;
    }
    if (blocks.length === 1) return blocks[0]!;
    const out = new Float32Array(total);
    let offset = 0;
    for (const block of blocks) {
      out.set(block, offset);
      offset += block.length;
    }
    return out;
  }

  free(): void {
    if (this.#freed) return;
    this.#freed = true;
    if (this.#state !== 0) this.#module._speex_resampler_destroy(this.#state);
    for (const pointer of [this.#input, this.#output, this.#lengths]) this.#module._free(pointer);
  }
}
