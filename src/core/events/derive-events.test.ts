import { describe, expect, test } from 'vitest';
import { seeded } from '../../../fixtures/seeded.ts';
import { audioSetLabels } from '../scores/audioset-labels.ts';
import { ScoreTimeline } from '../scores/score-timeline.ts';
import { Taxonomy } from '../scores/taxonomy.ts';
import { countEvents, deriveEvents, GROUPED_SHARE, MIN_CANDIDATE_PEAK } from './derive-events.ts';
import { ruleFor } from './event-rules.ts';
import { DEFAULT_RULES, type EventRules } from './event-types.ts';

interface Chunk {
  readonly startS: number;
  readonly endS: number;
  readonly scores: readonly number[];
}

const labelsOf = (names: readonly string[]) => ({ mids: names.map((name) => name.toLowerCase()), names });
const ONE = labelsOf(['Rain']);

function timelineOf(chunks: readonly Chunk[], classes = chunks[0]?.scores.length ?? 1): ScoreTimeline {
  const timeline = new ScoreTimeline({ classes, blockFrames: 7 });
  chunks.forEach(({ startS, endS, scores }, index) => {
    timeline.push({ index, startS, endS, probabilities: Float32Array.from(scores) });
  });
  return timeline;
}

/** One class, a chunk a second; null is a second of lost sound. */
const rainOf = (scores: readonly (number | null)[]): ScoreTimeline =>
  timelineOf(
    scores.flatMap((score, index) => (score === null ? [] : [{ startS: index, endS: index + 1, scores: [score] }])),
    1,
  );

const rulesOf = (change: Partial<EventRules>): EventRules => ({ ...DEFAULT_RULES, ...change });
const derive = (scores: readonly (number | null)[], change: Partial<EventRules> = {}) =>
  deriveEvents(rainOf(scores), ONE, rulesOf(change));
const spans = (events: readonly { readonly startS: number; readonly endS: number }[]) =>
  events.map(({ startS, endS }) => [startS, endS]);
const reasons = (rejected: readonly { readonly startS: number; readonly rule: string; readonly why: string }[]) =>
  rejected.map(({ startS, rule, why }) => `${startS} ${rule}: ${why}`);

describe('thresholds', () => {
  test('an event starts with the first chunk at `off` and ends with the last, if it reached `on`', () => {
    const { events, rejected } = derive([0.1, 0.3, 0.5, 0.9, 0.4, 0.29, 0.1]);
    expect(rejected).toEqual([]);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      classIndex: 0,
      mid: 'rain',
      name: 'Rain',
      startS: 1,
      endS: 5,
      peakS: 3.5,
      chunks: 4,
    });
    expect(events[0]!.peak).toBeCloseTo(0.9);
    expect(events[0]!.mean).toBeCloseTo((0.3 + 0.5 + 0.9 + 0.4) / 4);
  });

  test('a score that equals a threshold reaches it, though scores are float32', () => {
    for (const value of [0.1, 0.3, 0.5, 0.7, 0.9]) {
      expect(spans(derive([0, value, 0], { on: value, off: value }).events)).toEqual([[1, 2]]);
    }
  });

  test('what never reaches `on` is rejected with its peak, and says so even when it is close', () => {
    expect(reasons(derive([0.42, 0, 0.49999, 0]).rejected)).toEqual([
      '0 on-threshold: peaked at 0.42, below 0.50',
      '2 on-threshold: peaked at 0.49999, below 0.50000',
    ]);
  });

  test('the first of equal peaks is the peak; the mean is weighted by length', () => {
    const timeline = timelineOf([
      { startS: 0, endS: 2, scores: [0.8] },
      { startS: 2, endS: 3, scores: [0.8] },
      { startS: 3, endS: 3.5, scores: [0.4] },
    ]);
    const [event] = deriveEvents(timeline, ONE, DEFAULT_RULES).events;
    expect(event!.peakS).toBe(1);
    expect(event!.mean).toBeCloseTo((0.8 * 3 + 0.4 * 0.5) / 3.5);
  });

  test('an event that is on at both ends of the recording is kept; one chunk is enough', () => {
    expect(spans(derive([0.9, 0.1, 0.9]).events)).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(spans(derive([0.9]).events)).toEqual([[0, 1]]);
    expect(spans(derive([0.9], { medianChunks: 9 }).events)).toEqual([[0, 1]]);
    expect(derive([0.1])).toEqual({ events: [], rejected: [] });
  });

  test('nothing was scored: nothing happened', () => {
    expect(derive([])).toEqual({ events: [], rejected: [] });
    expect(countEvents(rainOf([]), ONE, DEFAULT_RULES)).toEqual({
      events: 0,
      classes: 0,
      perClass: new Uint32Array(1),
    });
  });

  test('with `off` at 0 what stays under 0.05 is not worth a look', () => {
    expect(derive([0.01, 0.04], { off: 0 }).rejected).toEqual([]);
    expect(derive([0.01, 0.06], { off: 0 }).rejected).toHaveLength(1);
    expect(derive([0.01, 0.02], { off: 0, on: 0.02 }).events).toHaveLength(1);
  });
});

