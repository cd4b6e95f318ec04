import { expect, test } from 'vitest';
import type { TakeRow } from '../../store/take.ts';
import { filterRows, pressedSort, RowOrder, type Sort, type SummaryOf } from './row-order.ts';
import type { TakeSummary } from './take-summaries.ts';
import { testRow } from './test-rows.ts';

const done = { kind: 'done' } as const;
const ids = (rows: readonly TakeRow[]) => rows.map(({ id }) => id).join(' ');
const by = (column: NonNullable<Sort>['column'], descending = false): Sort => ({ column, descending });
const summary = (events: number, ...names: string[]): TakeSummary => ({
  events,
  heard: names,
  top: names.map((name, classIndex) => ({ classIndex, name, mean: 0.1, peak: 0.5, events: 1 })),
});
const from =
  (table: Readonly<Record<string, TakeSummary>>): SummaryOf =>
  ({ id }) =>
    table[id] ?? null;
const nothing = from({});

test('names sort as a person numbers them, folders before files of another', () => {
  const rows = [
    testRow('a', { name: 'take 10.wav' }),
    testRow('b', { name: 'take 2.wav' }),
    testRow('c', { name: 'a.wav', folder: 'z/' }),
  ];
  expect(ids(new RowOrder().arrange(rows, by('name'), nothing))).toBe('b a c');
  expect(ids(new RowOrder().arrange(rows, by('name', true), nothing))).toBe('c a b');
  expect(ids(new RowOrder().arrange(rows, null, nothing))).toBe('a b c');
});

test('what is not known yet stands last in both directions, in the order it came', () => {
  const rows = [
    testRow('waiting1'),
    testRow('long', { state: done, durationS: 60 }),
    testRow('waiting2'),
    testRow('short', { state: done, durationS: 5 }),
  ];
  const order = new RowOrder();
  expect(ids(order.arrange(rows, by('length'), nothing))).toBe('short long waiting1 waiting2');
  expect(ids(order.arrange(rows, by('length', true), nothing))).toBe('long short waiting1 waiting2');
});

test('a file that is being read does not move while its events come in; finished, it takes its place', () => {
  const order = new RowOrder();
  const running = testRow('r', { state: { kind: 'running' } });
  const rows = [testRow('few', { state: done }), running, testRow('many', { state: done })];
  for (const events of [1, 5, 9]) {
    const summaries = from({ few: summary(2, 'Dog'), many: summary(7, 'Rain'), r: summary(events, 'Cat') });
    expect(ids(order.arrange(rows, by('events', true), summaries))).toBe('many few r');
  }
  const finished = [rows[0]!, { ...running, state: done }, rows[2]!];
  const summaries = from({ few: summary(2, 'Dog'), many: summary(7, 'Rain'), r: summary(9, 'Cat') });
  expect(ids(order.arrange(finished, by('events', true), summaries))).toBe('r many few');
  expect(ids(order.arrange(finished, by('heard'), summaries))).toBe('r few many');
});

test('by state: what goes on and what went wrong first', () => {
  const failed = { kind: 'failed', error: { code: 'bad-audio-file', message: 'no sound' } } as const;
  const rows = [
    testRow('done', { state: done }),
    testRow('waiting'),
    testRow('failed', { state: failed }),
    testRow('running', { state: { kind: 'running' } }),
  ];
  expect(ids(new RowOrder().arrange(rows, by('state'), nothing))).toBe('running failed waiting done');
});

test('a column pressed again turns round, and a third time gives back the order of arrival', () => {
  const once = pressedSort(null, 'name');
  expect(once).toEqual(by('name'));
  expect(pressedSort(once, 'name')).toEqual(by('name', true));
  expect(pressedSort(pressedSort(once, 'name'), 'name')).toBeNull();
  // Numbers begin with the largest, which is what one looks for.
  expect(pressedSort(once, 'events')).toEqual(by('events', true));
  expect(pressedSort(by('events', true), 'events')).toEqual(by('events'));
  expect(pressedSort(by('events'), 'events')).toBeNull();
});

test('the filter looks at name, folder and heard classes, every word of it', () => {
  const rows = [testRow('a', { name: 'night.wav', folder: 'Garden/' }), testRow('b', { name: 'day.wav' })];
  const summaries = from({ a: summary(1, 'Owl'), b: summary(1, 'Dog', 'Bow-wow') });
  const found = (query: string) => ids(filterRows(rows, query, summaries));
  expect(found('  ')).toBe('a b');
  expect(found('garden OWL')).toBe('a');
  expect(found('bow')).toBe('b');
  expect(found('owl day')).toBe('');
});
