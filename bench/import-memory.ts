/**
 * `npx tsx bench/import-memory.ts CKPT [--engine] [--precision fp16|int8]`: what importing a checkpoint holds in memory at most, as
 * `earshot import` does it. Without `--engine` the model is not run: no self-check, no difference. Prints the peak above what the process took before, as a multiple of the file. One JSON line.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scoreClip } from '../cli/clip.ts';
import { runImport } from '../cli/import.ts';
import { makeSelfCheck } from '../cli/model-folder.ts';

const [path, ...more] = process.argv.slice(2);
if (path === undefined) throw new RangeError('a checkpoint is needed');
const options = more.filter((word) => word !== '--engine');
const hooks = options.length < more.length ? { selfCheck: makeSelfCheck, clipScores: scoreClip } : {};
const out = mkdtempSync(join(tmpdir(), 'earshot-memory-'));
const bytes = statSync(path).size;
const before = process.memoryUsage().rss;
const startedAt = performance.now();
const code = await runImport([path, '--out', out, ...options], hooks);
const outBytes = code === 0 ? statSync(join(out, 'model.safetensors')).size : 0;
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
    outMB: megabytes(outBytes),
    peakMB: megabytes(peak),
    timesFile: Number((peak / bytes).toFixed(2)),
    seconds: Number(seconds.toFixed(1)),
  }),
);
process.exitCode = code;