describe('merge gap', () => {
  test('joins events that are closer, not those exactly as far', () => {
    const scores = [0.9, 0.1, 0.1, 0.8];
    expect(spans(derive(scores, { mergeGapS: 2 }).events)).toHaveLength(2);
    const { events } = derive(scores, { mergeGapS: 2.1 });
    expect(spans(events)).toEqual([[0, 4]]);
    expect(events[0]).toMatchObject({ chunks: 4, peakS: 0.5 });
    expect(events[0]!.mean).toBeCloseTo((0.9 + 0.1 + 0.1 + 0.8) / 4);
  });

  test('float noise of chunk ends does not decide', () => {
    const timeline = timelineOf(
      [0.9, 0, 0.9, 0, 0.9, 0, 0.9].map((score, i) => ({ startS: i * 0.96, endS: (i + 1) * 0.96, scores: [score] })),
    );
    expect(deriveEvents(timeline, ONE, rulesOf({ mergeGapS: 0.96 })).events).toHaveLength(4);
    expect(deriveEvents(timeline, ONE, rulesOf({ mergeGapS: 0.97 })).events).toHaveLength(1);
    expect(deriveEvents(timeline, ONE, rulesOf({ minDurationS: 0.96 })).events).toHaveLength(4);
    expect(deriveEvents(timeline, ONE, rulesOf({ minDurationS: 0.97 })).events).toHaveLength(0);
  });

  test('a candidate too low between two joined events is part of the event, not rejected', () => {
    const scores = [0.9, 0, 0.4, 0, 0.9];
    expect(derive(scores).rejected).toHaveLength(1);
    const { events, rejected } = derive(scores, { mergeGapS: 4 });
    expect(spans(events)).toEqual([[0, 5]]);
    expect(rejected).toEqual([]);
  });

  test('comes before the minimum duration: two short ones make one that is long enough', () => {
    expect(derive([0.9, 0, 0.9], { minDurationS: 3 }).events).toEqual([]);
    expect(spans(derive([0.9, 0, 0.9], { minDurationS: 3, mergeGapS: 1.5 }).events)).toEqual([[0, 3]]);
  });
});

describe('minimum duration', () => {
  test('shorter events are rejected with their length', () => {
    const { events, rejected } = derive([0.9, 0, 0.9, 0.9, 0], { minDurationS: 2 });
    expect(spans(events)).toEqual([[2, 4]]);
    expect(reasons(rejected)).toEqual(['0 min-duration: lasted 1.00 s, shorter than 2.00 s']);
  });
});

