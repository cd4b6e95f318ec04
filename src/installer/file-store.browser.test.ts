/** The browser's real storages, in a worker, held to the same contract as the one in memory. */
import { afterAll, describe, expect, test } from 'vitest';
import { STORE_CHECKS, type StoreQuestion } from './file-store.contract.ts';

interface Answer {
  readonly kind: string | null;
  readonly error: string | null;
}

const workers: Worker[] = [];
afterAll(() => {
  for (const worker of workers) worker.terminate();
});

function start(): (question: StoreQuestion) => Promise<Answer> {
  const worker = new Worker(new URL('./store.test-worker.ts', import.meta.url), { type: 'module' });
  workers.push(worker);
  return (question) =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<Answer>) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message));
      worker.postMessage(question);
    });
}

describe.each(['opfs', 'cache'] as const)('%s', (kind) => {
  const ask = start();
  test.each(Object.keys(STORE_CHECKS))('%s', async (check) => {
    expect((await ask({ kind, check })).error).toBeNull();
  });
});

test('the private file system is taken where it is, the Cache API where it is refused', async () => {
  expect((await start()({ kind: 'opfs', check: null })).kind).toBe('opfs');
  expect((await start()({ kind: 'cache', check: null })).kind).toBe('cache');
});
