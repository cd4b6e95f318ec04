/** "Heard now" as it is shown and said: the most specific names only, so that Bark, Dog and Animal are one word, not three. */
import type { ModelCard } from '../../core/model/card.ts';
import type { NowEntry, NowList } from '../../core/scores/now-list.ts';
import { specificClasses } from '../../core/scores/specific-classes.ts';
import { audioSetTaxonomy } from '../../core/scores/taxonomy.ts';

/** As many as are read at a glance. */
const MOST = 5;
/** A specific name stands for a general one only when it is nearly as sure: rain that is surely Water is not called a Stream. */
const SURE_ENOUGH = 0.8;

export function saidNow(now: NowList, card: ModelCard | null): readonly NowEntry[] {
  if (!card) return now.slice(0, MOST);
  return specificClasses(
    now,
    ({ classIndex }) => card.labels.mids[classIndex] ?? '',
    audioSetTaxonomy,
    SURE_ENOUGH,
  ).slice(0, MOST);
}
