/**
 * Classes that a model hardly learned, as its card says (core/model/card.ts, `classes.weak`): not shown while listening unless they
 * are asked for. Pinned ones are asked for. Scores are kept whole; only what is shown changes.
 */
import type { ModelCard } from '../../core/model/card.ts';
import type { Settings } from './settings.ts';

export function hiddenClasses(
  card: ModelCard | null,
  { showWeak, pinned }: Pick<Settings, 'showWeak' | 'pinned'>,
): readonly number[] {
  if (!card?.classes || showWeak) return [];
  return card.classes.weak.filter((index) => !pinned.includes(card.labels.mids[index] ?? ''));
}

/** A copy with nothing in the hidden places; the very array where nothing is hidden. `scores`: [classes]. */
export function withoutHidden(scores: Float32Array, hidden: readonly number[]): Float32Array {
  if (hidden.length === 0) return scores;
  const shown = scores.slice();
  for (const index of hidden) shown[index] = 0;
  return shown;
}
