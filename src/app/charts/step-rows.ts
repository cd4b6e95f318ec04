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

export interface StepSource {
  readonly scores: ScoreTimeline;
  readonly classIndex: number;
}

/** As `stepRows`, for lines of several timelines: models of other chunk lengths on the same sound, each at its own spans. */
export function mergedStepRows(
  sources: readonly StepSource[],
  fromS: Seconds,
  toS: Seconds,
  maxSteps = MAX_STEPS,
): StepRow[] {
  const first = sources[0];
  if (!first) return [];
  if (sources.every(({ scores }) => scores === first.scores)) {
    const classes = sources.map(({ classIndex }) => classIndex);
    return stepRows(first.scores, classes, fromS, toS, maxSteps);
  }
  const series = sources.map(({ scores, classIndex }) => scores.series(classIndex, fromS, toS, maxSteps));
  const edges = new Set(series.flatMap((spans) => spans.flatMap(({ startS, endS }) => [startS, endS])));
  const times = [...edges].sort((a, b) => a - b);
  const at = series.map(() => 0);
  const rows: StepRow[] = [];
  let before: readonly (Probability | null)[] | null = null;
  for (const t of times) {
    const values: (Probability | null)[] = series.map((spans, line) => {
      while (at[line]! < spans.length && spans[at[line]!]!.endS <= t) at[line]! += 1;
      const span = spans[at[line]!];
      return span && span.startS <= t ? span.value : null;
    });
    // A line that ends here needs a point here, or its last step has no width.
    if (before?.some((value, line) => value !== null && values[line] === null)) {
      rows.push({ t, values: values.map((value, line) => value ?? before?.[line] ?? null) });
    }
    rows.push({ t, values });
    before = values;
  }
  return rows;
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