describe('median filter', () => {
  test('a lone spike is rejected by it, with what was left', () => {
    const { events, rejected } = derive([0.1, 0.1, 0.9, 0.2, 0.1], { medianChunks: 3 });
    expect(events).toEqual([]);
    expect(reasons(rejected)).toEqual([
      '2 median-filter: peaked at 0.90, but at 0.20 after the median of 3 chunks, below 0.50',
    ]);
    expect(rejected[0]!.peak).toBeCloseTo(0.9);
  });

  test('a hole of one chunk is filled by it; peak and mean are of the filtered scores', () => {
    const { events } = derive([0.8, 0.8, 0.1, 0.8, 0.8, 0], { medianChunks: 3 });
    expect(spans(events)).toEqual([[0, 5]]);
    expect(events[0]!.mean).toBeCloseTo(0.8);
  });

  test('the first and last chunk are repeated at the edges', () => {
    expect(spans(derive([0.9, 0, 0, 0, 0.9], { medianChunks: 3 }).events)).toEqual([
      [0, 1],
      [4, 5],
    ]);
  });

  test('what it lowers is told once: not as below the threshold too', () => {
    expect(reasons(derive([0.4, 0.9, 0.4, 0], { medianChunks: 3 }).rejected)).toEqual([
      '0 median-filter: peaked at 0.90, but at 0.40 after the median of 3 chunks, below 0.50',
    ]);
    expect(reasons(derive([0.4, 0.4, 0.4, 0], { medianChunks: 3 }).rejected)).toEqual([
      '0 on-threshold: peaked at 0.40, below 0.50',
    ]);
  });

  test('never looks across lost sound, however long the merge gap', () => {
    // Filtered together the spike would go; on its own side of the gap it is all there is.
    const scores = [0, 0, 0, null, 0.9, null, 0, 0];
    expect(spans(derive(scores, { medianChunks: 3 }).events)).toEqual([[4, 5]]);
    expect(spans(derive(scores, { medianChunks: 3, mergeGapS: 9 }).events)).toEqual([[4, 5]]);
  });
});

describe('lost sound', () => {
  const scores = [0.9, 0.4, null, 0.4, 0.4, 0];

  test('ends a candidate', () => {
    const { events, rejected } = derive(scores);
    expect(spans(events)).toEqual([[0, 2]]);
    expect(reasons(rejected)).toEqual(['3 on-threshold: peaked at 0.40, below 0.50']);
  });

  test('shorter than the merge gap it does not', () => {
    const { events, rejected } = derive(scores, { mergeGapS: 1.5 });
    expect(spans(events)).toEqual([[0, 5]]);
    expect(events[0]).toMatchObject({ chunks: 4 });
    expect(events[0]!.mean).toBeCloseTo((0.9 + 0.4 * 3) / 4);
    expect(rejected).toEqual([]);
  });
});

describe('overrides', () => {
  const labels = labelsOf(['Rain', 'Alarm']);
  const timeline = timelineOf(
    [0.4, 0.4, 0.1, 0.4].map((score, i) => ({ startS: i, endS: i + 1, scores: [score, score] })),
  );

  test('change one class only', () => {
    const { events, rejected } = deriveEvents(timeline, labels, rulesOf({ perClass: { alarm: { on: 0.2 } } }));
    expect(events.map(({ name, startS }) => `${name} ${startS}`)).toEqual(['Alarm 0', 'Alarm 3']);
    expect(rejected.map(({ name }) => name)).toEqual(['Rain', 'Rain']);
  });

  test('of any field; a class the model does not have is no matter', () => {
    const perClass = { alarm: { on: 0.2, minDurationS: 2, mergeGapS: 0 }, unknown: { on: 0.9 } };
    expect(spans(deriveEvents(timeline, labels, rulesOf({ perClass })).events)).toEqual([[0, 2]]);
  });
});

