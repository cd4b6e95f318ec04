/**
 * Scores of chosen classes over time, a row each, drawn by Recharts at true chunk spans; a row may hold several lines (models on the
 * same sound). Recharts draws more than is in view and only when it must: moving is a shift of what is there, zooming a stretch of
 * it until the fingers rest.
 */
import { memo, type ReactNode, startTransition, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { ScoreTimeline } from '../../core/scores/score-timeline.ts';
import type { Probability, Seconds } from '../../core/units.ts';
import { ProbabilityChart } from '../charts/probability-chart.tsx';
import { mergedStepRows } from '../charts/step-rows.ts';
import { type Cover, coverFor } from '../charts/time-scale.ts';
import { FrameLoop } from '../ui/frame-loop.ts';
import { useTurn } from '../ui/turns.ts';
import { useMedia } from '../ui/use-media.ts';
import { barsPath, type Span } from './event-bars.ts';
import { usePlot } from './plot-context.ts';
import { PlotRow } from './time-plot.tsx';

export interface TimelineLine {
  readonly scores: ScoreTimeline;
  readonly classIndex: number;
  /** Number of the colour and dash. */
  readonly slot: number;
}

export interface TimelineRow {
  /** Distinct among the rows: a mid. */
  readonly key: string;
  /** Stands left of the row, above its line on a phone. */
  readonly name: ReactNode;
  readonly lines: readonly TimelineLine[];
  /** Stretches drawn as bars at the row's foot: events. */
  readonly bars?: readonly Span[];
  /** Colour of the bars; the first line's when left out. */
  readonly barSlot?: number;
}

export interface TimelinesProps {
  readonly rows: readonly TimelineRow[];
  readonly threshold: Probability;
  /** Grows when the scores do. */
  readonly revision: number;
  readonly rowPx?: number;
}

/** Steps in what is drawn, which is 1.75 windows wide. */
const STEPS = 480;
const REST_MS = 120;
/** While fingers move on and what is drawn does not reach. */
const AT_MOST_EVERY_MS = 250;
const BAR_PX = 5;

interface Drawn {
  readonly cover: Cover;
  readonly windowS: Seconds;
}

export function Timelines({ rows, threshold, revision, rowPx }: TimelinesProps) {
  const { viewport, widthPx } = usePlot();
  const narrow = useMedia('(max-width: 720px)');
  const heightPx = rowPx ?? (narrow ? 68 : Math.round(Math.min(72, Math.max(46, 280 / Math.max(1, rows.length)))));
  const strip = useRef<HTMLDivElement>(null);
  const [drawn, setDrawn] = useState<Drawn>(() => drawnFor(viewport.getState()));
  const pxPerS = widthPx / drawn.windowS;

  // Before paint: a strip laid out anew is never seen at the old place.
  useLayoutEffect(() => {
    if (widthPx === 0) return;
    const drawnAtMs = performance.now();
    let rest: ReturnType<typeof setTimeout> | null = null;
    const redraw = (): void => {
      // A chart is many small components: React may pause between them for a frame of the page.
      startTransition(() => setDrawn(drawnFor(viewport.getState())));
    };
    const place = (): void => {
      const { startS, endS } = viewport.getState();
      const windowS = endS - startS;
      const stretch = drawn.windowS / windowS;
      const left = ((drawn.cover.startS - startS) / windowS) * widthPx;
      if (strip.current) strip.current.style.transform = `translate3d(${left}px, 0, 0) scaleX(${stretch})`;
      if (rest) clearTimeout(rest);
      rest = null;
      if (Math.abs(stretch - 1) < 1e-9) {
        if (coverFor(endS, windowS).startS !== drawn.cover.startS) redraw();
        return;
      }
      const isCovered = startS >= drawn.cover.startS && endS <= drawn.cover.endS && stretch < 3;
      const leastMs = isCovered ? REST_MS : Math.max(0, AT_MOST_EVERY_MS - (performance.now() - drawnAtMs));
      rest = setTimeout(redraw, Math.min(REST_MS, leastMs));
    };
    place();
    const loop = new FrameLoop(place);
    const unsubscribe = viewport.subscribe((state, before) => {
      if (state.startS !== before.startS || state.endS !== before.endS) loop.request();
    });
    return () => {
      unsubscribe();
      if (rest) clearTimeout(rest);
      loop.dispose();
    };
  }, [viewport, widthPx, drawn]);

  const coverPx = (drawn.cover.endS - drawn.cover.startS) * pxPerS;
  const allPx = heightPx * rows.length;

  return (
    <PlotRow
      name={
        <ul className="timeline-names" style={{ ['--row' as string]: `${heightPx}px` }}>
          {rows.map((row) => (
            <li key={row.key}>{row.name}</li>
          ))}
        </ul>
      }
    >
      <div className="timelines" style={{ height: allPx }}>
        <div ref={strip} className="timeline-strip" style={{ width: coverPx, height: allPx }}>
          {widthPx > 0 &&
            rows.map(({ key, lines }, place) => (
              <div key={key} className="timeline-row" style={{ top: place * heightPx }}>
                <RowChart
                  {...{ lines, revision, drawn, pxPerS, threshold, heightPx }}
                  // Room for the name above the line on a phone.
                  fill={narrow ? 0.6 : 0.86}
                />
              </div>
            ))}
          <svg className="event-bars" width={coverPx} height={allPx} aria-hidden="true">
            {rows.map((row, place) => (
              <path
                key={row.key}
                fill={`var(--class-${row.barSlot ?? row.lines[0]?.slot ?? 0})`}
                d={barsPath(row.bars ?? [], drawn.cover, pxPerS, (place + 1) * heightPx - BAR_PX, BAR_PX)}
              />
            ))}
          </svg>
        </div>
      </div>
    </PlotRow>
  );
}

interface RowChartProps {
  readonly lines: readonly TimelineLine[];
  readonly revision: number;
  readonly drawn: Drawn;
  readonly pxPerS: number;
  readonly threshold: Probability;
  readonly heightPx: number;
  readonly fill: number;
}

/**
 * One row's lines. Drawing a chart takes Recharts some tens of milliseconds, so each row waits for a frame of its own; what is drawn
 * for another stretch of time meanwhile is shown where that stretch is now.
 */
const RowChart = memo(function RowChart(wanted: RowChartProps) {
  const shown = useTurn(wanted);
  return shown && <DrawnRow shown={shown} now={wanted} />;
});

function DrawnRow({ shown, now }: { readonly shown: RowChartProps; readonly now: RowChartProps }) {
  const { lines, revision, drawn, pxPerS, threshold, heightPx, fill } = shown;
  const { cover } = drawn;
  const shared = useMemo(() => lines.map((line) => ({ ...line, place: 0 })), [lines]);
  const steps = useMemo(() => {
    void revision;
    return mergedStepRows(lines, cover.startS, cover.endS, STEPS);
  }, [lines, cover, revision]);
  const left = (cover.startS - now.drawn.cover.startS) * now.pxPerS;
  return (
    <div style={{ transform: `translateX(${left}px) scaleX(${now.pxPerS / pxPerS})`, transformOrigin: '0 0' }}>
      <ProbabilityChart
        steps={steps}
        rows={shared}
        layout="rows"
        cover={cover}
        threshold={threshold}
        fill={fill}
        widthPx={(cover.endS - cover.startS) * pxPerS}
        heightPx={heightPx}
      />
    </div>
  );
}

const drawnFor = ({ startS, endS }: { readonly startS: Seconds; readonly endS: Seconds }): Drawn => ({
  cover: coverFor(endS, endS - startS),
  windowS: endS - startS,
});
