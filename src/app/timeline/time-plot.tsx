/**
 * Strips one below the other on one time axis, with one cursor, one play line, gaps and ticks. Names stand left of the strips, above
 * them on a phone. A child is a `PlotRow` or anything that lays its picture out in the plot's second column.
 */
import { type ReactNode, useEffect, useMemo, useRef } from 'react';
import { formatTime, timeTicks } from '../charts/time-scale.ts';
import { FrameLoop } from '../ui/frame-loop.ts';
import { useElementWidth } from '../ui/use-element-size.ts';
import '../styles/timeline.css';
import type { Seconds } from '../../core/units.ts';
import { PlotContext, usePlot, useViewport } from './plot-context.ts';
import { moveByKey, useGestures } from './use-gestures.ts';
import type { Viewport } from './viewport.ts';

/** A stretch that nothing was scored for; `text` says why. */
export interface PlotGap {
  readonly startS: Seconds;
  readonly endS: Seconds;
  readonly text: string;
}

export interface TimePlotProps {
  readonly viewport: Viewport;
  /** What the plot shows, for screen readers. */
  readonly label: string;
  readonly dark: boolean;
  /** A click, or Enter at the keyboard cursor: to hear that moment. */
  readonly onSeek?: (atS: Seconds) => void;
  /** How far comma and full stop move the cursor: a chunk. Without it, a hundredth of the window. */
  readonly cursorStepS?: Seconds;
  readonly gaps?: readonly PlotGap[];
  readonly children: ReactNode;
}

export function TimePlot(props: TimePlotProps) {
  const { viewport, label, dark, onSeek, cursorStepS, gaps = [], children } = props;
  const frame = useRef<HTMLDivElement>(null);
  const axis = useRef<HTMLDivElement>(null);
  const widthPx = useElementWidth(axis);
  useGestures({ frame, axis, viewport, onClick: (atS) => onSeek?.(atS) });
  const plot = useMemo(() => ({ viewport, widthPx, dark }), [viewport, widthPx, dark]);
  return (
    <PlotContext value={plot}>
      {/* biome-ignore lint/a11y/useSemanticElements: a picture with keys is no fieldset */}
      <div
        ref={frame}
        className="time-plot"
        role="group"
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls with the arrow keys, as any scrolling region
        tabIndex={0}
        onKeyDown={(event) => {
          // Widgets in the plot have keys of their own.
          if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
          if (actOnKey(event, viewport, cursorStepS, onSeek)) event.preventDefault();
        }}
        onBlur={(event) => {
          if (event.target === event.currentTarget) viewport.setCursor(null);
        }}
      >
        {children}
        <TimeAxis />
        <div ref={axis} className="plot-overlay" aria-hidden="true">
          <GapMarks gaps={gaps} />
          <Line kind="play" />
          <Line kind="cursor" />
        </div>
      </div>
    </PlotContext>
  );
}

function actOnKey(
  event: React.KeyboardEvent,
  viewport: Viewport,
  cursorStepS: Seconds | undefined,
  onSeek: ((atS: Seconds) => void) | undefined,
): boolean {
  const { startS, endS, cursorS, playS, durationS } = viewport.getState();
  switch (event.key) {
    case ',':
    case '.': {
      const step = cursorStepS ?? (endS - startS) / 100;
      const fromS = cursorS ?? playS ?? (startS + endS) / 2;
      const atS = Math.min(durationS, Math.max(0, fromS + (event.key === ',' ? -step : step)));
      viewport.reveal(atS);
      viewport.setCursor(atS);
      return true;
    }
    case 'Enter':
      if (cursorS === null || !onSeek) return false;
      onSeek(cursorS);
      return true;
    default:
      return moveByKey(event, viewport);
  }
}

/** One strip with its name. `name` may hold widgets: gestures leave it alone. */
export function PlotRow({ name, children }: { readonly name: ReactNode; readonly children: ReactNode }) {
  return (
    <div className="plot-row">
      <div className="plot-name" data-no-gesture>
        {name}
      </div>
      <div className="plot-strip">{children}</div>
    </div>
  );
}

/** Ticks at round times, laid out anew when the window moves. */
export function TimeAxis() {
  const { viewport, widthPx } = usePlot();
  const startS = useViewport(viewport, (state) => state.startS);
  const endS = useViewport(viewport, (state) => state.endS);
  const pxPerS = widthPx / (endS - startS);
  return (
    <div className="plot-row" aria-hidden="true">
      <div className="plot-name" />
      <div className="plot-ticks">
        {widthPx > 0 &&
          timeTicks(startS, endS, pxPerS).map((tick) => (
            <span key={tick.atS} style={{ transform: `translateX(${(tick.atS - startS) * pxPerS}px)` }}>
              {tick.label}
            </span>
          ))}
      </div>
    </div>
  );
}

function GapMarks({ gaps }: { readonly gaps: readonly PlotGap[] }) {
  const { viewport, widthPx } = usePlot();
  const startS = useViewport(viewport, (state) => state.startS);
  const endS = useViewport(viewport, (state) => state.endS);
  const pxPerS = widthPx / (endS - startS);
  return gaps
    .filter((gap) => gap.endS > startS && gap.startS < endS)
    .map((gap) => {
      const left = Math.max(0, (gap.startS - startS) * pxPerS);
      const right = Math.min(widthPx, (gap.endS - startS) * pxPerS);
      return (
        <div
          key={`${gap.startS}:${gap.text}`}
          className="plot-gap"
          style={{ left, width: Math.max(2, right - left) }}
          title={gap.text}
        >
          {right - left > 40 && <span>{gap.text}</span>}
        </div>
      );
    });
}

/** The cursor or the play line: moved once a frame, React not asked. */
function Line({ kind }: { readonly kind: 'cursor' | 'play' }) {
  const { viewport, widthPx } = usePlot();
  const line = useRef<HTMLDivElement>(null);
  const time = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const loop = new FrameLoop(() => {
      const { startS, endS, cursorS, playS } = viewport.getState();
      const atS = kind === 'cursor' ? cursorS : playS;
      const { current } = line;
      if (!current) return;
      const isInside = atS !== null && atS >= startS && atS <= endS;
      current.hidden = !isInside;
      if (!isInside) return;
      const x = Math.min(widthPx - 1, ((atS - startS) / (endS - startS)) * widthPx);
      current.style.transform = `translateX(${x}px)`;
      if (!time.current) return;
      time.current.textContent = formatTime(atS, 1);
      time.current.dataset['side'] = x > widthPx - 70 ? 'left' : 'right';
    });
    loop.request();
    const unsubscribe = viewport.subscribe(() => loop.request());
    return () => {
      unsubscribe();
      loop.dispose();
    };
  }, [viewport, widthPx, kind]);
  return (
    <div ref={line} className={`plot-line plot-${kind}`} hidden>
      {kind === 'cursor' && <span ref={time} />}
    </div>
  );
}
