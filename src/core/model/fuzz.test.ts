/** A slice of `npm run fuzz`: the same files, readers and judge, a few hundred with a fixed seed; and the judge itself judged. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { FuzzCases } from '../../../fixtures/fuzz/cases.ts';
import { judge } from '../../../fixtures/fuzz/oracle.ts';
import { runFuzz } from '../../../fixtures/fuzz/run.ts';

test('600 damaged and hostile files are read or refused, in bounded time and memory, and nothing runs', async () => {
  const report = await runFuzz({ seed: 20240, count: 600, budgetMs: 20_000 });
  expect(report.faults).toEqual([]);
  expect(report.cases).toBe(600);
  // Not everything is stopped at the door, and not for one reason.
  expect(Object.keys(report.kinds).length).toBeGreaterThanOrEqual(12);
  expect(report.read).toBeGreaterThan(30);
  expect(report.reasons.length).toBeGreaterThan(80);
  expect(report.mostTimesFile).toBeLessThan(4);
});

test('a number is always the same file', () => {
  const cases = new FuzzCases([]);
  for (const index of [20, 21, 500]) expect(cases.make(3, index)).toEqual(cases.make(3, index));
  expect(cases.make(3, 500).bytes).not.toEqual(cases.make(4, 500).bytes);
});

test('the judge notices what must not be', async () => {
  const good = new FuzzCases([]).make(1, 0);
  const nothingRan = (): null => null;
  expect(await judge(good, nothingRan)).toMatchObject({ read: true, fault: null });
  expect((await judge({ ...good, mustSay: 'os.system' }, nothingRan)).fault).toMatch(/was read, though it holds/);
  const cut = { ...good, bytes: good.bytes.slice(0, 500) };
  expect((await judge(cut, nothingRan)).fault).toMatch(/refused unchanged/);
  expect((await judge({ kind: 'x', bytes: cut.bytes, mustSay: 'os.system' }, nothingRan)).fault).toMatch(
    /does not name/,
  );
  const odd = { length: 30, 6: 0, 7: 0, 8: 0x7b } as never;
  expect((await judge({ kind: 'x', bytes: odd }, nothingRan)).fault).toMatch(/threw TypeError/);
  expect((await judge(good, () => 'os.system')).fault).toMatch(/something ran: os\.system/);
});

test('no reader has a way to run text as code', () => {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))) {
    expect(readFileSync(`${folder}${name}`, 'utf8'), name).not.toMatch(
      /\beval\(|\bFunction\(|\bimport\(|\brequire\(|globalThis\[/,
    );
  }
});
