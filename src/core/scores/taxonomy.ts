/**
 * The tree the classes stand in: AudioSet's ontology, by mid. A directed graph without cycles, not a strict tree: Growling is below
 * Dog, Cat, Canidae and Roaring cats. Pure and immutable; any thread; sets are made once per class, when first asked for.
 *
 * The ontology is Google's, CC BY-SA 4.0; audioset-tree.json is our extract of it under the same licence and says what was changed.
 */
import tree from './audioset-tree.json' with { type: 'json' };

export interface TaxonomyNode {
  readonly mid: string;
  readonly name: string;
  /** Mids, in the ontology's order; each is a node of the same taxonomy. */
  readonly children: readonly string[];
}

const NONE: readonly string[] = [];

export class Taxonomy {
  /** Mids that no other class contains, in the order given: the top-level branches. */
  readonly roots: readonly string[];
  readonly #nodes: ReadonlyMap<string, TaxonomyNode>;
  readonly #parents: ReadonlyMap<string, readonly string[]>;
  /** Place of each class in a depth-first walk; a class with several parents stands where the walk first meets it. */
  readonly #place: ReadonlyMap<string, number>;
  readonly #top: ReadonlyMap<string, string>;
  readonly #ancestors = new Map<string, ReadonlySet<string>>();
  readonly #descendants = new Map<string, ReadonlySet<string>>();

  /** Throws RangeError for a mid that is there twice, a child that is not there, or a cycle. */
  constructor(nodes: readonly TaxonomyNode[]) {
    this.#nodes = new Map(nodes.map((node) => [node.mid, node]));
    if (this.#nodes.size !== nodes.length) throw new RangeError('a taxonomy must have each mid once');
    const parents = new Map<string, string[]>();
    for (const { mid, children } of nodes) {
      for (const child of children) {
        if (!this.#nodes.has(child)) throw new RangeError(`${mid} has the child ${child}, which is no class`);
        const known = parents.get(child);
        if (known) known.push(mid);
        else parents.set(child, [mid]);
      }
    }
    this.#parents = parents;
    this.roots = nodes.filter(({ mid }) => !parents.has(mid)).map(({ mid }) => mid);

    const place = new Map<string, number>();
    const top = new Map<string, string>();
    const open = new Set<string>();
    const walk = (mid: string, root: string): void => {
      if (open.has(mid)) throw new RangeError(`a taxonomy must have no cycle, but ${mid} contains itself`);
      if (place.has(mid)) return;
      place.set(mid, place.size);
      top.set(mid, root);
      open.add(mid);
      for (const child of this.children(mid)) walk(child, root);
      open.delete(mid);
    };
    for (const root of this.roots) walk(root, root);
    if (place.size < nodes.length) throw new RangeError('a taxonomy must have no cycle, but some class hangs in one');
    this.#place = place;
    this.#top = top;
  }

  get size(): number {
    return this.#nodes.size;
  }

  has(mid: string): boolean {
    return this.#nodes.has(mid);
  }

  nameOf(mid: string): string | undefined {
    return this.#nodes.get(mid)?.name;
  }

  /** Directly below; empty for a leaf and for a mid that is not here. */
  children(mid: string): readonly string[] {
    return this.#nodes.get(mid)?.children ?? NONE;
  }

  /** Directly above; several for some. */
  parents(mid: string): readonly string[] {
    return this.#parents.get(mid) ?? NONE;
  }

  /** All above, nearest first; never the class itself. */
  ancestors(mid: string): ReadonlySet<string> {
    return closure(mid, this.#ancestors, (one) => this.parents(one));
  }

  /** All below, nearest first; never the class itself. */
  descendants(mid: string): ReadonlySet<string> {
    return closure(mid, this.#descendants, (one) => this.children(one));
  }

  /** Is `above` more general than `below`? A class is not its own ancestor. */
  isAncestor(above: string, below: string): boolean {
    return this.ancestors(below).has(above);
  }

  /** The same mids depth first, so that relatives stand together; mids that are not here come last, in the order given. */
  order(mids: readonly string[]): string[] {
    const placeOf = (mid: string): number => this.#place.get(mid) ?? this.#nodes.size;
    return [...mids].sort((a, b) => placeOf(a) - placeOf(b));
  }

  /** Name of the top-level branch, "Animal"; of several, the first depth first. Undefined for a mid that is not here. */
  topOf(mid: string): string | undefined {
    const root = this.#top.get(mid);
    return root === undefined ? undefined : this.nameOf(root);
  }
}

/** Everything reached from `mid` in any number of steps, breadth first. */
function closure(
  mid: string,
  known: Map<string, ReadonlySet<string>>,
  next: (mid: string) => readonly string[],
): ReadonlySet<string> {
  const made = known.get(mid);
  if (made) return made;
  const reached = new Set<string>(next(mid));
  // A set hands out what is added while it is walked.
  for (const one of reached) for (const further of next(one)) reached.add(further);
  known.set(mid, reached);
  return reached;
}

/** The 527 published classes and the classes above them. */
export const audioSetTaxonomy = new Taxonomy(tree.classes.map(nodeOf));

function nodeOf(row: readonly (string | readonly string[])[]): TaxonomyNode {
  const [mid, name, children] = row;
  if (typeof mid !== 'string' || typeof name !== 'string' || typeof children !== 'object') {
    throw new RangeError(`a row of audioset-tree.json must be mid, name and children, got ${JSON.stringify(row)}`);
  }
  return { mid, name, children };
}
