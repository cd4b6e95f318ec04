/**
 * The log-mel front end (SPEC section 1) as nodes of an exported graph: samples [N, samples] to dB [N, frames, mels].
 *
 * No frame is reflected here: the caller gives the samples each frame looks at, so that one graph serves a running transform and
 * separate calls alike. The transform is a convolution with the windowed cosines and sines: the STFT operator is not in every
 * runtime, runs on the CPU only where it is, and was less exact in quiet bins.
 */
import { melFilterBank, periodicHann } from '../dsp/mel.ts';
import type { ModelCard } from './card.ts';
import type { ExportBuilder } from './export-builder.ts';
import { storedFrontEnd } from './stored-front-end.ts';
import type { StateDict } from './tensor.ts';

/** Samples that `frames` frames look at: half a window before the centre of the first to half a window after that of the last. */
export const samplesOf = (frames: number, { nFft, hopSamples }: ModelCard['features']): number =>
  (frames - 1) * hopSamples + nFft;

export function addFrontEnd(graph: ExportBuilder, card: ModelCard, state: StateDict, samples: string): string {
  const { nFft, winSamples, hopSamples, mels, fMinHz, fMaxHz, floorDb, rangeDb } = card.features;
  const bins = nFft / 2 + 1;
  const stored = storedFrontEnd(card, state);
  const window = stored?.window ?? periodicHann(winSamples);
  const bank =
    stored?.filterBank ?? melFilterBank({ sampleRateHz: card.audio.sampleRateHz, nFft, mels, fMinHz, fMaxHz });
  graph.floats('dft', [2 * bins, 1, nFft], windowedBasis(window, nFft));
  graph.floats('mel_bank', [bins, mels], Float32Array.from(bank));

  const channel = graph.add('Unsqueeze', [samples, graph.ints([1])], 'channel');
  const spectrum = graph.add('Conv', [channel, 'dft'], 'spectrum', { strides: [hopSamples] });
  graph.add('Mul', [spectrum, spectrum], 'squares');
  graph.split('squares', [bins, bins], ['real_power', 'imaginary_power'], 1);
  graph.add('Add', ['real_power', 'imaginary_power'], 'power');
  graph.add('Transpose', ['power'], 'power_frames', { perm: [0, 2, 1] });
  graph.add('MatMul', ['power_frames', 'mel_bank'], 'mel_energy');
  graph.add('Max', ['mel_energy', graph.number(10 ** (floorDb / 10), 'floor_energy')], 'mel_floored');
  graph.add('Log', ['mel_floored'], 'mel_log');
  graph.add('Mul', ['mel_log', graph.number(10 / Math.LN10, 'db_per_neper')], 'mel_db');
  // Below the maximum of each stream's own call: streams of a batch do not touch.
  graph.add('ReduceMax', ['mel_db'], 'highest_db', { axes: [1, 2], keepdims: 1 });
  graph.add('Sub', ['highest_db', graph.number(rangeDb, 'range_db')], 'lowest_db');
  return graph.add('Max', ['mel_db', 'lowest_db'], 'mel_clamped');
}

/** Row-major [2 · bins, nFft]: window times cosine for each bin, then window times sine. */
function windowedBasis(window: ArrayLike<number>, nFft: number): Float32Array {
  const bins = nFft / 2 + 1;
  const basis = new Float32Array(2 * bins * nFft);
  for (let bin = 0; bin < bins; bin++) {
    for (let k = 0; k < nFft; k++) {
      // The angle of an exact remainder: large arguments would lose digits.
      const angle = (2 * Math.PI * ((bin * k) % nFft)) / nFft;
      basis[bin * nFft + k] = window[k]! * Math.cos(angle);
      basis[(bins + bin) * nFft + k] = window[k]! * Math.sin(angle);
    }
  }
  return basis;
}
