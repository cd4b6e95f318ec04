import { describe, expect, test } from 'vitest';
import { ScoreTimeline } from '../scores/score-timeline.ts';
import { laneStats } from './lane-stats.ts';

/** Chunks of `lengthS` from second 0; null is as long a stretch of lost sound. The class is row 1 of 2. */
function lane(scores: readonly (number | null)[], lengthS = 1): ScoreTimeline {
  const timeline = new ScoreTimeline({ classes: 2, blockFrames: 3 });
  scores.forEach((score, index) => {
    if (score === null) return;
    const probabilities = Float32Array.of(1 - score, score);
    timeline.push({ index, startS: index * lengthS, endS: (index + 1) * lengthS, probabilities });
  });
  return timeline;
}

describe('laneStats', () => {
  test('first detection is the end of the first chunk at the threshold: earlier nothing could be said', () => {
    const stats = laneStats(lane([0.1, 0.2, 0.7, 0.9], 2), 1, 0.7);
    expect(stats).toMatchObject({ firstDetectionS: 6, firstChunk: { startS: 4, endS: 6 } });
    expect(laneStats(lane([0.1, 0.2]), 1, 0.5)).toMatchObject({ firstDetectionS: null, firstChunk: null });
  });

  test('the same sound is said later by the lane with the longer chunk', () => {
    const fast = laneStats(lane([0, 0, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9]), 1, 0.5);
    const slow = laneStats(lane([0.9], 10), 1, 0.5);
    expect([fast.firstDetectionS, slow.firstDetectionS]).toEqual([3, 10]);
    expect([fast.shareAbove, slow.shareAbove]).toEqual([0.8, 1]);
  });

  test('share and mean are weighted by time', () => {
    const timeline = new ScoreTimeline({ classes: 1 });
    timeline.push({ index: 0, startS: 0, endS: 3, probabilities: Float32Array.of(0.75) });
    timeline.push({ index: 1, startS: 3, endS: 4, probabilities: Float32Array.of(0.25) });
    expect(laneStats(timeline, 0, 0.5)).toMatchObject({ shareAbove: 0.75, mean: 0.625, scoredS: 4 });
  });

  test('crossings go both ways; per minute of scored time', () => {
    const steady = laneStats(lane(Array.from({ length: 60 }, () => 0.9)), 1, 0.5);
    expect(steady).toMatchObject({ crossings: 0, flickerPerMinute: 0 });
    const nervous = laneStats(lane(Array.from({ length: 60 }, (_, i) => (i % 2 ? 0.9 : 0.1))), 1, 0.5);
    expect(nervous).toMatchObject({ crossings: 59, flickerPerMinute: 59 });
    expect(laneStats(lane([0.9, 0.1, 0.1, 0.9], 15), 1, 0.5)).toMatchObject({ crossings: 2, flickerPerMinute: 2 });
  });

  test('lost sound is no crossing and no time', () => {
    const stats = laneStats(lane([0.9, null, 0.1, null, null, 0.9, 0.1]), 1, 0.5);
    expect(stats).toMatchObject({ crossings: 1, scoredS: 4, shareAbove: 0.5 });
    expect(stats.flickerPerMinute).toBeCloseTo(15);
    expect(stats.mean).toBeCloseTo(0.5);
  });

  test('only what lies in the range counts, a chunk at its edge with its part', () => {
    const timeline = lane([0.9, 0.1, 0.9, 0.1], 2);
    const stats = laneStats(timeline, 1, 0.5, 1, 4.5);
    expect(stats.scoredS).toBeCloseTo(3.5);
    expect(stats.shareAbove).toBeCloseTo(1.5 / 3.5);
    expect(stats).toMatchObject({ crossings: 2, firstDetectionS: 2 });
    expect(laneStats(timeline, 1, 0.5, 2, 4)).toMatchObject({ crossings: 0, firstDetectionS: null, scoredS: 2 });
  });

  test('where nothing was scored there is nothing to say', () => {
    const nothing = {
      firstDetectionS: null,
      firstChunk: null,
      shareAbove: 0,
      crossings: 0,
      flickerPerMinute: 0,
      mean: null,
      scoredS: 0,
    };
    expect(laneStats(lane([]), 1, 0.5)).toEqual(nothing);
    expect(laneStats(lane([0.9]), 1, 0.5, 5, 9)).toEqual(nothing);
    expect(laneStats(lane([0.9]), 1, 0.5, 0.5, 0.5)).toEqual(nothing);
  });

  test('wrong questions are refused by name', () => {
    expect(() => laneStats(lane([0.9]), 2, 0.5)).toThrow(/classIndex must be/);
    expect(() => laneStats(lane([0.9]), 1, Number.NaN)).toThrow(/threshold must be/);
    expect(() => laneStats(lane([0.9]), 1, 0.5, 3, 2)).toThrow(/toS must not be before fromS/);
  });
});
