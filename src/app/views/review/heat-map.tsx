/**
 * Class × time: every class that ever mattered as a row, on canvas. Only the rows that are seen are painted, so hours and hundreds of
 * classes cost the same as a minute and ten. Names are buttons that add a class to the timelines; the cells have a keyboard cursor
 * whose cell is said in words.
 */
import {
  type KeyboardEvent,
  memo,
  type PointerEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useMemo,
  useRef,
} from 'react';
import { useStore } from 'zustand';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { ScoreTimeline } from '../../../core/scores/score-timeline.ts';
import type { Seconds } from '../../../core/units.ts';
import { formatTime } from '../../charts/time-scale.ts';
import type { Span } from '../../timeline/event-bars.ts';
import { type Painter, themeColour, useCanvasPaint } from '../../timeline/plot-canvas.tsx';
import { usePlot } from '../../timeline/plot-context.ts';
import { moveByKey } from '../../timeline/use-gestures.ts';
import { ClassSwatch } from '../../ui/class-swatch.tsx';
import { FrameLoop } from '../../ui/frame-loop.ts';
import { useMedia } from '../../ui/use-media.ts';
import { heatColours, heatGradient, paintHeat } from './heat-image.ts';
import { type HeatRow, NARROW_SHAPE, rowAt, scrolledTo, visibleRows, WIDE_SHAPE } from './heat-rows.ts';
import type { ScorePyramid } from './score-pyramid.ts';

export interface HeatMapProps {
  readonly scores: ScoreTimeline;
  readonly pyramid: ScorePyramid;
  readonly rows: readonly HeatRow[];
  /** Grows when the scores do. */
  readonly version: number;
  /** By mid: the colour of the classes that have a timeline. */
  readonly chosen: ReadonlyMap<string, number>;
  readonly onToggle: (mid: string) => void;
  /** Events by output row, by onset. */
  readonly events: ReadonlyMap<number, readonly Span[]>;
  readonly onSeek: (atS: Seconds) => void;
  /** Stands above the names. */
  readonly head: ReactNode;
}

/** The cell that is pointed at, by pointer or keyboard. */
interface Pointed {
  readonly row: number | null;
  readonly atS: Seconds | null;
  readonly byKey: boolean;
}

const NOTHING: Pointed = { row: null, atS: null, byKey: false };
const TALLEST_PX = 456;
const EVENT_PX = 3;

