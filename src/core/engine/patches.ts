/**
 * From a segment of log-mel to the two inputs of the step graph: normalised patches, and the positions of every token.
 * Batch norm (SPEC section 2) and patch extraction (section 3) in one pass; all in float64 until the store.
 */
import { EarshotError } from '../errors.ts';
import type { ModelCard, NetworkSpec } from '../model/card.ts';
import { weight } from '../model/pack-weights.ts';
import type { StateDict } from '../model/tensor.ts';
import type { Segment } from '../stream/segments.ts';

const BATCH_NORM_EPS = 1e-5;

/** Patches, row-major [tokens, 256]: token index f * t + j (frequency-major), inside a patch frequency row by row. */
export class Patcher {
  readonly #scale: Float64Array;
  readonly #shift: Float64Array;
  readonly #network: NetworkSpec;
  readonly #mels: number;

  constructor(state: StateDict, card: ModelCard) {
    const { mels } = card.features;
    this.#mels = mels;
    this.#network = card.network;
    const [gain, bias, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map((name) =>
      weight(state, `init_bn.1.${name}`, mels),
    ) as [Float32Array, Float32Array, Float32Array, Float32Array];
    this.#scale = Float64Array.from(gain, (g, m) => g / Math.sqrt(variance[m]! + BATCH_NORM_EPS));
    this.#shift = Float64Array.from(bias, (b, m) => b - mean[m]! * this.#scale[m]!);
  }

  /** Time columns a segment makes. */
  columns(segment: Segment): number {
    return Math.min(Math.floor(segment.paddedTo / this.#network.patch), this.#network.timePositions);
  }

  patches(segment: Segment): Float32Array {
    const { patch } = this.#network;
    const mels = this.#mels;
    const t = this.columns(segment);
    const rows = mels / patch;
    const { data, frameCount } = segment;
    const out = new Float32Array(rows * t * patch * patch);
    let o = 0;
    for (let f = 0; f < rows; f++) {
      for (let j = 0; j < t; j++) {
        for (let y = 0; y < patch; y++) {
          const mel = f * patch + y;
          const scale = this.#scale[mel]!;
          const shift = this.#shift[mel]!;
          for (let x = 0; x < patch; x++, o++) {
            const frame = j * patch + x;
            // Beyond the sound: zero in the normalised domain.
            if (frame < frameCount) out[o] = data[frame * mels + mel]! * scale + shift;
          }
        }
      }
    }
    return out;
  }
}

/** Positions of cached and new tokens, with the patch projection's bias where a token is a patch. */
export class Positions {
  readonly #network: NetworkSpec;
  readonly #time: Float32Array; // [D, P]
  readonly #frequency: Float32Array; // [D, 4]
  readonly #bias: Float32Array; // [D]
  readonly #token: Float32Array | null; // [D]
  readonly #rows: number;

  constructor(state: StateDict, card: ModelCard) {
    const { network } = card;
    const D = network.width;
    this.#network = network;
    this.#rows = card.features.mels / network.patch;
    this.#time = weight(state, 'time_pos_embed', D * network.timePositions);
    this.#frequency = weight(state, 'freq_pos_embed', D * this.#rows);
    this.#bias = weight(state, 'patch_embed.proj.bias', D);
    this.#token = network.pooling === 'token' ? weight(state, 'token_pos_embed', D) : null;
  }

  /**
   * [cached + new, D]. The `cached` tokens are read as a grid of 4 rows in flattened order and get the LAST cached / 4 time
   * positions (SPEC section 5 step 2); new patches get the first `columns`.
   */
  table(cached: number, columns: number): Float32Array {
    const { width: D, timePositions: P } = this.#network;
    const rows = this.#rows;
    if (cached % rows !== 0) {
      throw new EarshotError(
        'cache-misaligned',
        `The memory holds ${cached} tokens, which is not a multiple of ${rows}: a class-token model cannot go on from a short ` +
          'first chunk without priming. Start from silence (--prime silence) or with a full chunk.',
      );
    }
    const m = cached / rows;
    if (columns > P || m > P) {
      throw new EarshotError(
        'too-many-patches',
        `${Math.max(columns, m)} time patches, but the model has ${P} positions.`,
      );
    }
    const token = this.#token;
    const out = new Float32Array((cached + (token ? 1 : 0) + rows * columns) * D);
    let o = 0;
    const grid = (count: number, firstPosition: number, bias: Float32Array | null): void => {
      for (let f = 0; f < rows; f++) {
        for (let j = 0; j < count; j++) {
          for (let d = 0; d < D; d++) {
            out[o++] = this.#time[d * P + firstPosition + j]! + this.#frequency[d * rows + f]! + (bias ? bias[d]! : 0);
          }
        }
      }
    };
    grid(m, P - m, null);
    if (token) {
      out.set(token, o);
      o += D;
    }
    grid(columns, 0, this.#bias);
    return out;
  }
}