describe('grouping', () => {
  const taxonomy = new Taxonomy([
    { mid: 'animal', name: 'Animal', children: ['dog', 'cat'] },
    { mid: 'dog', name: 'Dog', children: ['bark', 'growl'] },
    { mid: 'cat', name: 'Cat', children: ['growl'] },
    { mid: 'bark', name: 'Bark', children: [] },
    { mid: 'growl', name: 'Growl', children: [] },
  ]);
  // Rows before their children and after: the order of the output must not matter.
  const labels = labelsOf(['Growl', 'Animal', 'Bark', 'Dog', 'Cat', 'Rain']);
  /** By class: the seconds it is heard in. */
  const group = (heard: Record<string, readonly [number, number][]>, change: Partial<EventRules> = {}) => {
    const chunks = Array.from({ length: 20 }, (_, i) => ({
      startS: i,
      endS: i + 1,
      scores: labels.names.map((name) => ((heard[name] ?? []).some(([from, to]) => i >= from && i < to) ? 0.9 : 0)),
    }));
    const rules = rulesOf({ grouped: true, ...change });
    const derived = deriveEvents(timelineOf(chunks), labels, rules, { taxonomy });
    expect(countEvents(timelineOf(chunks), labels, rules, { taxonomy }).events).toBe(derived.events.length);
    return { events: derived.events.map(({ name }) => name), rejected: reasons(derived.rejected) };
  };

  test('Bark, Dog, Animal: only Bark is left, and the others say why', () => {
    const { events, rejected } = group({ Bark: [[2, 5]], Dog: [[2, 5]], Animal: [[1, 6]], Rain: [[0, 20]] });
    expect(events).toEqual(['Rain', 'Bark']);
    expect(rejected).toEqual([
      '1 grouped: 60 % of it is explained by Bark, more specific',
      '2 grouped: 100 % of it is explained by Bark, more specific',
    ]);
  });

  test('half of its time is enough, less is not', () => {
    expect(group({ Bark: [[0, 2]], Dog: [[0, 4]] }).events).toEqual(['Bark']);
    expect(group({ Bark: [[0, 2]], Dog: [[0, 5]] }).events).toEqual(['Bark', 'Dog']);
  });

  test('several together may cover it, overlaps counted once; the one with most time is named', () => {
    const { events, rejected } = group({ Bark: [[0, 2]], Growl: [[1, 4]], Dog: [[0, 8]] });
    expect(events).toEqual(['Bark', 'Growl']);
    expect(rejected).toEqual(['0 grouped: 50 % of it is explained by Growl and one other class, more specific']);
    expect(group({ Bark: [[0, 3]], Growl: [[0, 3]], Dog: [[0, 7]] }).events).toContain('Dog');
  });

  test('only what is kept explains: nothing goes without a name that is shown for half of it', () => {
    // Bark explains Dog, but only a quarter of Animal; Dog, itself left out, does not count.
    expect(group({ Bark: [[0, 3]], Dog: [[0, 6]], Animal: [[0, 12]] }).events).toEqual(['Animal', 'Bark']);
  });

  test('what another rule rejected explains nothing', () => {
    const perClass = { bark: { minDurationS: 9 } };
    expect(group({ Bark: [[2, 5]], Dog: [[2, 5]] }, { perClass }).events).toEqual(['Dog']);
  });

  test('a class with two parents explains both; relatives that are not below explain nothing', () => {
    expect(group({ Growl: [[0, 4]], Dog: [[0, 4]], Cat: [[0, 4]] }).events).toEqual(['Growl']);
    expect(group({ Cat: [[0, 4]], Dog: [[0, 4]] }).events).toEqual(['Dog', 'Cat']);
  });

  test('each event is judged for itself', () => {
    const { events, rejected } = group({
      Bark: [[2, 4]],
      Dog: [
        [2, 4],
        [10, 12],
      ],
    });
    expect(events).toEqual(['Bark', 'Dog']);
    expect(rejected).toHaveLength(1);
  });

  test('uses the AudioSet tree when none is given', () => {
    const names = ['Dog', 'Bark'];
    const own = { names, mids: names.map((name) => audioSetLabels.mids[audioSetLabels.names.indexOf(name)]!) };
    const timeline = timelineOf([{ startS: 0, endS: 1, scores: [0.9, 0.9] }]);
    expect(deriveEvents(timeline, own, rulesOf({ grouped: true })).events.map(({ name }) => name)).toEqual(['Bark']);
  });
});

