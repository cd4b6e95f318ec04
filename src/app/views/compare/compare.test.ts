import { describe, expect, test } from 'vitest';
import type { ModelCard } from '../../../core/model/card.ts';
import { ScoreTimeline } from '../../../core/scores/score-timeline.ts';
import { Taxonomy } from '../../../core/scores/taxonomy.ts';
import { DEFAULT_RUN, type LaneSetup, type TakeLane } from '../../store/take.ts';
import { ClassTally, classStrengths, MOST_CLASSES, withClass, withoutClass } from './class-choice.ts';
import { commonSpan, compareClass, sentenceFor } from './comparison.ts';
import { readoutAt, readoutKey } from './cursor-readout.ts';
import { costWords, laneCost, recomputeCost } from './lane-cost.ts';
import { type LaneModel, laneLabels, sameSetups } from './lane-words.ts';
import { sharedGaps } from './ready-lane.ts';

/** Sentences hold numbers and units together. */
const spaced = (text: string): string => text.replaceAll('\u00a0', ' ');

/** Chunks of `lengthS` from second 0, one class each column; null is lost sound. */
function timeline(rows: readonly (readonly number[] | null)[], lengthS = 1): ScoreTimeline {
  const scores = new ScoreTimeline({ classes: rows.find((row) => row !== null)?.length ?? 1 });
  rows.forEach((row, index) => {
    if (!row) return;
    scores.push({
      index,
      startS: index * lengthS,
      endS: (index + 1) * lengthS,
      probabilities: Float32Array.from(row),
    });
  });
  return scores;
}

const one = (values: readonly number[], lengthS = 1): ScoreTimeline =>
  timeline(
    values.map((value) => [value]),
    lengthS,
  );

const lane = (label: string, scores: ScoreTimeline, mids = ['rain']) => ({
  label,
  scores,
  indexOf: (mid: string) => (mids.includes(mid) ? mids.indexOf(mid) : undefined),
});

describe('names of lanes', () => {
  const sat: LaneModel = { title: 'Tiny streaming, 2 s', family: 'streaming', delayS: 1.92 };
  const vit: LaneModel = { title: 'Tiny full-context, 10 s', family: 'full-context', delayS: 10.08 };
  const setup = (modelId: string, run: Partial<LaneSetup['run']> = {}): LaneSetup => ({
    modelId,
    run: { ...DEFAULT_RUN, ...run },
  });

  test('are the paper’s, with what is unusual about the run', () => {
    expect(
      laneLabels([
        { setup: setup('sat'), model: sat },
        { setup: setup('sat', { memory: 'off' }), model: sat },
        { setup: setup('vit', { recompute: 'second' }), model: vit },
      ]),
    ).toEqual(['SAT 2 s', 'SAT 2 s (no memory)', 'ViT 10 s (every 1 s)']);
  });

  test('are never the same for two lanes', () => {
    const base: LaneModel = { ...sat, title: 'Base streaming, 2 s' };
    const labels = laneLabels([
      { setup: setup('sat'), model: sat },
      { setup: setup('base'), model: base },
      { setup: setup('unknown'), model: null },
    ]);
    expect(labels).toEqual(['SAT 2 s: Tiny streaming, 2 s', 'SAT 2 s: Base streaming, 2 s', 'unknown']);
    const twins = laneLabels([
      { setup: setup('sat'), model: sat },
      { setup: setup('sat'), model: sat },
    ]);
    expect(new Set(twins).size).toBe(2);
  });

  test('another memory setting is another set-up', () => {
    expect(sameSetups([setup('sat')], [setup('sat')])).toBe(true);
    expect(sameSetups([setup('sat')], [setup('sat', { memory: 'off' })])).toBe(false);
    expect(sameSetups([setup('sat')], [setup('sat'), setup('sat')])).toBe(false);
  });
});

