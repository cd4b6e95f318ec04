/**
 * The classes of one model, addressed by mid; an index means something only together with the card the list was made from.
 * Search is for people: case, accents and punctuation do not matter, and the same query always gives the same order. Any thread.
 */

export interface ClassMatch {
  readonly mid: string;
  readonly name: string;
  /** Row of the model's output. */
  readonly index: number;
}

export interface ClassLabels {
  readonly mids: readonly string[];
  readonly names: readonly string[];
}

/** How well a name answers a query; lower is better. */
const RANK = { whole: 0, start: 1, word: 2, inside: 3 } as const;
type Rank = (typeof RANK)[keyof typeof RANK];

/** Lower case, accents removed, everything that is neither letter nor digit a single space. */
const folded = (text: string): string =>
  text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

export class ClassList {
  readonly #labels: ClassLabels;
  readonly #indexByMid: ReadonlyMap<string, number>;
  readonly #folded: readonly string[];

  /** Throws RangeError when mids and names differ in number, or a mid is there twice. */
  constructor(labels: ClassLabels) {
    const { mids, names } = labels;
    if (mids.length !== names.length) {
      throw new RangeError(`labels must have as many names as mids, got ${names.length} and ${mids.length}`);
    }
    this.#labels = labels;
    this.#indexByMid = new Map(mids.map((mid, index) => [mid, index]));
    if (this.#indexByMid.size !== mids.length) throw new RangeError('labels must have each mid once');
    this.#folded = names.map(folded);
  }

  get size(): number {
    return this.#labels.mids.length;
  }

  has(mid: string): boolean {
    return this.#indexByMid.has(mid);
  }

  /** Row of the model's output, or undefined for a class this model does not know. */
  indexOf(mid: string): number | undefined {
    return this.#indexByMid.get(mid);
  }

  /** Display name, or undefined for a class this model does not know. */
  nameOf(mid: string): string | undefined {
    const index = this.#indexByMid.get(mid);
    return index === undefined ? undefined : this.#labels.names[index];
  }

  /** The class of one output row. Throws RangeError outside 0..size-1. */
  at(index: number): ClassMatch {
    const mid = this.#labels.mids[index];
    const name = this.#labels.names[index];
    if (mid === undefined || name === undefined) {
      throw new RangeError(`index must be a whole number from 0 to ${this.size - 1}, got ${index}`);
    }
    return { mid, name, index };
  }

  /**
   * Classes whose name has every word of the query, the last word possibly unfinished anywhere in the name. First the name itself,
   * then names that start with the query, then names with words that start with the query's words, then the rest; within each, output
   * order. A mid finds its class. An empty query gives all classes in output order.
   */
  search(query: string, limit = Number.POSITIVE_INFINITY): ClassMatch[] {
    const known = this.#indexByMid.get(query.trim());
    if (known !== undefined) return limit >= 1 ? [this.at(known)] : [];
    const wanted = folded(query);
    // Letters were typed, but none that a name could have: that finds nothing, not everything.
    if (wanted === '' && query.trim() !== '') return [];
    const words = wanted.split(' ');
    const found: { readonly index: number; readonly rank: Rank }[] = [];
    this.#folded.forEach((name, index) => {
      const rank = rankOf(name, wanted, words);
      if (rank !== null) found.push({ index, rank });
    });
    found.sort((a, b) => a.rank - b.rank || a.index - b.index);
    return found.slice(0, Math.max(0, limit)).map(({ index }) => this.at(index));
  }
}

function rankOf(name: string, wanted: string, words: readonly string[]): Rank | null {
  if (name === wanted) return RANK.whole;
  if (name.startsWith(wanted)) return RANK.start;
  if (words.every((word) => ` ${name}`.includes(` ${word}`))) return RANK.word;
  return words.every((word) => name.includes(word)) ? RANK.inside : null;
}
