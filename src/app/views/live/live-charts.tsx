/**
 * Timelines and spectrogram on one time axis. Recharts, gaps, marks and ticks are laid on a strip of paper that is redrawn once a
 * chunk and shifted once a frame; the spectrogram is copied from painted tiles in the same frame.
 */
import { type PointerEvent, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { markLabels } from '../../charts/mark-labels.ts';
import { hzTicks } from '../../charts/mel-axis.ts';
import { OVERLAID_TOP, ProbabilityChart } from '../../charts/probability-chart.tsx';
import { SpectrogramTiles } from '../../charts/spectrogram-tiles.ts';
import { stepRows } from '../../charts/step-rows.ts';
import {
  type Cover,
  coverFor,
  formatTime,
  pxPerSecond,
  type TimeScale,
  timeAt,
  timeTicks,
  xOf,
} from '../../charts/time-scale.ts';
import { useLive, useLiveState } from '../../store/context.ts';
import { FrameLoop } from '../../ui/frame-loop.ts';
import { useElementWidth } from '../../ui/use-element-size.ts';
import { useMedia } from '../../ui/use-media.ts';
import { ChartToolbar } from './chart-toolbar.tsx';
import { gapWords } from './gap-words.ts';
import { RowLabels } from './row-labels.tsx';
import { scrollTo, viewEnd } from './scrolling.ts';
import { Scrubber } from './scrubber.tsx';

export function LiveCharts({ dark }: { readonly dark: boolean }) {
  const live = useLive();
  const { store } = live;
  const { history } = store;
  const narrow = useMedia('(max-width: 720px)');
  const calm = useMedia('(prefers-reduced-motion: reduce)');

  const rows = useLiveState((state) => state.rows);
  const card = useLiveState((state) => state.card);
  const { windowS, threshold, layout } = useLiveState((state) => state.settings);
  const revision = useLiveState((state) => state.revision);
  const marks = useLiveState((state) => state.marks);
  const gaps = useLiveState((state) => state.gaps);
  const listening = useLiveState((state) => state.phase.kind === 'listening');
  const paused = useLiveState((state) => state.view.kind === 'paused');
  const session = useLiveState((state) => state.session);

  const plot = useRef<HTMLDivElement>(null);
  const strip = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const cursorLine = useRef<HTMLDivElement>(null);
  const cursorTime = useRef<HTMLSpanElement>(null);
  const cursorX = useRef<number | null>(null);
  const tiles = useRef<SpectrogramTiles | null>(null);
  const loop = useRef<FrameLoop | null>(null);
  const widthPx = useElementWidth(plot);

  const [cover, setCover] = useState<Cover>(() => coverFor(0, windowS));
  /** Sequence number of the chunk under the cursor; null without cursor, or where nothing was scored. */
  const [pointed, setPointed] = useState<number | null>(null);

  // Few rows stand taller: the picture keeps about its height.
  const rowPx = narrow ? 60 : Math.round(Math.min(60, Math.max(38, 300 / Math.max(1, rows.length))));
  const lanesPx = layout === 'rows' ? Math.max(1, rows.length) * rowPx : narrow ? 190 : 300;
  const spectrogramPx = narrow ? 104 : 140;
  const pxPerS = widthPx / windowS;

  // What the frame needs, without remaking the loop when it changes.
  const shape = useRef({ widthPx, windowS, spectrogramPx, cover, dark });
  shape.current = { widthPx, windowS, spectrogramPx, cover, dark };

  const draw = useCallback(
    (atMs: number): void => {
      const { widthPx, windowS, spectrogramPx, cover, dark } = shape.current;
      if (widthPx === 0) return;
      const state = store.getState();
      const scale: TimeScale = { endS: viewEnd(live, atMs), windowS, widthPx };
      const wanted = coverFor(scale.endS, windowS);
      if (wanted.startS !== cover.startS || wanted.endS !== cover.endS) setCover(wanted);
      const ratio = window.devicePixelRatio || 1;
      const shift = Math.round(xOf(scale, cover.startS) * ratio) / ratio;
      if (strip.current) strip.current.style.transform = `translate3d(${shift}px, 0, 0)`;
      tiles.current ??= new SpectrogramTiles();
      paintSpectrogram(canvas.current, history, tiles.current, scale, spectrogramPx, dark, ratio);
      const x = cursorX.current;
      if (cursorLine.current) {
        cursorLine.current.hidden = x === null;
        if (x !== null) cursorLine.current.style.transform = `translateX(${Math.min(x, widthPx - 1)}px)`;
      }
      const pointedS = x === null ? null : timeAt(scale, x);
      if (cursorTime.current) {
        cursorTime.current.textContent = pointedS === null || pointedS < 0 ? '' : formatTime(pointedS, 1);
        if (x !== null) cursorTime.current.dataset['side'] = x > widthPx - 70 ? 'left' : 'right';
      }
      const sequence = pointedS === null ? null : (history.scores?.at(pointedS) ?? null);
      setPointed(sequence);
      if (state.phase.kind !== 'listening') loop.current?.move(false);
    },
    [live, store, history],
  );

  useEffect(() => {
    const made = new FrameLoop(draw);
    loop.current = made;
    const unsubscribe = store.subscribe(() => made.request());
    return () => {
      unsubscribe();
      made.dispose();
      loop.current = null;
    };
  }, [draw, store]);
  useEffect(() => loop.current?.move(listening && !paused, calm ? 500 : 0), [listening, paused, calm]);
  useEffect(() => {
    void session;
    tiles.current?.forget();
  }, [session]);
  // The strip was laid out anew: shift it before it is seen.
  useLayoutEffect(() => {
    void [cover, widthPx, windowS, spectrogramPx, dark];
    draw(performance.now());
  }, [draw, cover, widthPx, windowS, spectrogramPx, dark]);

  // When the newest chunk is on the screen, the delay is known.
  useLayoutEffect(() => {
    void revision;
    const frame = requestAnimationFrame(() => {
      setTimeout(() => store.applyShown(performance.timeOrigin + performance.now()), 0);
    });
    return () => cancelAnimationFrame(frame);
  }, [revision, store]);

  const steps = useMemo(() => {
    void revision;
    if (!history.scores) return [];
    return stepRows(
      history.scores,
      rows.map((row) => row.classIndex),
      cover.startS,
      cover.endS,
    );
  }, [history, rows, cover, revision]);

  const dragging = useRef<{ readonly x: number; readonly endS: number; moved: boolean } | null>(null);
  const at = (event: PointerEvent): number => event.clientX - (plot.current?.getBoundingClientRect().left ?? 0);
  const point = (x: number | null): void => {
    cursorX.current = x;
    loop.current?.request();
  };

  useEffect(() => {
    const { current } = plot;
    if (!current) return;
    // Only sideways: the page scrolls as ever.
    const wheel = (event: WheelEvent): void => {
      const dx = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
      if (Math.abs(dx) <= Math.abs(event.shiftKey ? 0 : event.deltaY)) return;
      event.preventDefault();
      const { widthPx, windowS } = shape.current;
      scrollTo(live, viewEnd(live) + dx / (widthPx / windowS));
    };
    current.addEventListener('wheel', wheel, { passive: false });
    return () => current.removeEventListener('wheel', wheel);
  }, [live]);

  const scoredToS = history.scores?.endS ?? 0;
  const inCover = ({ startS, endS }: Cover): boolean => endS > cover.startS && startS < cover.endS;
  const left = (timeS: number): number => (timeS - cover.startS) * pxPerS;
  const features = card?.features;

  return (
    <section className="charts" aria-labelledby="charts-title">
      <ChartToolbar pointed={pointed} />
      <div
        className="chart-grid"
        style={{
          ['--row' as string]: `${rowPx}px`,
          ['--lanes' as string]: `${lanesPx}px`,
          ['--spectrogram' as string]: `${spectrogramPx}px`,
        }}
      >
        <RowLabels rows={rows} pointed={pointed} />
        <p className="scale-name quiet">scores 0 to 1, dashed: {threshold.toFixed(2)}</p>
        <p className="spectrogram-name">
          Spectrogram
          <span className="quiet">low to high pitch, louder is {dark ? 'lighter' : 'darker'}</span>
        </p>
        {/* biome-ignore lint/a11y/useSemanticElements: a picture with keys is no fieldset */}
        <div
          ref={plot}
          className="plot"
          role="group"
          aria-label="Scores and spectrogram over time. Arrow keys scroll; comma and full stop move the cursor by a chunk."
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls with the arrow keys, as any scrolling region
          tabIndex={0}
          data-paused={paused}
          onPointerDown={(event) => {
            if (event.button !== 0) return;
            dragging.current = { x: at(event), endS: viewEnd(live), moved: false };
            event.currentTarget.setPointerCapture(event.pointerId);
          }}
          onPointerMove={(event) => {
            const x = at(event);
            const drag = dragging.current;
            if (drag && Math.abs(x - drag.x) > 4) drag.moved = true;
            if (drag?.moved) scrollTo(live, drag.endS - (x - drag.x) / pxPerS);
            point(x);
          }}
          onPointerUp={() => {
            dragging.current = null;
          }}
          onPointerCancel={() => {
            dragging.current = null;
          }}
          onPointerLeave={() => point(null)}
          onBlur={() => point(null)}
          onKeyDown={(event) => {
            if (event.key !== ',' && event.key !== '.') return;
            event.preventDefault();
            const scale: TimeScale = { endS: viewEnd(live), windowS, widthPx };
            scrollTo(live, scale.endS);
            const { scores } = history;
            if (!scores || scores.to === scores.from) return;
            const here =
              cursorX.current === null ? scores.to : (scores.at(timeAt(scale, cursorX.current)) ?? scores.to);
            const next = Math.min(scores.to - 1, Math.max(scores.from, here + (event.key === ',' ? -1 : 1)));
            const middleS = (scores.startOf(next) + scores.endOf(next)) / 2;
            let endS = scale.endS;
            if (middleS > endS) endS = middleS + windowS / 8;
            if (middleS < endS - windowS) endS = middleS + windowS * (7 / 8);
            if (endS !== scale.endS) scrollTo(live, endS);
            point(xOf({ ...scale, endS: viewEnd(live) }, middleS));
          }}
        >
          <canvas
            ref={canvas}
            className="spectrogram"
            style={{ height: spectrogramPx }}
            role="img"
            aria-label="Spectrogram"
          />
          {listening && !paused && <span className="hearing-word">being heard</span>}
          <div ref={strip} className="strip" style={{ width: (cover.endS - cover.startS) * pxPerS }}>
            <div className="lanes" style={{ height: lanesPx }}>
              {widthPx > 0 && rows.length > 0 && (
                <ProbabilityChart
                  steps={steps}
                  rows={rows}
                  layout={layout}
                  cover={cover}
                  threshold={threshold}
                  fill={narrow ? 0.62 : 0.84}
                  widthPx={(cover.endS - cover.startS) * pxPerS}
                  heightPx={lanesPx}
                />
              )}
            </div>
            {cover.startS < 0 && <div className="before" style={{ left: 0, width: Math.max(0, left(0)) }} />}
            {listening && <div className="hearing" style={{ left: left(scoredToS), height: lanesPx }} />}
            {gaps.filter(inCover).map((gap) => (
              <div
                key={`${gap.startS}:${gap.endS}:${gap.reason}`}
                className="gap"
                title={gapWords(gap)}
                style={{ left: left(gap.startS), width: Math.max(2, (gap.endS - gap.startS) * pxPerS) }}
              >
                {(gap.endS - gap.startS) * pxPerS > 40 && <span>{gapWords(gap)}</span>}
              </div>
            ))}
            {marks
              .filter((mark) => mark.atS >= cover.startS && mark.atS <= cover.endS)
              .map((mark, index) => (
                <div key={`${mark.atS}:${index}`} className="mark" style={{ left: left(mark.atS) }} />
              ))}
            {markLabels(marks, cover.startS, cover.endS, pxPerS).map((mark) => (
              <span key={mark.atS} className="mark-label" style={{ left: left(mark.atS) }}>
                {mark.text}
              </span>
            ))}
            <div className="time-axis" style={{ top: 20 + lanesPx + spectrogramPx + 1 }}>
              {timeTicks(cover.startS, cover.endS, pxPerS).map((tick) => (
                <span key={tick.atS} style={{ left: left(tick.atS) }}>
                  {tick.label}
                </span>
              ))}
            </div>
          </div>
          {layout === 'overlaid' && (
            <div className="hz-axis" style={{ top: 20, height: lanesPx }} aria-hidden="true">
              {[0.25, 0.5, 0.75, 1].map((score) => (
                <span key={score} style={{ bottom: `${(score / OVERLAID_TOP) * 100}%` }}>
                  {score}
                </span>
              ))}
            </div>
          )}
          {features && (
            <div className="hz-axis" style={{ top: 20 + lanesPx, height: spectrogramPx }} aria-hidden="true">
              {hzTicks(features.fMinHz, features.fMaxHz, features.mels, spectrogramPx).map((tick) => (
                <span key={tick.hz} style={{ bottom: `${tick.height * 100}%` }}>
                  {tick.label}
                </span>
              ))}
            </div>
          )}
          <div ref={cursorLine} className="cursor" hidden>
            <span ref={cursorTime} />
          </div>
        </div>
      </div>
      <Scrubber />
    </section>
  );
}

function paintSpectrogram(
  canvas: HTMLCanvasElement | null,
  history: ReturnType<typeof useLive>['store']['history'],
  tiles: SpectrogramTiles,
  scale: TimeScale,
  heightPx: number,
  dark: boolean,
  ratio: number,
): void {
  const context = canvas?.getContext('2d');
  if (!canvas || !context) return;
  const width = Math.round(scale.widthPx * ratio);
  const height = Math.round(heightPx * ratio);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
    delete canvas.dataset['drawn'];
  }
  // Nothing moved by a pixel, nothing new: nothing to draw.
  const drawn = [
    Math.round((scale.endS - scale.windowS) * pxPerSecond(scale) * ratio),
    scale.windowS,
    history.mel?.endFrame ?? 0,
    dark,
  ].join(' ');
  if (canvas.dataset['drawn'] === drawn) return;
  canvas.dataset['drawn'] = drawn;
  context.clearRect(0, 0, width, height);
  if (!history.mel) return;
  tiles.use(history.mel, dark ? 'dark' : 'light');
  tiles.paint(context, scale, history.hopS, height, ratio);
}
