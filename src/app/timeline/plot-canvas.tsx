/**
 * A canvas strip: as wide as the time axis, sharp on any screen, painted at most once a frame and only when the window, the size,
 * the theme or its painter changed. The painter decides nothing about when.
 */
import { useCallback, useEffect, useRef } from 'react';
import type { TimeScale } from '../charts/time-scale.ts';
import { FrameLoop } from '../ui/frame-loop.ts';
import { usePlot } from './plot-context.ts';
import type { Viewport } from './viewport.ts';

export interface Painting {
  /** Unit: one device pixel. Cleared. */
  readonly context: CanvasRenderingContext2D;
  readonly scale: TimeScale;
  /** Device pixels. */
  readonly width: number;
  readonly height: number;
  /** Device pixels per CSS pixel. */
  readonly ratio: number;
}

/** Returns whether the picture is whole: after `false` it is called again in the next frame. A new function is a new picture: keep it with useCallback. */
export type Painter = (painting: Painting) => boolean;

export const scaleOf = (viewport: Viewport, widthPx: number): TimeScale => {
  const { startS, endS } = viewport.getState();
  return { endS, windowS: endS - startS, widthPx };
};

export function PlotCanvas(props: { readonly heightPx: number; readonly label: string; readonly paint: Painter }) {
  const { heightPx, label, paint } = props;
  const { viewport, widthPx } = usePlot();
  const canvas = useRef<HTMLCanvasElement>(null);
  useCanvasPaint(canvas, viewport, widthPx, heightPx, paint);
  return <canvas ref={canvas} className="plot-canvas" style={{ height: heightPx }} role="img" aria-label={label} />;
}

/** Paints when it must; the function returned asks for a painting for a reason of the caller's own, such as scrolling. */
export function useCanvasPaint(
  canvas: React.RefObject<HTMLCanvasElement | null>,
  viewport: Viewport,
  widthPx: number,
  heightPx: number,
  paint: Painter,
): () => void {
  const current = useRef<FrameLoop | null>(null);
  useEffect(() => {
    if (widthPx === 0 || heightPx === 0) return;
    const loop = new FrameLoop(() => {
      const element = canvas.current;
      const context = element?.getContext('2d');
      if (!element || !context) return;
      const ratio = window.devicePixelRatio || 1;
      const width = Math.round(widthPx * ratio);
      const height = Math.round(heightPx * ratio);
      if (element.width !== width || element.height !== height) {
        element.width = width;
        element.height = height;
      }
      context.clearRect(0, 0, width, height);
      const isDone = paint({ context, scale: scaleOf(viewport, widthPx), width, height, ratio });
      if (!isDone) loop.request();
    });
    current.current = loop;
    loop.request();
    const unsubscribe = viewport.subscribe((state, before) => {
      if (state.startS !== before.startS || state.endS !== before.endS) loop.request();
    });
    return () => {
      unsubscribe();
      loop.dispose();
      current.current = null;
    };
  }, [canvas, viewport, widthPx, heightPx, paint]);
  return useCallback(() => current.current?.request(), []);
}

/** A CSS variable of the theme, as a canvas wants it. */
export const themeColour = (element: Element, name: string): string =>
  getComputedStyle(element).getPropertyValue(name).trim();