describe('at the door', () => {
  const timeline = rainOf([0.9]);
  test('wrong rules, labels and classes are refused by name', () => {
    expect(() => deriveEvents(timeline, ONE, rulesOf({ off: 0.6 }))).toThrow(/off must be at most on/);
    expect(() => countEvents(timeline, ONE, rulesOf({ medianChunks: 2 }))).toThrow(/medianChunks must be/);
    expect(() => deriveEvents(timeline, labelsOf(['A', 'B']), DEFAULT_RULES)).toThrow(/each of the 1 classes/);
    expect(() => deriveEvents(timeline, ONE, DEFAULT_RULES, { classes: [1] })).toThrow(/classes must be/);
  });

  test('`classes` limits what is looked at', () => {
    const labels = labelsOf(['A', 'B', 'C']);
    const three = timelineOf([{ startS: 0, endS: 1, scores: [0.9, 0.9, 0.9] }]);
    const { events } = deriveEvents(three, labels, DEFAULT_RULES, { classes: [2, 0, 2] });
    expect(events.map(({ name }) => name)).toEqual(['A', 'C']);
  });

  test('a history that has dropped its oldest chunks is read from where it begins', () => {
    const timeline = new ScoreTimeline({ classes: 1, maxFrames: 4, blockFrames: 2 });
    for (let i = 0; i < 20; i++)
      timeline.push({ index: i, startS: i, endS: i + 1, probabilities: Float32Array.of(0.9) });
    expect(spans(deriveEvents(timeline, ONE, DEFAULT_RULES).events)).toEqual([[timeline.startS, 20]]);
  });
});

