/** Makes probabilities of the network's output (SPEC section 7). Independent sigmoids: many classes sound at once. */
import type { ModelCard } from '../model/card.ts';

/** `output`: row-major [rows, classes]; the result is [classes], the mean over rows after the activation. */
export function probabilities(output: Float32Array, card: Pick<ModelCard, 'labels' | 'activation'>): Float32Array {
  const classes = card.labels.mids.length;
  const rows = output.length / classes;
  const scores = new Float64Array(classes);
  for (let i = 0; i < output.length; i++) {
    const x = output[i]!;
    scores[i % classes]! += card.activation === 'sigmoid' ? 1 / (1 + Math.exp(-x)) : x;
  }
  return Float32Array.from(scores, (sum) => sum / rows);
}