export function HeatMap(props: HeatMapProps) {
  const { scores, pyramid, rows, version, chosen, onToggle, events, onSeek, head } = props;
  const { viewport, widthPx, dark } = usePlot();
  const narrow = useMedia('(max-width: 720px)');
  const shape = narrow ? NARROW_SHAPE : WIDE_SHAPE;
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const band = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const pointed = useMemo(() => createStore<Pointed>(() => NOTHING), []);
  const allPx = rows.length * shape.rowPx;
  const seenPx = Math.min(TALLEST_PX, allPx);

  const colours = useMemo(() => heatColours(dark ? 'dark' : 'light'), [dark]);
  const image = useRef<{ canvas: HTMLCanvasElement; data: ImageData } | null>(null);
  const paint = useCallback<Painter>(
    ({ context, scale, width, ratio }) => {
      void version;
      const scrollPx = scroller.current?.scrollTop ?? 0;
      const { from, to } = visibleRows(scrollPx, seenPx, shape, rows.length);
      if (to === from) return true;
      if (image.current?.data.width !== width || image.current.data.height !== to - from) {
        const canvas = document.createElement('canvas');
        canvas.width = width;
        canvas.height = to - from;
        image.current = { canvas, data: new ImageData(width, to - from) };
      }
      const { canvas: small, data } = image.current;
      const startS = scale.endS - scale.windowS;
      const seen = rows.slice(from, to);
      paintHeat(
        {
          pyramid,
          classes: Uint16Array.from(seen, ({ classIndex }) => classIndex),
          startS,
          endS: scale.endS,
          width,
          colours,
        },
        new Uint32Array(data.data.buffer),
      );
      small.getContext('2d')?.putImageData(data, 0, 0);
      context.imageSmoothingEnabled = false;
      context.fillStyle = themeColour(context.canvas, '--ink');
      const pxPerS = width / scale.windowS;
      for (const [place, row] of seen.entries()) {
        const top = ((from + place) * shape.rowPx - scrollPx + shape.cellTopPx) * ratio;
        const y = Math.round(top);
        const height = Math.round((shape.cellPx - EVENT_PX) * ratio);
        context.drawImage(small, 0, place, width, 1, 0, y, width, height);
        paintEvents(
          context,
          events.get(row.classIndex) ?? [],
          startS,
          scale.endS,
          pxPerS,
          y + height,
          EVENT_PX * ratio,
        );
      }
      return true;
    },
    [pyramid, rows, version, events, colours, shape, seenPx],
  );
  const repaint = useCanvasPaint(canvas, viewport, widthPx, seenPx, paint);

  // The row pointed at and its cell are moved without React: they follow the pointer.
  useEffect(() => {
    const loop = new FrameLoop(() => {
      const { row, atS, byKey } = pointed.getState();
      const { startS, endS } = viewport.getState();
      if (band.current) {
        band.current.hidden = row === null;
        band.current.style.transform = `translateY(${(row ?? 0) * shape.rowPx}px)`;
      }
      if (!box.current) return;
      const isSeen = byKey && row !== null && atS !== null && atS >= startS && atS <= endS;
      box.current.hidden = !isSeen;
      if (!isSeen) return;
      const pxPerS = widthPx / (endS - startS);
      const sequence = scores.at(atS);
      const fromS = sequence === null ? atS : Math.max(startS, scores.startOf(sequence));
      const toS = sequence === null ? atS : Math.min(endS, scores.endOf(sequence));
      box.current.style.width = `${Math.max(5, (toS - fromS) * pxPerS)}px`;
      box.current.style.transform = `translate(${(fromS - startS) * pxPerS}px, ${row * shape.rowPx + shape.cellTopPx}px)`;
    });
    loop.request();
    const ends = [pointed.subscribe(() => loop.request()), viewport.subscribe(() => loop.request())];
    return () => {
      for (const end of ends) end();
      loop.dispose();
    };
  }, [pointed, viewport, widthPx, scores, shape]);

  const onPointerMove = (event: PointerEvent<HTMLDivElement>): void => {
    const bounds = event.currentTarget.getBoundingClientRect();
    const { startS, endS } = viewport.getState();
    const atS = startS + ((event.clientX - bounds.left) / Math.max(1, bounds.width)) * (endS - startS);
    pointed.setState({ row: rowAt(event.clientY - bounds.top, shape, rows.length), atS, byKey: false });
  };

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (act(event)) {
      event.preventDefault();
      event.stopPropagation();
    }
  };
  const act = (event: KeyboardEvent<HTMLDivElement>): boolean => {
    const state = viewport.getState();
    const place = pointed.getState();
    const row = Math.min(rows.length - 1, place.row ?? 0);
    const middleS = state.playS !== null && state.playS > 0 ? state.playS : (state.startS + state.endS) / 2;
    const atS = place.atS !== null && place.byKey ? place.atS : middleS;
    const goTo = (nextRow: number, nextS: Seconds): boolean => {
      const next = Math.min(rows.length - 1, Math.max(0, nextRow));
      const timeS = Math.min(state.durationS, Math.max(0, nextS));
      viewport.reveal(timeS);
      viewport.setCursor(timeS);
      pointed.setState({ row: next, atS: timeS, byKey: true });
      const { current } = scroller;
      if (current) current.scrollTop = scrolledTo(next, current.scrollTop, seenPx, shape);
      return true;
    };
    const step = stepAt(scores, atS, (state.endS - state.startS) / 100);
    switch (event.key) {
      case 'ArrowLeft':
        return goTo(row, step.beforeS);
      case 'ArrowRight':
        return goTo(row, step.afterS);
      case 'ArrowUp':
        return goTo(row - 1, atS);
      case 'ArrowDown':
        return goTo(place.row === null ? 0 : row + 1, atS);
      case 'PageUp':
        return goTo(row - 10, atS);
      case 'PageDown':
        return goTo(row + 10, atS);
      case 'Enter':
        onSeek(atS);
        return goTo(row, atS);
      case 't':
      case 'T': {
        const mid = rows[row]?.mid;
        if (mid !== undefined) onToggle(mid);
        return goTo(row, atS);
      }
      default:
        return moveByKey(event, viewport);
    }
  };

  return (
    <div className="heat">
      <div className="plot-row heat-head">
        <div className="plot-name" data-no-gesture>
          {head}
        </div>
        <Readout {...{ pointed, scores, rows, version }} />
      </div>
      <div
        ref={scroller}
        className="heat-scroll"
        style={{ height: seenPx }}
        onScroll={() => {
          repaint();
        }}
      >
        <div className="heat-inner" style={{ height: allPx, ['--plot' as string]: `${widthPx}px` }}>
          <div ref={band} className="heat-band" style={{ height: shape.rowPx }} hidden />
          <Names rows={rows} chosen={chosen} onToggle={onToggle} rowPx={shape.rowPx} />
          {/* biome-ignore lint/a11y/useSemanticElements: a picture with keys is no fieldset */}
          <div
            className="heat-cells"
            role="group"
            aria-label="Heat map, a row for each class. Arrow keys move from cell to cell, Enter plays from there, T adds the class to the timelines."
            // biome-ignore lint/a11y/noNoninteractiveTabindex: it has a cell cursor
            tabIndex={0}
            onPointerMove={onPointerMove}
            onPointerLeave={() => pointed.setState(NOTHING)}
            onKeyDown={onKeyDown}
            onBlur={() => {
              pointed.setState(NOTHING);
              viewport.setCursor(null);
            }}
          >
            <canvas ref={canvas} style={{ height: seenPx }} role="img" aria-label="Scores of all classes over time" />
            <div ref={box} className="heat-box" style={{ height: shape.cellPx }} hidden />
          </div>
        </div>
      </div>
    </div>
  );
}

