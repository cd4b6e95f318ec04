import { expect, test } from 'vitest';
import { batchProgress } from './batch-progress.ts';
import { testRow } from './test-rows.ts';

const done = { kind: 'done' } as const;
const running = { kind: 'running' } as const;
const failed = { kind: 'failed', error: { code: 'bad-audio-file', message: 'no sound' } } as const;

test('files that wait are guessed by their bytes from files of the same kind', () => {
  const rows = [
    testRow('a', { name: 'a.wav', bytes: 1000, state: done, saidS: 10, durationS: 10 }),
    testRow('b', { name: 'b.mp3', bytes: 100, state: running, saidS: 10, scoredS: 5, remainingS: 0.5, speed: 10 }),
    // Ten times the bytes of an MP3 of 10 s, and as many as a WAV of 10 s.
    testRow('c', { name: 'c.mp3', bytes: 1000 }),
    testRow('d', { name: 'd.wav', bytes: 1000 }),
  ];
  const progress = batchProgress(rows, 10);
  expect(progress).toMatchObject({ files: 4, settled: 1, failed: 0 });
  expect(progress.fraction).toBeCloseTo((10 + 5) / (10 + 10 + 100 + 10), 6);
  expect(progress.remainingS).toBeCloseTo(0.5 + (100 + 10) / 10, 6);
});

test('nothing read yet: no time is claimed, and files are counted', () => {
  const progress = batchProgress([testRow('a'), testRow('b', { state: failed })], null);
  expect(progress).toEqual({ files: 2, settled: 1, failed: 1, fraction: 0.5, remainingS: null });
});

test('a cancelled file is finished; a failed one takes no part; all settled is all', () => {
  const stopped = { kind: 'stopped', atS: 3, error: null } as const;
  const rows = [testRow('a', { state: stopped, saidS: 600, durationS: 600 }), testRow('b', { state: failed })];
  expect(batchProgress(rows, 40)).toEqual({ files: 2, settled: 2, failed: 1, fraction: 1, remainingS: null });
});
