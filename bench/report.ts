/** What a bench says: one line of JSON each, or a table for docs/benchmarks.md. */
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

export interface Figure {
  /** Which bench, e.g. `step`. */
  readonly bench: string;
  /** What was measured: `sat-t-2s, WASM`. */
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly p95?: number;
  /** To the baseline of the same run. */
  readonly ratio?: { readonly to: string; readonly value: number };
  readonly note?: string;
}

export function spread(times: readonly number[]): { readonly median: number; readonly p95: number } {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { median: at(0.5), p95: at(0.95) };
}

const round = (value: number): number => Number(value.toPrecision(3));

export const rounded = (figure: Figure): Figure => ({
  ...figure,
  value: round(figure.value),
  ...(figure.p95 !== undefined && { p95: round(figure.p95) }),
  ...(figure.ratio && { ratio: { ...figure.ratio, value: round(figure.ratio.value) } }),
});

/** The machine and the commit that a figure belongs to. */
export function provenance(browser: string): string {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  const dirty =
    git('status', '--porcelain', '--untracked-files=no', '--', ':!docs', ':!*.md') === ''
      ? ''
      : ', with uncommitted changes';
  const [cpu] = cpus();
  return `${cpu?.model.trim() ?? 'unknown CPU'}, ${cpus().length} cores, no GPU; Node ${process.version}; ${browser}; commit ${git('rev-parse', '--short', 'HEAD')}${dirty}; ${new Date().toISOString().slice(0, 10)}`;
}

export function table(figures: readonly Figure[]): string {
  const rows = figures.map(({ what, value, unit, p95, ratio, note }) =>
    [
      what,
      `${value} ${unit}`,
      p95 === undefined ? '' : `${p95} ${unit}`,
      ratio ? `${ratio.value} × ${ratio.to}` : '',
      note ?? '',
    ].join(' | '),
  );
  return [
    '| what | median | p95 | ratio in this run | note |',
    '|---|---|---|---|---|',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n');
}