/** Slow and plain: seconds instead of frame numbers, every step on its own, nothing skipped. */
function naive(timeline: ScoreTimeline, labels: typeof ONE, rules: EventRules, taxonomy: Taxonomy) {
  const EPS = 1e-5;
  const frames = Array.from({ length: timeline.to - timeline.from }, (_, i) => timeline.from + i);
  const touches = (a: number, b: number) => timeline.startOf(b) - timeline.endOf(a) <= EPS;
  interface Event {
    c: number;
    frames: number[];
    scores: Map<number, number>;
  }
  const startS = (e: Event) => timeline.startOf(e.frames[0]!);
  const endS = (e: Event) => timeline.endOf(e.frames.at(-1)!);
  const lengthS = (e: Event) => endS(e) - startS(e);
  const peak = (e: Event) => Math.max(...e.frames.map((f) => e.scores.get(f)!));
  const inside = (a: Event, b: Event) => startS(a) < endS(b) - EPS && startS(b) < endS(a) - EPS;

  const kept: Event[] = [];
  const out: { e: Event; rule: string }[] = [];
  labels.mids.forEach((mid, c) => {
    const general = ruleFor(rules, mid);
    const rule = { ...general, on: Math.fround(general.on), off: Math.fround(general.off) };
    const raw = new Map(frames.map((f) => [f, timeline.value(f, c)]));
    const stretchOf = (f: number) => {
      let [a, b] = [f, f];
      while (a > timeline.from && touches(a - 1, a)) a--;
      while (b < timeline.to - 1 && touches(b, b + 1)) b++;
      return [a, b] as const;
    };
    const filtered = new Map(
      frames.map((f) => {
        const [a, b] = stretchOf(f);
        const half = (rule.medianChunks - 1) / 2;
        const window = Array.from(
          { length: rule.medianChunks },
          (_, k) => raw.get(Math.min(b, Math.max(a, f - half + k)))!,
        );
        return [f, window.sort((x, y) => x - y)[half]!];
      }),
    );
    const candidates = (scores: Map<number, number>): Event[] => {
      const found: Event[] = [];
      for (const f of frames.filter((one) => scores.get(one)! >= rule.off)) {
        const last = found.at(-1)?.frames.at(-1);
        const between = last === undefined ? 0 : timeline.startOf(f) - timeline.endOf(last);
        const goesOn = last === f - 1 && (between <= EPS || between < rule.mergeGapS - EPS);
        if (goesOn) found.at(-1)!.frames.push(f);
        else found.push({ c, frames: [f], scores });
      }
      return found;
    };
    const all = candidates(filtered);
    const reached = all.filter((e) => peak(e) >= rule.on);
    const merged: Event[] = [];
    for (const e of reached) {
      const before = merged.at(-1);
      if (before && startS(e) - endS(before) < rule.mergeGapS - EPS) {
        before.frames = frames.filter((f) => f >= before.frames[0]! && f <= e.frames.at(-1)!);
      } else merged.push({ ...e, frames: [...e.frames] });
    }
    for (const e of merged) {
      if (lengthS(e) >= rule.minDurationS - EPS) kept.push(e);
      else out.push({ e, rule: 'min-duration' });
    }
    const lost = candidates(raw).filter((e) => peak(e) >= rule.on && !reached.some((r) => inside(r, e)));
    const worth = (e: Event) => peak(e) >= MIN_CANDIDATE_PEAK && !merged.some((m) => inside(m, e));
    for (const e of all) {
      if (peak(e) < rule.on && worth(e) && !lost.some((l) => inside(l, e))) out.push({ e, rule: 'on-threshold' });
    }
    for (const e of lost) if (worth(e)) out.push({ e, rule: 'median-filter' });
  });

  let events = kept;
  if (rules.grouped) {
    const gone = new Set<Event>();
    const depthFirst = [...kept].sort(
      (a, b) => taxonomy.ancestors(labels.mids[b.c]!).size - taxonomy.ancestors(labels.mids[a.c]!).size,
    );
    for (const e of depthFirst) {
      const below = kept.filter((b) => !gone.has(b) && taxonomy.isAncestor(labels.mids[e.c]!, labels.mids[b.c]!));
      // In steps of a thousandth of the event.
      let covered = 0;
      for (let i = 0; i < 1000; i++) {
        const at = startS(e) + ((i + 0.5) / 1000) * lengthS(e);
        if (below.some((b) => startS(b) <= at && at < endS(b))) covered++;
      }
      if (covered / 1000 >= GROUPED_SHARE) {
        gone.add(e);
        out.push({ e, rule: 'grouped' });
      }
    }
    events = kept.filter((e) => !gone.has(e));
  }
  const plain = (e: Event) => {
    const top = e.frames.find((f) => e.scores.get(f) === peak(e))!;
    const weight = e.frames.reduce((sum, f) => sum + timeline.endOf(f) - timeline.startOf(f), 0);
    return {
      classIndex: e.c,
      startS: startS(e),
      endS: endS(e),
      peak: peak(e),
      peakS: (timeline.startOf(top) + timeline.endOf(top)) / 2,
      mean: e.frames.reduce((sum, f) => sum + e.scores.get(f)! * (timeline.endOf(f) - timeline.startOf(f)), 0) / weight,
      chunks: e.frames.length,
    };
  };
  const order = (a: { startS: number; classIndex: number }, b: { startS: number; classIndex: number }) =>
    a.startS - b.startS || a.classIndex - b.classIndex;
  return {
    events: events.map(plain).sort(order),
    rejected: out.map(({ e, rule }) => ({ ...plain(e), rule })).sort(order),
  };
}

