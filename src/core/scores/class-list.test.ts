import { describe, expect, test } from 'vitest';
import { audioSetLabels } from './audioset-labels.ts';
import { ClassList } from './class-list.ts';

const all = new ClassList(audioSetLabels);
const names = (query: string, limit?: number): string[] => all.search(query, limit).map(({ name }) => name);

describe('ClassList', () => {
  test('AudioSet: 527 classes, each found by its own mid and name', () => {
    expect(all.size).toBe(527);
    expect(all.at(0)).toEqual({ mid: '/m/09x0r', name: 'Speech', index: 0 });
    expect(all.at(526).name).toBe('Field recording');
    for (let index = 0; index < all.size; index++) {
      const { mid, name } = all.at(index);
      expect(all.indexOf(mid)).toBe(index);
      expect(all.nameOf(mid)).toBe(name);
      expect(all.search(mid)).toEqual([{ mid, name, index }]);
      expect(all.search(name)[0]!.name).toBe(name);
    }
  });

  test('a class the model does not know has no index and no name', () => {
    expect(all.has('/m/none')).toBe(false);
    expect(all.indexOf('/m/none')).toBeUndefined();
    expect(all.nameOf('constructor')).toBeUndefined();
    expect(() => all.at(527)).toThrow(/0 to 526, got 527/);
    expect(() => all.at(0.5)).toThrow(RangeError);
  });

  test('the name itself, then names that start so, then words that start so, then the rest', () => {
    const list = new ClassList({
      mids: ['a', 'b', 'c', 'd', 'e'],
      names: ['Terrain', 'Heavy rain', 'Rainbow', 'Rain', 'Rain on surface'],
    });
    expect(list.search('rain').map(({ mid }) => mid)).toEqual(['d', 'c', 'e', 'b', 'a']);
    expect(list.search('rain', 2).map(({ mid }) => mid)).toEqual(['d', 'c']);
    expect(list.search('rain', 0)).toEqual([]);
  });

  test('case, accents, punctuation and the order of words do not matter', () => {
    const list = new ClassList({ mids: ['a', 'b'], names: ['Café, noise (inside)', 'Noise'] });
    for (const query of ['cafe noise', 'CAFÉ', 'noise  café', 'cafe\u0301', 'inside', 'caf']) {
      expect(list.search(query)[0]!.mid).toBe('a');
    }
    expect(list.search('noise').map(({ mid }) => mid)).toEqual(['b', 'a']);
  });

  test('empty finds all, nonsense and bare punctuation find nothing', () => {
    expect(all.search('')).toHaveLength(527);
    expect(all.search('  ')).toHaveLength(527);
    expect(names('qqqq')).toEqual([]);
    expect(names('!?')).toEqual([]);
    expect(names('.*')).toEqual([]);
  });

  test('what people type', () => {
    expect(names('dog')[0]).toBe('Dog');
    expect(names('baby cry')[0]).toBe('Baby cry, infant cry');
    expect(names('cry baby')[0]).toBe('Baby cry, infant cry');
    expect(names('rain')[0]).toBe('Rain');
  });

  test('labels that do not fit together are refused', () => {
    expect(() => new ClassList({ mids: ['a'], names: [] })).toThrow(/got 0 and 1/);
    expect(() => new ClassList({ mids: ['a', 'a'], names: ['x', 'y'] })).toThrow(/each mid once/);
  });
});
