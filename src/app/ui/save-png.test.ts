import { expect, test } from 'vitest';
import { spreadOut, wrapped } from './save-png.ts';

const perLetter = (text: string): number => text.length;

test('words are wrapped, a long one stands alone, none is lost', () => {
  expect(wrapped('one two three', 7, perLetter)).toEqual(['one two', 'three']);
  expect(wrapped('a extraordinarily b', 5, perLetter)).toEqual(['a', 'extraordinarily', 'b']);
  expect(wrapped('', 5, perLetter)).toEqual([]);
});

test('labels keep their distance, stay near and inside', () => {
  expect(spreadOut([10, 50, 90], 12, 0, 100)).toEqual([10, 50, 90]);
  expect(spreadOut([50, 51, 49], 12, 0, 100)).toEqual([61, 73, 49]);
  expect(spreadOut([99, 98, 97], 12, 0, 100)).toEqual([100, 88, 76]);
  expect(spreadOut([-5, 0], 12, 0, 100)).toEqual([0, 12]);
});
