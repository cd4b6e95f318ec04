import { expect, test } from 'vitest';
import { OneAtATime } from './one-at-a-time.ts';

test('jobs run in order, one at a time', async () => {
  const queue = new OneAtATime();
  const seen: string[] = [];
  const job = (name: string, ms: number) => async () => {
    seen.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, ms));
    seen.push(`${name} ends`);
    return name;
  };
  const names = await Promise.all([queue.run(job('a', 12)), queue.run(job('b', 1)), queue.run(job('c', 4))]);
  expect(names).toEqual(['a', 'b', 'c']);
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

test('a failed job is told to its caller and stops nobody else', async () => {
  const queue = new OneAtATime();
  const bad = queue.run(() => {
    throw new Error('no');
  });
  const good = queue.run(() => 7);
  await expect(bad).rejects.toThrow('no');
  await expect(good).resolves.toBe(7);
});
