/**
 * Leaves out what a more specific name already says, for lists of what is heard now: next to Bark, "Dog" and "Animal" tell nothing
 * new. Pure; any thread.
 */
import type { Probability } from '../units.ts';
import type { Taxonomy } from './taxonomy.ts';

/**
 * The same entries in the same order, without those that contain a listed class scoring at least `share` of their own score. A
 * general class that is much surer than all its listed children stays: "surely an animal, perhaps a dog".
 */
export function specificClasses<Entry extends { readonly score: Probability }>(
  list: readonly Entry[],
  midOf: (entry: Entry) => string,
  taxonomy: Taxonomy,
  share = 0.5,
): Entry[] {
  if (!(share >= 0)) throw new RangeError(`share must be a number of at least 0, got ${share}`);
  return list.filter((general) => {
    const above = midOf(general);
    return !list.some(
      (specific) => taxonomy.isAncestor(above, midOf(specific)) && specific.score >= share * general.score,
    );
  });
}
