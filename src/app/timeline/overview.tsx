/**
 * The whole recording at a glance, and which part of it is in view: a window that is dragged, drawn anew beside, or moved by keys.
 */
import { type KeyboardEvent, type PointerEvent, useCallback, useEffect, useRef } from 'react';
import type { Seconds } from '../../core/units.ts';
import { formatTime } from '../charts/time-scale.ts';
import type { WaveEnvelope } from '../store/wave-envelope.ts';
import { FrameLoop } from '../ui/frame-loop.ts';
import { useElementWidth } from '../ui/use-element-size.ts';
import { themeColour } from './plot-canvas.tsx';
import { useViewport } from './plot-context.ts';
import { moveByKey } from './use-gestures.ts';
import type { Viewport } from './viewport.ts';
import { paintWave } from './waveform-strip.tsx';
import '../styles/timeline.css';

export interface OverviewProps {
  readonly viewport: Viewport;
  readonly wave: WaveEnvelope;
  /** Grows when the recording does. */
  readonly revision: number;
  readonly dark: boolean;
  readonly heightPx?: number;
}

/** Within this of an edge the window is stretched, not moved. */
const EDGE_PX = 10;
const CLICK_PX = 4;

type Drag =
  | { readonly kind: 'move'; readonly grabS: Seconds }
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'draw'; readonly fromS: Seconds };

export function Overview({ viewport, wave, revision, dark, heightPx = 48 }: OverviewProps) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const play = useRef<HTMLDivElement>(null);
  const widthPx = useElementWidth(box);
  const durationS = useViewport(viewport, (state) => state.durationS);
  const startS = useViewport(viewport, (state) => Math.round(state.startS * 10) / 10);
  const endS = useViewport(viewport, (state) => Math.round(state.endS * 10) / 10);
  const drag = useRef<{ readonly what: Drag; readonly pressedX: number; moved: boolean } | null>(null);

  const paint = useCallback(() => {
    void [revision, dark];
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context || widthPx === 0) return;
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(widthPx * ratio);
    const height = Math.round(heightPx * ratio);
    if (element.width !== width || element.height !== height) {
      element.width = width;
      element.height = height;
    }
    context.clearRect(0, 0, width, height);
    const wholeS = Math.max(durationS, 1e-3);
    const scale = { endS: wholeS, windowS: wholeS, widthPx };
    paintWave({ context, scale, width, height, ratio }, wave, themeColour(element, '--ink-2'));
  }, [wave, revision, dark, widthPx, heightPx, durationS]);
  useEffect(() => {
    const loop = new FrameLoop(paint);
    loop.request();
    return () => loop.dispose();
  }, [paint]);

  useEffect(() => {
    const loop = new FrameLoop(() => {
      const state = viewport.getState();
      const px = widthPx / Math.max(1e-3, state.durationS);
      if (frame.current) {
        frame.current.dataset['whole'] = String(state.startS <= 0 && state.endS >= state.durationS);
        frame.current.style.left = `${state.startS * px}px`;
        frame.current.style.width = `${Math.max(3, (Math.min(state.durationS, state.endS) - state.startS) * px)}px`;
      }
      if (play.current) {
        play.current.hidden = state.playS === null;
        play.current.style.transform = `translateX(${Math.min(widthPx - 1, (state.playS ?? 0) * px)}px)`;
      }
    });
    loop.request();
    const unsubscribe = viewport.subscribe(() => loop.request());
    return () => {
      unsubscribe();
      loop.dispose();
    };
  }, [viewport, widthPx]);

  const timeAt = (event: PointerEvent): Seconds => {
    const left = box.current?.getBoundingClientRect().left ?? 0;
    return ((event.clientX - left) / Math.max(1, widthPx)) * durationS;
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.button !== 0) return;
    const atS = timeAt(event);
    const state = viewport.getState();
    const slackS = (EDGE_PX / Math.max(1, widthPx)) * durationS;
    const isWhole = state.startS <= 0 && state.endS >= durationS;
    let what: Drag = { kind: 'draw', fromS: atS };
    if (!isWhole && Math.abs(atS - state.startS) < slackS) what = { kind: 'start' };
    else if (!isWhole && Math.abs(atS - state.endS) < slackS) what = { kind: 'end' };
    else if (!isWhole && atS > state.startS && atS < state.endS) what = { kind: 'move', grabS: atS - state.startS };
    drag.current = { what, pressedX: event.clientX, moved: false };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent): void => {
    const { current } = drag;
    if (!current) return;
    if (!current.moved && Math.abs(event.clientX - current.pressedX) <= CLICK_PX) return;
    current.moved = true;
    const atS = Math.min(durationS, Math.max(0, timeAt(event)));
    const state = viewport.getState();
    switch (current.what.kind) {
      case 'move':
        viewport.panBy(timeAt(event) - current.what.grabS - state.startS);
        return;
      case 'start':
        if (atS < state.endS) viewport.show(atS, state.endS);
        return;
      case 'end':
        if (atS > state.startS) viewport.show(state.startS, atS);
        return;
      case 'draw':
        viewport.show(Math.min(current.what.fromS, atS), Math.max(current.what.fromS, atS));
    }
  };
  const onPointerUp = (event: PointerEvent): void => {
    const { current } = drag;
    drag.current = null;
    if (!current || current.moved) return;
    // A press beside the window brings it there.
    const state = viewport.getState();
    viewport.panBy(timeAt(event) - (state.startS + state.endS) / 2);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (moveByKey(event, viewport)) event.preventDefault();
  };

  return (
    <div className="overview">
      <div
        ref={box}
        className="overview-box"
        style={{ height: heightPx }}
        role="slider"
        tabIndex={0}
        aria-label="Part in view"
        aria-valuemin={0}
        aria-valuemax={Math.round(durationS)}
        aria-valuenow={Math.round(startS)}
        aria-valuetext={`${formatTime(startS)} to ${formatTime(Math.min(endS, durationS))} of ${formatTime(durationS)}`}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={() => {
          drag.current = null;
        }}
        onKeyDown={onKeyDown}
      >
        <canvas ref={canvas} style={{ height: heightPx }} />
        <div ref={frame} className="overview-window" />
        <div ref={play} className="overview-play" hidden />
      </div>
    </div>
  );
}
