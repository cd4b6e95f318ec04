/**
 * `npx tsx bench/import-memory.ts CKPT`: what importing a checkpoint holds in memory at most, as `earshot import` does it without its
 * self-check. Prints the peak above what the process took before, as a multiple of the file. One JSON line.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runImport } from '../cli/import.ts';

const [path] = process.argv.slice(2);
if (path === undefined) throw new RangeError('a checkpoint is needed');
const out = mkdtempSync(join(tmpdir(), 'earshot-memory-'));
const bytes = statSync(path).size;
const before = process.memoryUsage().rss;
const startedAt = performance.now();
const code = await runImport([path, '--out', out]);
const seconds = (performance.now() - startedAt) / 1000;
// Kilobytes, and never falling.
const peak = process.resourceUsage().maxRSS * 1024 - before;
rmSync(out, { recursive: true });
const megabytes = (value: number): number => Math.round(value / 1e6);
console.log(
  JSON.stringify({
    what: 'import memory',
    code,
    fileMB: megabytes(bytes),
    peakMB: megabytes(peak),
    timesFile: Number((peak / bytes).toFixed(2)),
    seconds: Number(seconds.toFixed(1)),
  }),
);
process.exitCode = code;
