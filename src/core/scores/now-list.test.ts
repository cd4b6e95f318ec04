import { describe, expect, test } from 'vitest';
import { type NowList, nowListOptions, stepNowList } from './now-list.ts';

const options = nowListOptions(0.5);
const play = (rows: readonly (readonly number[])[], strideS = 1, start: NowList = []) => {
  const lists: NowList[] = [];
  let list = start;
  rows.forEach((row, index) => {
    list = stepNowList(
      list,
      { index, startS: index * strideS, endS: (index + 1) * strideS, probabilities: Float32Array.from(row) },
      options,
    );
    lists.push(list);
  });
  return lists;
};
const classes = (list: NowList | undefined) => list?.map((entry) => entry.classIndex);

describe('stepNowList', () => {
  test('a class enters at the threshold and says since when', () => {
    const lists = play([[0.1], [0.49], [0.5]]);
    expect(lists.map(classes)).toEqual([[], [], [0]]);
    expect(lists[2]![0]).toMatchObject({ sinceS: 2, heardS: 3 });
  });

  test('scores between exit and enter neither bring in nor throw out', () => {
    const lists = play([[0.4], [0.8], ...Array.from({ length: 20 }, () => [0.31])]);
    expect(classes(lists[0])).toEqual([]);
    for (const list of lists.slice(1)) expect(classes(list)).toEqual([0]);
  });

  test('a single bark stays long enough to be read, then leaves', () => {
    const lists = play([[0.9], [0], [0], [0], [0]]);
    expect(lists.map((l) => l.length)).toEqual([1, 1, 0, 0, 0]);
    const fast = play([[0.9], ...Array.from({ length: 6 }, () => [0])], 0.5);
    expect(fast.map((l) => l.length)).toEqual([1, 1, 1, 1, 0, 0, 0]);
  });

  test('a score that jumps about the threshold does not flicker', () => {
    const lists = play(Array.from({ length: 40 }, (_, i) => [i % 2 ? 0.7 : 0.1]));
    for (const list of lists.slice(1)) expect(classes(list)).toEqual([0]);
    expect(new Set(lists.slice(1).map((l) => l[0]!.sinceS)).size).toBe(1);
  });

  test('near scores keep their places, a clear lead moves up one place a chunk', () => {
    const rows = Array.from({ length: 20 }, (_, i) => [0.7 + (i % 2) * 0.1, 0.72, 0.74 - (i % 2) * 0.1]);
    const orders = new Set(play(rows).map((l) => String(classes(l))));
    expect(orders.size).toBe(1);
    const climbing = play([
      [0.9, 0.8, 0.7],
      [0.55, 0.6, 0.99],
      [0.55, 0.6, 0.99],
    ]);
    expect(climbing.map(classes)).toEqual([
      [0, 1, 2],
      [0, 2, 1],
      [2, 0, 1],
    ]);
  });

  test('what is fading does not head the list: a newcomer climbs past it at once', () => {
    const lists = play([
      [0.9, 0.8, 0.7, 0],
      [0.1, 0.1, 0.6, 0.9],
    ]);
    expect(classes(lists[1])).toEqual([3, 2, 0, 1]);
  });

  test('a full list gives way only to a clearly stronger class, and not at once', () => {
    const five = [0.6, 0.6, 0.6, 0.6, 0.55];
    const lists = play([
      [...five, 0],
      [...five, 0.9],
      [...five, 0.6],
      [...five, 0.9],
    ]);
    expect(lists[1]!.some((e) => e.classIndex === 5)).toBe(false); // the weakest is not shown long enough yet
    expect(lists[2]!.some((e) => e.classIndex === 5)).toBe(false); // no clear lead
    expect(lists[3]!.some((e) => e.classIndex === 5)).toBe(true);
    expect(lists[3]).toHaveLength(5);
  });

  test('exit above enter is refused; a shorter class list drops what it does not have', () => {
    const frame = { index: 0, startS: 0, endS: 1, probabilities: new Float32Array(2) };
    expect(() => stepNowList([], frame, { ...options, exit: 0.6 })).toThrow(/exit must not be above enter/);
    expect(stepNowList([{ classIndex: 7, score: 1, sinceS: 0, heardS: 0 }], frame, options)).toEqual([]);
  });
});
