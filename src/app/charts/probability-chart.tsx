/**
 * Probability over time as step lines at true chunk spans, drawn by Recharts: a row per class, or all in one plot as in Figure 2 of
 * the SAT paper. Covers more time than is looked at, so that scrolling is a shift and a redraw happens once a chunk.
 */
import { memo } from 'react';
import { Area, ComposedChart, Line, ReferenceLine, XAxis, YAxis } from 'recharts';
import { DASHES } from '../ui/dashes.ts';
import { type StepRow, stackedHeight } from './step-rows.ts';
import type { Cover } from './time-scale.ts';

/** A line of the chart. Rows of the live view fit as they are. */
export interface ChartLine {
  readonly classIndex: number;
  /** Number of the colour and dash. */
  readonly slot: number;
  /** Where lines share a row (one class, several models): the row it stands in, from the top. Else its own place in the list. */
  readonly place?: number;
}

export interface ProbabilityChartProps {
  readonly steps: readonly StepRow[];
  readonly rows: readonly ChartLine[];
  readonly layout: 'rows' | 'overlaid';
  readonly cover: Cover;
  readonly threshold: number;
  /** Part of a row's height that a score of 1 reaches to: the rest is air, or for a name. */
  readonly fill: number;
  /** CSS pixels. */
  readonly widthPx: number;
  readonly heightPx: number;
}

/** Overlaid, the plot ends a little above 1, so that a line at 1 is seen whole. */
export const OVERLAID_TOP = 1.06;

const NO_MARGIN = { top: 0, right: 0, bottom: 0, left: 0 };
const colour = (row: ChartLine): string => `var(--class-${row.slot})`;

export const ProbabilityChart = memo(function ProbabilityChart(props: ProbabilityChartProps) {
  const { steps, rows, layout, cover, threshold, fill, widthPx, heightPx } = props;
  const placeOf = (line: number): number => rows[line]?.place ?? line;
  const count = rows.reduce((most, _, line) => Math.max(most, placeOf(line) + 1), 0);
  const isShared = count < rows.length;
  const stacked = layout === 'rows';
  const top = stacked ? Math.max(1, count) : OVERLAID_TOP;
  const thresholds = stacked
    ? Array.from({ length: count }, (_, place) => stackedHeight(place, count, threshold, fill))
    : [threshold];
  return (
    <ComposedChart data={[...steps]} width={widthPx} height={heightPx} margin={NO_MARGIN} accessibilityLayer={false}>
      <XAxis dataKey="t" type="number" domain={[cover.startS, cover.endS]} allowDataOverflow hide />
      <YAxis type="number" domain={[0, top]} allowDataOverflow hide width={0} />
      {rows.map((row, line) =>
        stacked ? (
          <Area
            key={`${placeOf(line)}:${row.slot}:${row.classIndex}`}
            type="stepAfter"
            dataKey={({ values }: StepRow) => {
              const value = values[line];
              return value == null ? null : stackedHeight(placeOf(line), count, value, fill);
            }}
            baseValue={count - 1 - placeOf(line)}
            stroke={colour(row)}
            strokeWidth={2}
            fill={colour(row)}
            // Where lines share a row the dash tells them apart, as when they share the plot.
            fillOpacity={isShared ? 0 : 0.2}
            strokeDasharray={isShared ? (DASHES[row.slot] ?? 'none') : 'none'}
            connectNulls={false}
            dot={false}
            activeDot={false}
            isAnimationActive={false}
          />
        ) : (
          <Line
            key={`${row.slot}:${row.classIndex}`}
            type="stepAfter"
            dataKey={({ values }: StepRow) => values[line] ?? null}
            stroke={colour(row)}
            strokeWidth={2.25}
            strokeDasharray={DASHES[row.slot] ?? 'none'}
            connectNulls={false}
            dot={false}
            activeDot={false}
            isAnimationActive={false}
          />
        ),
      )}
      {thresholds.map((y) => (
        <ReferenceLine key={y} y={y} stroke="var(--threshold)" strokeDasharray="3 4" strokeWidth={1} />
      ))}
      {stacked &&
        thresholds.map((threshold, place) => (
          <ReferenceLine key={threshold} y={place} stroke="var(--rule)" strokeWidth={1} />
        ))}
    </ComposedChart>
  );
});
