/** "Heard now" as it is shown and said: the most specific names only, so that Bark, Dog and Animal are one word, not three. */
import type { ModelCard } from '../../core/model/card.ts';
import type { NowEntry, NowList } from '../../core/scores/now-list.ts';
import { specificClasses } from '../../core/scores/specific-classes.ts';
import { audioSetTaxonomy } from '../../core/scores/taxonomy.ts';

/** As many as are read at a glance. */
const MOST = 5;

export function saidNow(now: NowList, card: ModelCard | null): readonly NowEntry[] {
  if (!card) return now.slice(0, MOST);
  return specificClasses(now, ({ classIndex }) => card.labels.mids[classIndex] ?? '', audioSetTaxonomy).slice(0, MOST);
}
