import { expect, test } from 'vitest';
import { ScoreTimeline } from '../../core/scores/score-timeline.ts';
import { mergedStepRows, stepRows } from '../charts/step-rows.ts';

const timeline = (spans: readonly (readonly [number, number, number])[]) => {
  const scores = new ScoreTimeline({ classes: 1 });
  for (const [index, [startS, endS, value]] of spans.entries()) {
    scores.push({ index, startS, endS, probabilities: Float32Array.of(value) });
  }
  return scores;
};

test('lines of two models change at their own times', () => {
  const one = timeline([
    [0, 1, 0.25],
    [1, 2, 0.5],
    [2, 3, 0.75],
  ]);
  const two = timeline([[0, 2, 1]]);
  expect(
    mergedStepRows(
      [
        { scores: one, classIndex: 0 },
        { scores: two, classIndex: 0 },
      ],
      0,
      10,
    ),
  ).toEqual([
    { t: 0, values: [0.25, 1] },
    { t: 1, values: [0.5, 1] },
    { t: 2, values: [0.75, 1] },
    { t: 2, values: [0.75, null] },
    { t: 3, values: [0.75, null] },
    { t: 3, values: [null, null] },
  ]);
});

test('a gap in one line is closed where its sound ended, the other goes on', () => {
  const gapped = timeline([
    [0, 1, 0.25],
    [4, 5, 0.5],
  ]);
  const steady = timeline([[0, 6, 1]]);
  const rows = mergedStepRows(
    [
      { scores: gapped, classIndex: 0 },
      { scores: steady, classIndex: 0 },
    ],
    0,
    10,
  );
  expect(rows.filter(({ t }) => t === 1)).toEqual([
    { t: 1, values: [0.25, 1] },
    { t: 1, values: [null, 1] },
  ]);
  expect(rows.find(({ t }) => t === 4)?.values).toEqual([0.5, 1]);
});

test('lines of one timeline are the plain step rows', () => {
  const one = timeline([
    [0, 1, 0.25],
    [3, 4, 0.5],
  ]);
  expect(mergedStepRows([{ scores: one, classIndex: 0 }], 0, 9)).toEqual(stepRows(one, [0], 0, 9));
  expect(mergedStepRows([], 0, 9)).toEqual([]);
});
