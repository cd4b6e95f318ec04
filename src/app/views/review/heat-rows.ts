/** Which classes the picture has a row for, in which order, and where a point in it lies. Geometry only. */
import type { EventRules } from '../../../core/events/event-types.ts';
import type { ClassLabels } from '../../../core/scores/class-list.ts';
import type { Taxonomy } from '../../../core/scores/taxonomy.ts';
import type { Probability, Seconds } from '../../../core/units.ts';

export type HeatOrder = 'tree' | 'first' | 'peak';

export const HEAT_ORDERS: readonly { readonly id: HeatOrder; readonly label: string }[] = [
  { id: 'tree', label: 'AudioSet tree' },
  { id: 'first', label: 'first heard' },
  { id: 'peak', label: 'highest score' },
];

export interface HeatRow {
  readonly classIndex: number;
  readonly mid: string;
  readonly name: string;
  readonly peak: Probability;
  /** Name of the top-level branch: "Animal"; null for classes outside the tree. */
  readonly branch: string | null;
}

export interface HeatRowsOptions {
  /** [classes] */
  readonly peaks: Float32Array;
  readonly labels: ClassLabels;
  readonly rules: EventRules;
  readonly order: HeatOrder;
  readonly taxonomy: Taxonomy;
  /** When a class first scored so much. */
  readonly firstReach: (classIndex: number, score: Probability) => Seconds | null;
}

/** A class that never scored this much never mattered, whatever its off-threshold. */
export const MATTERS: Probability = 0.1;

const leastOf = (rules: EventRules, mid: string): Probability =>
  Math.min(MATTERS, Math.max(0.01, rules.perClass[mid]?.off ?? rules.off));

/** Rows of all classes that ever mattered: their peak reached the off-threshold, or 0.1. */
export function heatRows(options: HeatRowsOptions): HeatRow[] {
  const { peaks, labels, rules, order, taxonomy, firstReach } = options;
  const rows: HeatRow[] = [];
  for (const [classIndex, mid] of labels.mids.entries()) {
    const peak = peaks[classIndex] ?? 0;
    if (peak < leastOf(rules, mid)) continue;
    rows.push({ classIndex, mid, name: labels.names[classIndex] ?? mid, peak, branch: taxonomy.topOf(mid) ?? null });
  }
  switch (order) {
    case 'tree': {
      const place = new Map(taxonomy.order(rows.map(({ mid }) => mid)).map((mid, index) => [mid, index]));
      return rows.sort((a, b) => place.get(a.mid)! - place.get(b.mid)!);
    }
    case 'peak':
      return rows.sort((a, b) => b.peak - a.peak || a.classIndex - b.classIndex);
    case 'first': {
      // "Heard" is the on-threshold, or as much as it ever had.
      const first = new Map(
        rows.map(({ classIndex, mid, peak }) => {
          const on = rules.perClass[mid]?.on ?? rules.on;
          return [classIndex, firstReach(classIndex, Math.min(on, peak)) ?? Number.POSITIVE_INFINITY];
        }),
      );
      return rows.sort((a, b) => first.get(a.classIndex)! - first.get(b.classIndex)! || b.peak - a.peak);
    }
  }
}

/** CSS pixels: a row is `rowPx` tall, its cells are drawn from `cellTopPx` on. */
export interface HeatShape {
  readonly rowPx: number;
  readonly cellTopPx: number;
  readonly cellPx: number;
}

/** Names left of the cells. */
export const WIDE_SHAPE: HeatShape = { rowPx: 24, cellTopPx: 1, cellPx: 22 };
/** Names above them. */
export const NARROW_SHAPE: HeatShape = { rowPx: 44, cellTopPx: 25, cellPx: 18 };

/** The row at `y` from the top of all rows; null above and below them. */
export function rowAt(y: number, { rowPx }: HeatShape, count: number): number | null {
  const row = Math.floor(y / rowPx);
  return row >= 0 && row < count ? row : null;
}

/** Rows [from, to) that are seen through a window of `heightPx` scrolled down by `scrollPx`. */
export function visibleRows(
  scrollPx: number,
  heightPx: number,
  { rowPx }: HeatShape,
  count: number,
): { readonly from: number; readonly to: number } {
  const from = Math.min(count, Math.max(0, Math.floor(scrollPx / rowPx)));
  return { from, to: Math.min(count, Math.max(from, Math.ceil((scrollPx + heightPx) / rowPx))) };
}

/** How far to scroll so that a row is seen; unchanged when it is. */
export function scrolledTo(row: number, scrollPx: number, heightPx: number, { rowPx }: HeatShape): number {
  if (row * rowPx < scrollPx) return row * rowPx;
  if ((row + 1) * rowPx > scrollPx + heightPx) return (row + 1) * rowPx - heightPx;
  return scrollPx;
}
