import { expect, test } from 'vitest';
import { ScoreTimeline } from '../../../core/scores/score-timeline.ts';
import { ClassTotals } from './class-totals.ts';
import { topClasses } from './top-classes.ts';

const LABELS = { mids: ['/r', '/d', '/b', '/s'], names: ['Rain', 'Dog', 'Bark', 'Silence'] };

function timeline(rows: readonly (readonly number[])[], chunkS = 1): ScoreTimeline {
  const scores = new ScoreTimeline({ classes: 4, blockFrames: 2 });
  for (const row of rows) {
    const startS = scores.endS;
    scores.push({ index: scores.to, startS, endS: startS + chunkS, probabilities: Float32Array.from(row) });
  }
  return scores;
}

test('totals kept up in pieces equal those of one reading, weighted by the length of chunks', () => {
  const scores = timeline([
    [0.5, 0, 0, 0],
    [0.25, 0.75, 0, 0],
  ]);
  const totals = new ClassTotals(scores);
  expect(totals.update(1)).toBe(false);
  expect(totals.update(1)).toBe(true);
  scores.push({ index: 2, startS: 2, endS: 4, probabilities: Float32Array.of(1, 0, 0, 0) });
  expect(totals.update()).toBe(true);
  expect(totals.meanOf(0)).toBeCloseTo((0.5 + 0.25 + 2 * 1) / 4, 6);
  expect(totals.peakOf(0)).toBe(1);
  expect(totals.peakOf(1)).toBe(0.75);
  expect(totals.meanOf(1)).toBeCloseTo(0.75 / 4, 6);
});

// Two rows fill a block to its end: sequence numbers then go on without a jump.
test.each([2, 3])('totals of an emptied table are not taken for those of the new one (%i rows)', (count) => {
  const scores = timeline(Array.from({ length: count }, () => [1, 0, 0, 0]));
  const totals = new ClassTotals(scores);
  totals.update();
  expect(totals.follows(scores)).toBe(true);
  scores.clear();
  expect(totals.follows(scores)).toBe(false);
  expect(totals.follows(timeline([]))).toBe(false);
});

test('classes with events come first, by how much of the recording they fill', () => {
  const totals = new ClassTotals(
    timeline([
      [0.6, 0.9, 0, 0.4],
      [0.6, 0, 0.1, 0.4],
    ]),
  );
  totals.update();
  const top = topClasses(totals, [2, 1, 0, 0], LABELS, 4);
  expect(top.map(({ name, events }) => `${name} ${events}`)).toEqual(['Rain 2', 'Dog 1']);
});

test('without any event the highest peaks stand in; what is hardly there does not', () => {
  const totals = new ClassTotals(timeline([[0.3, 0.45, 0.02, 0.1]]));
  totals.update();
  const top = topClasses(totals, [0, 0, 0, 0], LABELS, 3);
  expect(top.map(({ name, events }) => `${name} ${events}`)).toEqual(['Dog 0', 'Rain 0', 'Silence 0']);
});