describe('cost of recomputing', () => {
  const card = {
    title: 'ViT',
    sha256: 'a'.repeat(64),
    network: { family: 'full-context' },
    audio: { sampleRateHz: 16_000 },
    features: { hopSamples: 160 },
    chunk: { strideFrames: 1008, inputFrames: 1008 },
  } as ModelCard;
  const ran = (recompute: 'window' | 'second', runs: number, computeMs: number, scoredS: number): TakeLane => ({
    id: 'lane-1',
    setup: { modelId: 'vit', run: { ...DEFAULT_RUN, recompute } },
    card,
    backend: { kind: 'wasm', label: 'WASM', reason: '' },
    scores: one(
      Array.from({ length: runs }, () => 0.5),
      scoredS / runs,
    ),
    computeMs,
    scoredS,
  });

  test('is the measured ratio where both ways ran on the same engine', () => {
    const window = ran('window', 10, 1000, 100.8);
    const second = ran('second', 100, 9000, 100.8);
    expect(recomputeCost(second, [second, window])).toMatchObject({ how: 'measured' });
    expect(recomputeCost(second, [second, window])?.times).toBeCloseTo(9);
    expect(costWords(second, [window])).toBe(
      '89 ms of computing per second of sound, 9.0 × the work of one word per 10 s (measured side by side).',
    );
    const elsewhere = { ...window, backend: { kind: 'webgpu', label: 'WebGPU', reason: '' } } as const;
    expect(recomputeCost(second, [elsewhere])?.how).toBe('counted');
  });

  test('is counted from its own runs otherwise, and is nothing for a lane that does not recompute', () => {
    const second = ran('second', 120, 6000, 120);
    expect(recomputeCost(second, [])).toEqual({ times: 10, how: 'counted', windowRuns: 12 });
    expect(recomputeCost(ran('window', 12, 600, 120), [])).toBeNull();
    expect(recomputeCost({ ...second, scores: null }, [])).toBeNull();
    expect(laneCost(second)).toEqual({ runs: 120, msPerRun: 50, msPerSecond: 50, shareOfRealTime: 0.05 });
  });
});

describe('class choice', () => {
  const labels = { mids: ['animal', 'dog', 'rain', 'hum'], names: ['Animal', 'Dog', 'Rain', 'Hum'] };
  const tree = new Taxonomy([
    { mid: 'animal', name: 'Animal', children: ['dog'] },
    { mid: 'dog', name: 'Dog', children: [] },
    { mid: 'rain', name: 'Rain', children: [] },
    { mid: 'hum', name: 'Hum', children: [] },
  ]);

  test('the lane that is surest counts, and what a more specific class says is left out', () => {
    const calm = new ClassTally(timeline(Array.from({ length: 4 }, () => [0.8, 0.7, 0.2, 0.1])));
    const keen = new ClassTally(timeline(Array.from({ length: 4 }, () => [0.1, 0.1, 0.9, 0.1])));
    calm.read();
    keen.read();
    const strengths = classStrengths(
      [
        { labels, tally: calm },
        { labels, tally: keen },
      ],
      tree,
    );
    expect(strengths.get('rain')).toBeCloseTo(0.9);
    expect(strengths.get('dog')).toBeCloseTo(0.7);
    expect(strengths.get('animal')).toBe(0);
  });

  test('reading on gives the same as reading once', () => {
    const rows = Array.from({ length: 40 }, (_, i) => [(i % 7) / 7, ((i * 3) % 5) / 5]);
    const whole = new ClassTally(timeline(rows));
    whole.read();
    const growing = new ScoreTimeline({ classes: 2 });
    const tally = new ClassTally(growing);
    rows.forEach((row, index) => {
      growing.push({ index, startS: index, endS: index + 1, probabilities: Float32Array.from(row) });
      if (index % 3 === 0) tally.read();
    });
    tally.read();
    expect([...tally.peaks]).toEqual([...whole.peaks]);
    expect(tally.mean(1)).toBeCloseTo(whole.mean(1), 12);
  });

  test('a list that was edited keeps its colours', () => {
    const two = withClass(withClass([], 'a'), 'b');
    expect(withClass(withoutClass(two, 'a'), 'c')).toEqual([
      { mid: 'b', slot: 1 },
      { mid: 'c', slot: 0 },
    ]);
    expect(withClass(two, 'a')).toBe(two);
    const full = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].reduce<ReturnType<typeof withClass>>(withClass, []);
    expect(full).toHaveLength(MOST_CLASSES);
  });
});

