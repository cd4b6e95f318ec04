import { describe, expect, test } from 'vitest';
import { audioSetLabels } from './audioset-labels.ts';
import { specificClasses } from './specific-classes.ts';
import { audioSetTaxonomy } from './taxonomy.ts';

interface Heard {
  readonly name: string;
  readonly score: number;
}
const midOf = ({ name }: Heard): string => audioSetLabels.mids[audioSetLabels.names.indexOf(name)]!;
const kept = (heard: Record<string, number>, share?: number): string[] =>
  specificClasses(
    Object.entries(heard).map(([name, score]) => ({ name, score })),
    midOf,
    audioSetTaxonomy,
    share,
  ).map(({ name }) => name);

describe('specificClasses', () => {
  test('Bark, Dog and Animal do not shout three times', () => {
    expect(kept({ Animal: 0.9, Dog: 0.8, Bark: 0.6, Speech: 0.5 })).toEqual(['Bark', 'Speech']);
  });

  test('a general class stays when its children are much less sure than it', () => {
    expect(kept({ Animal: 0.9, Dog: 0.44 })).toEqual(['Animal', 'Dog']);
    expect(kept({ Animal: 0.9, Dog: 0.46 })).toEqual(['Dog']);
    expect(kept({ Animal: 0.9, Dog: 0.46 }, 0.8)).toEqual(['Animal', 'Dog']);
  });

  test('a grandchild that is sure enough is enough; relatives of another branch are not', () => {
    expect(kept({ Animal: 0.9, Bark: 0.5 })).toEqual(['Bark']);
    expect(kept({ Cat: 0.9, Bark: 0.9 })).toEqual(['Cat', 'Bark']);
  });

  test('order is kept, an empty list stays empty, a wrong share is refused', () => {
    expect(kept({ Speech: 0.5, Bark: 0.6, Music: 0.9 })).toEqual(['Speech', 'Bark', 'Music']);
    expect(kept({})).toEqual([]);
    expect(() => kept({ Music: 1 }, Number.NaN)).toThrow(/share must be/);
  });
});
