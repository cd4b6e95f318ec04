/**
 * `npm run fuzz [-- --count N --seed S --from I]`: damaged and hostile model files through the readers. Ends with code 1 when one was
 * taken in any way but read or refused; `--from I --count 1` with the same seed runs that one again.
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runFuzz } from '../fixtures/fuzz/run.ts';
import { EMBEDDED_PARITY, SHARED_PARITY } from '../fixtures/parity-manifest.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    reasons: { type: 'boolean', default: false },
  },
});
const whole = (name: 'count' | 'seed' | 'from'): number => {
  const value = Number(values[name]);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`--${name} must be a whole number, got "${values[name]}"`);
  return value;
};
const [count, seed, from] = [whole('count'), whole('seed'), whole('from')];
const roots = [EMBEDDED_PARITY, ...(existsSync(SHARED_PARITY) ? [SHARED_PARITY] : [])];

console.log(`${count} files, seed ${seed}, made from ${roots.join(' and ')}`);
let toldAt = 0;
const report = await runFuzz({
  seed,
  count,
  from,
  roots,
  onProgress: (done) => {
    if (done - toldAt < 2000) return;
    toldAt = done;
    console.log(`  ${done}`);
  },
});
const { cases, read, refused, kinds, reasons, faults, seconds } = report;
for (const [kind, numbers] of Object.entries(kinds)) {
  console.log(
    `  ${kind.padEnd(16)} ${String(numbers.read).padStart(6)} read ${String(numbers.refused).padStart(6)} refused`,
  );
}
if (values.reasons) for (const reason of [...reasons].sort()) console.log(`  - ${reason}`);
console.log(
  `${cases} files in ${seconds.toFixed(1)} s: ${read} read, ${refused} refused for ${reasons.length} different reasons. ` +
    `At most ${report.mostTimesFile.toFixed(2)} times the file in buffers, ${(report.mostHeapBytes / 2 ** 20).toFixed(1)} MB of objects, ${report.slowestMs.toFixed(0)} ms; ` +
    `${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB of memory in all.`,
);
for (const { index, kind, what } of faults) console.error(`FAULT in file ${index} (${kind}): ${what}`);
console.log(
  faults.length === 0
    ? 'No fault.'
    : `${faults.length} faults; run one again with --seed ${seed} --from INDEX --count 1`,
);
process.exitCode = faults.length === 0 ? 0 : 1;