describe('comparison', () => {
  test('only what all lanes have scored is compared', () => {
    const lanes = [lane('1', one([0.1, 0.2, 0.3, 0.4, 0.5])), lane('2', one([0.1], 3)), lane('3', one([]))];
    expect(commonSpan(lanes)).toEqual({ startS: 0, endS: 3 });
    expect(commonSpan(lanes, { startS: 1, endS: 2 })).toEqual({ startS: 1, endS: 2 });
    expect(commonSpan(lanes, { startS: 4, endS: 5 })).toBeNull();
    expect(commonSpan([lane('3', one([]))])).toBeNull();
  });

  test('each measure has its best; equals have none; a lane that never says it is not the calmest', () => {
    const lanes = [
      lane('1 s', one([0.1, 0.9, 0.1, 0.9, 0.9, 0.9])),
      lane('2 s', one([0.1, 0.9, 0.9], 2)),
      lane('10 s', one([0.3], 6)),
    ];
    const { lanes: results } = compareClass({ mid: 'rain', name: 'Rain' }, lanes, 0.5, { startS: 0, endS: 6 });
    expect(results.map(({ best }) => [...best])).toEqual([
      ['first', 'share', 'mean'],
      ['share', 'flicker', 'mean'],
      [],
    ]);
    const equal = compareClass({ mid: 'rain', name: 'Rain' }, [lanes[0]!, lanes[0]!], 0.5, { startS: 0, endS: 6 });
    expect(equal.lanes.every(({ best }) => best.size === 0)).toBe(true);
  });

  test('the only lane that says it is the first', () => {
    const lanes = [lane('1 s', one([0.1, 0.9])), lane('2 s', one([0.2], 2))];
    const { lanes: results } = compareClass({ mid: 'rain', name: 'Rain' }, lanes, 0.5, { startS: 0, endS: 2 });
    expect(results[0]!.best.has('first')).toBe(true);
    expect(results[1]!.best.size).toBe(0);
  });

  test('the sentence says who holds it, who says it first and who flickers', () => {
    const lanes = [lane('SAT 1 s', one([0.1, 0.9, 0.1, 0.9])), lane('SAT 2 s', one([0.1, 0.9], 2))];
    expect(spaced(compareClass({ mid: 'rain', name: 'Rain' }, lanes, 0.5, { startS: 0, endS: 4 }).sentence)).toBe(
      'SAT 1 s holds Rain at 0.50 or more for 50 % of the time, SAT 2 s for 50 %. ' +
        'SAT 1 s says it first, at 0:02.0, 2.0 s before SAT 2 s. ' +
        'It crosses the threshold least in SAT 2 s, 15.0 times a minute, and most in SAT 1 s, 45.0.',
    );
  });

  test('a lane that never says it, a class nobody says, a class that is unknown', () => {
    const keen = lane('SAT 1 s', one([0.9, 0.9]));
    const deaf = lane('ViT 10 s', one([0.2], 2));
    const span = { startS: 0, endS: 2 };
    const rain = { mid: 'rain', name: 'Rain' };
    expect(spaced(compareClass(rain, [deaf, keen], 0.5, span).sentence)).toBe(
      'SAT 1 s holds Rain at 0.50 or more for 100 % of the time, ViT 10 s never.',
    );
    expect(spaced(compareClass(rain, [deaf, keen], 0.95, span).sentence)).toBe(
      'No lane reaches 0.95 for Rain; the highest mean score is 0.90, of SAT 1 s.',
    );
    expect(compareClass({ mid: 'snow', name: 'Snow' }, [keen], 0.5, span).lanes[0]!.stats).toBeNull();
    expect(sentenceFor('Snow', [{ label: 'SAT 1 s', stats: null }], 0.5)).toBe('Nothing was scored for Snow here.');
  });
});

describe('cursor readout', () => {
  const fast = lane('1 s', timeline([[0.1], null, [0.3], [0.4]]));
  const slow = lane('2 s', one([0.6], 2));

  test('every lane answers with the chunk the moment belongs to', () => {
    expect(readoutAt([fast, slow], ['rain', 'snow'], 0.5)).toEqual([
      { chunk: { startS: 0, endS: 1 }, values: [expect.closeTo(0.1), null] },
      { chunk: { startS: 0, endS: 2 }, values: [expect.closeTo(0.6), null] },
    ]);
  });

  test('a gap and the time that is not scored yet have no score; the last moment has', () => {
    const read = (atS: number) => readoutAt([fast, slow], ['rain'], atS).map(({ values }) => values[0]);
    expect(read(1.5)).toEqual([null, expect.closeTo(0.6)]);
    expect(read(4)).toEqual([expect.closeTo(0.4), null]);
    expect(read(2)).toEqual([expect.closeTo(0.3), expect.closeTo(0.6)]);
  });

  test('is made anew only when a chunk changes', () => {
    const key = (atS: number) => readoutKey([fast, slow], atS);
    expect(key(0.1)).toBe(key(0.9));
    expect(key(0.9)).not.toBe(key(1.1));
  });

  test('without a moment, each lane answers with its newest chunk', () => {
    expect(readoutAt([fast, slow], ['rain'], null)).toEqual([
      { chunk: { startS: 3, endS: 4 }, values: [expect.closeTo(0.4)] },
      { chunk: { startS: 0, endS: 2 }, values: [expect.closeTo(0.6)] },
    ]);
    expect(readoutAt([lane('new', one([]))], ['rain'], null)).toEqual([{ chunk: null, values: [null] }]);
  });
});

test('a gap is drawn through the plot only where no lane has scored', () => {
  const whole = lane('1 s', one([0.1, 0.2, 0.3, 0.4]));
  const broken = lane('2 s', timeline([[0.1], null, [0.3], [0.4]]));
  const gap = { startS: 1, endS: 2 };
  expect(sharedGaps([gap], [whole, broken])).toEqual([]);
  expect(sharedGaps([gap], [broken])).toEqual([gap]);
});
