/** Events as bars: one SVG path for a row of them. Geometry only. */
import type { Seconds } from '../../core/units.ts';

export interface Span {
  readonly startS: Seconds;
  readonly endS: Seconds;
}

const LEAST_PX = 2;

/** Rectangles of the spans that touch `cover`, x from its start; those that would touch on the screen become one. By onset. */
export function barsPath(spans: readonly Span[], cover: Span, pxPerS: number, topPx: number, heightPx: number): string {
  const rects: { from: number; to: number }[] = [];
  for (const span of spans) {
    if (span.endS <= cover.startS || span.startS >= cover.endS) continue;
    const from = (Math.max(cover.startS, span.startS) - cover.startS) * pxPerS;
    const to = Math.max(from + LEAST_PX, (Math.min(cover.endS, span.endS) - cover.startS) * pxPerS);
    const before = rects.at(-1);
    if (before && from - before.to < 1) before.to = Math.max(before.to, to);
    else rects.push({ from, to });
  }
  const px = (x: number): string => x.toFixed(1);
  return rects.map(({ from, to }) => `M${px(from)} ${topPx}H${px(to)}v${heightPx}H${px(from)}z`).join('');
}