/** Bars under the cells; those that would touch are one. */
function paintEvents(
  context: CanvasRenderingContext2D,
  events: readonly Span[],
  startS: Seconds,
  endS: Seconds,
  pxPerS: number,
  y: number,
  height: number,
): void {
  let drawnTo = Number.NEGATIVE_INFINITY;
  for (const event of events) {
    if (event.endS <= startS) continue;
    if (event.startS >= endS) break;
    const from = Math.max(drawnTo, (event.startS - startS) * pxPerS);
    const to = Math.max(from + 1, (event.endS - startS) * pxPerS);
    context.fillRect(from, y, to - from, height);
    drawnTo = to;
  }
}

/** The chunks before and after the one at `atS`, by their middles; at least `leastS` on, so that hours are crossed in reasonable time. */
function stepAt(
  scores: ScoreTimeline,
  atS: Seconds,
  leastS: Seconds,
): { readonly beforeS: Seconds; readonly afterS: Seconds } {
  const sequence = scores.at(atS);
  const chunkS = sequence === null ? 0 : scores.endOf(sequence) - scores.startOf(sequence);
  const stepS = Math.max(leastS, chunkS);
  return { beforeS: middleOf(scores, atS - stepS), afterS: middleOf(scores, atS + stepS) };
}

function middleOf(scores: ScoreTimeline, atS: Seconds): Seconds {
  const sequence = scores.at(atS);
  return sequence === null ? atS : (scores.startOf(sequence) + scores.endOf(sequence)) / 2;
}

interface NamesProps {
  readonly rows: readonly HeatRow[];
  readonly chosen: ReadonlyMap<string, number>;
  readonly onToggle: (mid: string) => void;
  readonly rowPx: number;
}

const Names = memo(function Names({ rows, chosen, onToggle, rowPx }: NamesProps) {
  return (
    <ul className="heat-names" style={{ ['--row' as string]: `${rowPx}px` }} data-no-gesture>
      {rows.map((row, place) => {
        const slot = chosen.get(row.mid);
        const isNewBranch = place > 0 && rows[place - 1]?.branch !== row.branch;
        return (
          <li key={row.mid} data-new-branch={isNewBranch}>
            <button
              type="button"
              className="heat-name"
              aria-pressed={slot !== undefined}
              title={[row.name, row.branch, slot === undefined ? 'add to the timelines' : 'remove from the timelines']
                .filter((part) => part !== null)
                .join(' · ')}
              onClick={() => onToggle(row.mid)}
            >
              {slot === undefined ? <span className="heat-dot" /> : <ClassSwatch slot={slot} />}
              <span className="heat-word">{row.name}</span>
              <span className="heat-peak quiet">
                <span className="visually-hidden">, highest score </span>
                {row.peak.toFixed(2)}
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  );
});

interface ReadoutProps {
  readonly pointed: StoreApi<Pointed>;
  readonly scores: ScoreTimeline;
  readonly rows: readonly HeatRow[];
  readonly version: number;
}

/** What is under the pointer or the keyboard cursor, in words; said aloud for the keyboard. */
function Readout({ pointed, scores, rows, version }: ReadoutProps) {
  void version;
  const { viewport, widthPx, dark } = usePlot();
  const { row, atS, byKey } = useStore(pointed);
  const shown = row === null ? undefined : rows[row];
  const words = shown && atS !== null ? cellWords(scores, shown, atS, viewport.getState(), widthPx) : null;
  const gradient = useMemo(() => heatGradient(dark ? 'dark' : 'light'), [dark]);
  return (
    <div className="heat-readout">
      <p aria-live={byKey ? 'polite' : 'off'}>
        {words && shown ? (
          <>
            <strong>{shown.name}</strong> {words}
          </>
        ) : (
          <span className="quiet">lines under the cells are events; the number beside a name is its highest score</span>
        )}
      </p>
      <div className="heat-legend quiet" aria-hidden="true">
        0<span style={{ background: gradient }} />1
      </div>
    </div>
  );
}

function cellWords(scores: ScoreTimeline, row: HeatRow, atS: Seconds, { startS, endS }: Span, widthPx: number): string {
  const { from, to } = scores.range(atS, atS + (endS - startS) / Math.max(1, widthPx));
  if (to <= from) return `not scored at ${formatTime(atS, 1)}`;
  let highest = 0;
  for (let sequence = from; sequence < to; sequence++) {
    highest = Math.max(highest, scores.value(sequence, row.classIndex));
  }
  const span = `${formatTime(scores.startOf(from), 1)} to ${formatTime(scores.endOf(to - 1), 1)}`;
  return to - from === 1 ? `${highest.toFixed(2)} from ${span}` : `${highest.toFixed(2)} at most from ${span}`;
}
