/** Where the words of marks stand above the plot: marks too near for two labels share one. Geometry only. */
import type { Seconds } from '../../core/units.ts';

export interface MarkLabel {
  readonly atS: Seconds;
  readonly text: string;
}

export function markLabels(
  marks: readonly MarkLabel[],
  fromS: Seconds,
  toS: Seconds,
  pxPerS: number,
  leastPx = 110,
): MarkLabel[] {
  const labels: MarkLabel[] = [];
  for (const mark of marks) {
    if (mark.atS < fromS || mark.atS > toS) continue;
    const before = labels.at(-1);
    if (before && (mark.atS - before.atS) * pxPerS < leastPx) {
      labels[labels.length - 1] = { atS: before.atS, text: `${before.text} · ${mark.text}` };
    } else {
      labels.push({ atS: mark.atS, text: mark.text });
    }
  }
  return labels;
}
