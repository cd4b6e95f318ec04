/** Window and filter bank that a checkpoint carries, where they differ from the computed ones (SPEC section 1, half checkpoints). */
import type { ModelCard } from './card.ts';
import { weight } from './pack-weights.ts';
import type { StateDict } from './tensor.ts';

export interface StoredFrontEnd {
  /** [winSamples] */
  readonly window: Float32Array;
  /** Row-major [nFft / 2 + 1, mels] */
  readonly filterBank: Float32Array;
}

export function storedFrontEnd(card: ModelCard, state: StateDict): StoredFrontEnd | undefined {
  const { storedFrontEnd: stored, winSamples, nFft, mels } = card.features;
  if (!stored) return undefined;
  return {
    window: weight(state, 'front_end.0.spectrogram.window', winSamples),
    filterBank: weight(state, 'front_end.0.mel_scale.fb', (nFft / 2 + 1) * mels),
  };
}
