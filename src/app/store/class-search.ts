/** Finds classes of a card by name, for pinning. */
import type { ModelCard } from '../../core/model/card.ts';

export interface ClassHit {
  readonly mid: string;
  readonly name: string;
}

/** Names that hold every word of the query: those that begin with it first, then where a word begins with it, then the rest. */
export function searchClasses(card: ModelCard, query: string, limit: number): ClassHit[] {
  const words = query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const ranked: { hit: ClassHit; rank: number }[] = [];
  card.labels.names.forEach((name, index) => {
    const lower = name.toLocaleLowerCase();
    if (!words.every((word) => lower.includes(word))) return;
    const first = words[0] ?? '';
    const rank = lower.startsWith(first)
      ? 0
      : ` ${lower.replaceAll(/[^\p{L}\p{N}]+/gu, ' ')}`.includes(` ${first}`)
        ? 1
        : 2;
    ranked.push({ hit: { mid: card.labels.mids[index]!, name }, rank });
  });
  ranked.sort((a, b) => a.rank - b.rank || a.hit.name.localeCompare(b.hit.name));
  return ranked.slice(0, limit).map(({ hit }) => hit);
}
