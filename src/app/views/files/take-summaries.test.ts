import { expect, test } from 'vitest';
import { DEFAULT_RULES } from '../../../core/events/event-types.ts';
import type { TakeRow } from '../../store/take.ts';
import { type SummaryPorts, TakeSummaries } from './take-summaries.ts';
import { testRow } from './test-rows.ts';

const done = { kind: 'done' } as const;
const running = { kind: 'running' } as const;

/** A clock that `derive` moves, and tasks that run when the test says so. */
function bench(deriveMs: number) {
  let nowMs = 0;
  const tasks: (() => void)[] = [];
  const derived: number[] = [];
  const ports: SummaryPorts = {
    nowMs: () => nowMs,
    later: (work) => void tasks.push(work),
    countEvents: (scores, labels, rules) => {
      nowMs += deriveMs;
      derived.push(scores.to);
      const peaks = scores.peaks(scores.startS, scores.endS);
      const perClass = Uint32Array.from(labels.names, (_, index) => (peaks[index]! >= rules.on ? 1 : 0));
      const classes = perClass.reduce((sum, one) => sum + one, 0);
      return { events: classes, classes, perClass };
    },
  };
  return {
    summaries: new TakeSummaries(ports),
    derived,
    /** Runs what waits; the length of each task. */
    runAll: () => {
      const lengths: number[] = [];
      for (let task = tasks.shift(); task; task = tasks.shift()) {
        const startMs = nowMs;
        task();
        lengths.push(nowMs - startMs);
      }
      return lengths;
    },
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

const finished = (count: number): TakeRow[] =>
  Array.from({ length: count }, (_, i) => testRow(`t${i}`, { state: done, scores: [[0.9, 0.6, 0.1, 0]] }));

test('many takes are worked out in short tasks, and nothing is worked out twice', () => {
  const { summaries, runAll, derived } = bench(3);
  const rows = finished(200);
  let told = 0;
  summaries.subscribe(() => {
    told += 1;
  });
  summaries.want(rows, DEFAULT_RULES);
  expect(derived).toHaveLength(0);
  const lengths = runAll();
  expect(Math.max(...lengths)).toBeLessThan(12);
  expect(derived).toHaveLength(200);
  expect(told).toBeLessThan(10);
  expect(summaries.of(rows[199]!.take)).toMatchObject({ events: 2, heard: ['Rain', 'Dog'] });
  summaries.want([...rows].reverse(), DEFAULT_RULES);
  expect(runAll()).toEqual([]);
});

test('other rules and a new revision are worked out anew; the old answer stays until then', () => {
  const { summaries, runAll } = bench(1);
  const [row] = finished(1);
  summaries.want([row!], DEFAULT_RULES);
  runAll();
  summaries.want([row!], { ...DEFAULT_RULES, on: 0.7 });
  expect(summaries.of(row!.take)?.events).toBe(2);
  runAll();
  expect(summaries.of(row!.take)?.events).toBe(1);
});

test('a running file is looked at once a second, and at once when it is done', () => {
  const { summaries, runAll, derived, pass } = bench(1);
  const row = testRow('r', { state: running, scores: [[0.9, 0, 0, 0]] });
  summaries.want([row], DEFAULT_RULES);
  runAll();
  const later = { ...row, revision: 1 };
  pass(100);
  summaries.want([later], DEFAULT_RULES);
  runAll();
  expect(derived).toHaveLength(1);
  pass(1000);
  summaries.want([later], DEFAULT_RULES);
  runAll();
  expect(derived).toHaveLength(2);
  summaries.want([{ ...later, state: done }], DEFAULT_RULES);
  runAll();
  expect(derived).toHaveLength(3);
});

test('a take begun again forgets what it was', () => {
  const { summaries, runAll } = bench(1);
  const row = testRow('r', { state: done, scores: [[0.9, 0, 0, 0]] });
  summaries.want([row], DEFAULT_RULES);
  runAll();
  row.take.lanes[0]!.scores!.clear();
  expect(summaries.of(row.take)).toBeNull();
  summaries.want([{ ...row, revision: 1, state: running }], DEFAULT_RULES);
  summaries.want([{ ...row, revision: 2, state: done }], DEFAULT_RULES);
  runAll();
  expect(summaries.of(row.take)).toBeNull();
});

test('takes without scores or card are left alone', () => {
  const { summaries, runAll } = bench(1);
  summaries.want([testRow('w')], DEFAULT_RULES);
  expect(runAll()).toEqual([]);
});
