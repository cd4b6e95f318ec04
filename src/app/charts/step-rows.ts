/**
 * Data for the step charts: what was scored of some classes between two times, one row per step, at true chunk spans. Geometry
 * only. A row holds from its time to the next row's; the last one closes the line; null breaks it (a gap).
 */
import type { ScoreTimeline } from '../../core/scores/score-timeline.ts';
import type { Probability, Seconds } from '../../core/units.ts';

export interface StepRow {
  readonly t: Seconds;
  /** One per class asked for, in that order. */
  readonly values: readonly (Probability | null)[];
}

/** At most a few hundred: more steps than that are narrower than the eye. */
export const MAX_STEPS = 240;

export function stepRows(
  timeline: ScoreTimeline,
  classes: readonly number[],
  fromS: Seconds,
  toS: Seconds,
  maxSteps = MAX_STEPS,
): StepRow[] {
  const series = classes.map((index) => timeline.series(index, fromS, toS, maxSteps));
  // All classes were scored by the same chunks, so the spans of one are the spans of all.
  const spans = series[0] ?? [];
  const rows: StepRow[] = spans.map((span, place) => ({
    t: span.startS,
    values: series.map((one) => one[place]?.value ?? null),
  }));
  const last = spans.at(-1);
  if (last && rows.length > 0) rows.push({ t: last.endS, values: rows[rows.length - 1]!.values });
  return closeBeforeGaps(rows);
}

/** A step line ends at its last point: without a point at the start of a gap the step before it would have no width. */
function closeBeforeGaps(rows: readonly StepRow[]): StepRow[] {
  const closed: StepRow[] = [];
  for (const row of rows) {
    const before = closed.at(-1);
    if (before && row.values[0] === null && before.values[0] !== null) closed.push({ t: row.t, values: before.values });
    closed.push(row);
  }
  return closed;
}

/** Rows stand on each other: the first class on top. Height of probability `value` in units of rows, from the bottom of all; `fill` is the part of a row that 1 reaches to. */
export const stackedHeight = (place: number, rows: number, value: Probability, fill: number): number =>
  rows - 1 - place + value * fill;
