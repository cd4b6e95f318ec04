import { describe, expect, test } from 'vitest';
import { audioSetLabels } from './audioset-labels.ts';
import { audioSetTaxonomy, Taxonomy } from './taxonomy.ts';

const BARK = '/m/05tny_';
const DOG = '/m/0bt9lr';
const PETS = '/m/068hy';
const ANIMAL = '/m/0jbk';
const GROWLING = '/m/0ghcn6';
const SPEECH = '/m/09x0r';

const node = (mid: string, ...children: string[]) => ({ mid, name: mid.toUpperCase(), children });

describe('the AudioSet tree', () => {
  test('has every class of the models, under the name of the label list', () => {
    for (const [index, mid] of audioSetLabels.mids.entries()) {
      expect(audioSetTaxonomy.nameOf(mid), mid).toBe(audioSetLabels.names[index]);
    }
  });

  test('has only what those need: each further class contains one of them', () => {
    const own = new Set(audioSetLabels.mids);
    for (const root of audioSetTaxonomy.roots) {
      for (const mid of [root, ...audioSetTaxonomy.descendants(root)]) {
        const useful = own.has(mid) || [...audioSetTaxonomy.descendants(mid)].some((below) => own.has(below));
        expect(useful, mid).toBe(true);
      }
    }
    expect(audioSetTaxonomy.size).toBe(557);
  });

  test('walked depth first it gives the published row order: the list was made so, which pins every branch', () => {
    expect(audioSetTaxonomy.order([...audioSetLabels.mids].reverse())).toEqual(audioSetLabels.mids);
  });

  test('has the seven branches of the published ontology', () => {
    expect(audioSetTaxonomy.roots.map((mid) => audioSetTaxonomy.nameOf(mid))).toEqual([
      'Human sounds',
      'Animal',
      'Music',
      'Natural sounds',
      'Sounds of things',
      'Source-ambiguous sounds',
      'Channel, environment and background',
    ]);
  });

  test('Bark is a Dog is a pet is an Animal, and never the other way round', () => {
    expect([...audioSetTaxonomy.ancestors(BARK)]).toEqual([DOG, PETS, ANIMAL]);
    expect(audioSetTaxonomy.isAncestor(ANIMAL, BARK)).toBe(true);
    expect(audioSetTaxonomy.isAncestor(BARK, ANIMAL)).toBe(false);
    expect(audioSetTaxonomy.isAncestor(BARK, BARK)).toBe(false);
    expect(audioSetTaxonomy.isAncestor(SPEECH, BARK)).toBe(false);
    expect(audioSetTaxonomy.descendants(DOG).has(BARK)).toBe(true);
    expect(audioSetTaxonomy.topOf(BARK)).toBe('Animal');
    expect(audioSetTaxonomy.topOf(ANIMAL)).toBe('Animal');
  });

  test('a class may have several parents: Growling', () => {
    expect(audioSetTaxonomy.parents(GROWLING).map((mid) => audioSetTaxonomy.nameOf(mid))).toEqual([
      'Dog',
      'Cat',
      'Roaring cats (lions, tigers)',
      'Canidae, dogs, wolves',
    ]);
  });

  test('no class is above itself', () => {
    for (const mid of audioSetLabels.mids) expect(audioSetTaxonomy.isAncestor(mid, mid)).toBe(false);
  });
});

describe('Taxonomy', () => {
  const diamond = new Taxonomy([node('a', 'b', 'c'), node('b', 'd'), node('c', 'd', 'e'), node('d'), node('e')]);

  test('a class with two parents stands once, where the walk first meets it', () => {
    expect(diamond.order(['e', 'd', 'c', 'b', 'a'])).toEqual(['a', 'b', 'd', 'c', 'e']);
    expect([...diamond.ancestors('d')]).toEqual(['b', 'c', 'a']);
    expect([...diamond.descendants('a')]).toEqual(['b', 'c', 'd', 'e']);
  });

  test('mids it does not know are harmless and come last, in their order', () => {
    expect(diamond.order(['y', 'c', 'x', 'a'])).toEqual(['a', 'c', 'y', 'x']);
    expect(diamond.topOf('x')).toBeUndefined();
    expect(diamond.ancestors('x').size).toBe(0);
    expect(diamond.parents('x')).toEqual([]);
  });

  test('refuses what is no taxonomy', () => {
    expect(() => new Taxonomy([node('a'), node('a')])).toThrow(/each mid once/);
    expect(() => new Taxonomy([node('a', 'b')])).toThrow(/a has the child b/);
    expect(() => new Taxonomy([node('a', 'b'), node('b', 'a')])).toThrow(/no cycle/);
    expect(() => new Taxonomy([node('r', 'a'), node('a', 'b'), node('b', 'a')])).toThrow(/no cycle/);
  });
});
