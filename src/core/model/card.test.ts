/** The optional parts of a card: how weights are stored, and what is known of each class. */
import { describe, expect, test } from 'vitest';
import { tinyModel } from '../../../fixtures/tiny-model.ts';
import { type ClassFacts, type ModelCard, parseCard, type StorageFacts } from './card.ts';
import { cardWithDifference } from './make-model.ts';

const { card } = tinyModel();
const parse = (more: object): ModelCard => parseCard(JSON.parse(JSON.stringify({ ...card, ...more })));

const difference = { max: 0.0123, mean: 0.0004, chunks: 19, clip: 'half-a-minute', engine: 'Node, 1 thread' };
const classes: ClassFacts = {
  hours: [1.5, 0, 2, 3, 4],
  recordings: [10, 0, 3, 4, 5],
  averagePrecision: [0.5, null, 1, 0, 0.25],
  positives: [7, 0, 1, 2, 3],
  weak: [3, 1],
};

test('a card without them stays what it is', () => {
  const parsed = parse({});
  expect(parsed).toEqual(card);
  expect(parsed).not.toHaveProperty('storage');
  expect(parsed).not.toHaveProperty('classes');
});

describe('storage', () => {
  test.each<StorageFacts>([{ precision: 'fp32' }, { precision: 'fp16' }, { precision: 'int8', difference }])(
    '%j',
    (storage) => {
      expect(parse({ storage }).storage).toEqual(storage);
    },
  );

  test.each([
    ['an unknown precision', { precision: 'int4' }, 'storage.precision'],
    ['no precision', { difference }, 'storage.precision'],
    ['an unknown key', { precision: 'int8', bits: 8 }, 'storage.bits'],
    ['a negative difference', { precision: 'int8', difference: { ...difference, max: -1 } }, 'storage.difference.max'],
    ['no number', { precision: 'int8', difference: { ...difference, mean: null } }, 'storage.difference.mean'],
    ['no chunks', { precision: 'int8', difference: { ...difference, chunks: 0 } }, 'storage.difference.chunks'],
  ])('%s is refused by name', (_, storage, path) => {
    expect(() => parse({ storage })).toThrow(`card.json: ${path}`);
  });

  test('a difference is put in to three digits, and only where the card says how weights are stored', () => {
    const stored: ModelCard = { ...card, storage: { precision: 'int8' } };
    const measured = cardWithDifference(stored, { ...difference, max: 0.000736594, mean: 0.00000521177 });
    expect(measured.storage).toEqual({
      precision: 'int8',
      difference: { ...difference, max: 0.000737, mean: 0.00000521 },
    });
    expect(stored.storage).toEqual({ precision: 'int8' });
    expect(() => cardWithDifference(card, difference)).toThrow(TypeError);
  });
});

describe('classes', () => {
  test('are read as they are', () => {
    expect(parse({ classes }).classes).toEqual(classes);
  });

  test.each<[string, Partial<ClassFacts>, string]>([
    ['too few hours', { hours: [1] }, 'classes.hours has 1 values for 5 labels'],
    ['too many recordings', { recordings: [1, 2, 3, 4, 5, 6] }, 'classes.recordings has 6 values for 5 labels'],
    ['too few precisions', { averagePrecision: [] }, 'classes.averagePrecision has 0 values for 5 labels'],
    ['too few positives', { positives: [1] }, 'classes.positives has 1 values for 5 labels'],
    ['half a recording', { recordings: [0.5, 0, 0, 0, 0] }, 'classes.recordings.0'],
    ['a precision above 1', { averagePrecision: [1.5, 0, 0, 0, 0] }, 'classes.averagePrecision.0'],
    ['negative hours', { hours: [-1, 0, 0, 0, 0] }, 'classes.hours.0'],
    [
      'a precision without positives',
      { positives: [0, 0, 1, 2, 3] },
      'averagePrecision of class 0 rests on no positives',
    ],
    ['a weak class that is not there', { weak: [5] }, 'classes.weak holds 5, the labels end at 4'],
    ['a weak class twice', { weak: [2, 2] }, 'classes.weak holds a class twice'],
  ])('%s: refused by name', (_, wrong, why) => {
    expect(() => parse({ classes: { ...classes, ...wrong } })).toThrow(why);
  });

  test('a list left out is refused by name', () => {
    const { weak: _, ...rest } = classes;
    expect(() => parse({ classes: rest })).toThrow('classes.weak');
  });
});
