/** Every class against every lane, and the numbers as text: for the table and for the picture. Pure. */
import type { Probability } from '../../../core/units.ts';
import type { Span } from '../../timeline/event-bars.ts';
import {
  type ClassComparison,
  commonSpan,
  compareClass,
  type LaneResult,
  type Measure,
  momentText,
  perMinuteText,
  shareText,
} from './comparison.ts';
import { nameOfClass, type ReadyLane } from './ready-lane.ts';

export interface Comparison {
  readonly span: Span;
  readonly classes: readonly ClassComparison[];
}

export function compareAll(
  lanes: readonly ReadyLane[],
  mids: readonly string[],
  threshold: Probability,
  within?: Span,
): Comparison | null {
  const span = commonSpan(lanes, within);
  if (!span) return null;
  const classes = mids.map((mid) => compareClass({ mid, name: nameOfClass(lanes, mid) }, lanes, threshold, span));
  return { span, classes };
}

export function cellsOf({ stats }: LaneResult): readonly { readonly measure: Measure; readonly text: string }[] {
  if (!stats) return [];
  return [
    { measure: 'first', text: stats.firstDetectionS === null ? 'never' : momentText(stats.firstDetectionS) },
    { measure: 'share', text: shareText(stats.shareAbove) },
    { measure: 'flicker', text: perMinuteText(stats.flickerPerMinute) },
    { measure: 'mean', text: stats.mean === null ? '–' : stats.mean.toFixed(2) },
  ];
}