describe('against a slow reference', () => {
  const taxonomy = new Taxonomy([
    { mid: 'a', name: 'A', children: ['b', 'c'] },
    { mid: 'b', name: 'B', children: ['d'] },
    { mid: 'c', name: 'C', children: ['d'] },
    { mid: 'd', name: 'D', children: [] },
    { mid: 'e', name: 'E', children: [] },
  ]);
  const labels = labelsOf(['C', 'A', 'D', 'E', 'B']);

  /** Scores that wander in steps of 0.05 (so that they meet thresholds exactly), with lost sound here and there. */
  const randomTimeline = (random: () => number, length: number): ScoreTimeline => {
    const at = labels.mids.map(() => random());
    let timeS = Math.floor(random() * 3);
    const chunks: Chunk[] = [];
    for (let i = 0; i < length; i++) {
      if (random() < 0.06) timeS += [0.5, 1, 2, 5][Math.floor(random() * 4)]!;
      const lengthS = i === length - 1 ? 0.25 + random() : 1;
      at.forEach((value, c) => {
        const jump = random() < 0.25 ? random() - value : (random() - 0.5) * 0.3;
        at[c] = Math.min(1, Math.max(0, value + jump));
      });
      chunks.push({ startS: timeS, endS: timeS + lengthS, scores: at.map((value) => Math.round(value * 20) / 20) });
      timeS += lengthS;
    }
    return timelineOf(chunks, labels.mids.length);
  };
  const pick = <T>(random: () => number, of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
  const randomRules = (random: () => number): EventRules => {
    const on = pick(random, [0, 0.05, 0.3, 0.5, 0.5, 0.7, 0.9, 1]);
    return {
      on,
      off: pick(random, [0, on / 2, on * 0.8, on]),
      minDurationS: pick(random, [0, 0, 1, 2, 2.5, 6]),
      mergeGapS: pick(random, [0, 0, 0.6, 1, 1.5, 4]),
      medianChunks: pick(random, [1, 1, 3, 5, 9]),
      grouped: random() < 0.5,
      perClass: random() < 0.3 ? { d: { on: 0.2 }, e: { medianChunks: 3, minDurationS: 0, off: 0.95 } } : {},
    };
  };

  test('the same events and the same reasons, 600 random recordings', () => {
    let events = 0;
    const rules = new Map<string, number>();
    for (let seed = 1; seed <= 600; seed++) {
      const random = seeded(seed);
      const timeline = randomTimeline(random, Math.floor(random() * 50));
      const chosen = randomRules(random);
      const fast = deriveEvents(timeline, labels, chosen, { taxonomy });
      const slow = naive(timeline, labels, chosen, taxonomy);
      const plain = fast.events.map(({ mid: _, name: __, mean, ...rest }) => ({
        ...rest,
        mean: expect.closeTo(mean, 6),
      }));
      const plainRejected = fast.rejected.map(({ mid: _, name: __, why: ___, mean, ...rest }) => ({
        ...rest,
        mean: expect.closeTo(mean, 6),
      }));
      expect(slow.events, `seed ${seed}`).toEqual(plain);
      expect(slow.rejected, `seed ${seed}`).toEqual(plainRejected);
      events += fast.events.length;
      for (const { rule } of fast.rejected) rules.set(rule, (rules.get(rule) ?? 0) + 1);

      const counts = countEvents(timeline, labels, chosen, { taxonomy });
      expect(counts.events).toBe(fast.events.length);
      expect(counts.classes).toBe(new Set(fast.events.map(({ classIndex }) => classIndex)).size);
      expect([...counts.perClass]).toEqual(
        labels.mids.map((_, c) => fast.events.filter(({ classIndex }) => classIndex === c).length),
      );
    }
    // The recordings are worth something only if every rule had work.
    expect(events).toBeGreaterThan(500);
    for (const rule of ['on-threshold', 'median-filter', 'min-duration', 'grouped']) {
      expect(rules.get(rule) ?? 0, rule).toBeGreaterThan(50);
    }
  });

  test('what is settled does not change when more sound comes', () => {
    for (let seed = 1000; seed < 1060; seed++) {
      const random = seeded(seed);
      const whole = randomTimeline(random, 60);
      const rules = { ...randomRules(random), grouped: false };
      const all = deriveEvents(whole, labels, rules).events;
      for (const length of [10, 25, 40]) {
        const part = new ScoreTimeline({ classes: labels.mids.length });
        for (let i = 0; i < length; i++) {
          part.push({ index: i, startS: whole.startOf(i), endS: whole.endOf(i), probabilities: whole.row(i) });
        }
        // Settled: the median no longer sees new chunks, and no gap to the next event can be bridged.
        const settledS = part.endS - (rules.medianChunks + 1) - rules.mergeGapS - 1e-5;
        const isSettled = ({ endS }: { readonly endS: number }) => endS < settledS;
        expect(deriveEvents(part, labels, rules).events.filter(isSettled)).toEqual(all.filter(isSettled));
      }
    }
  });
});
