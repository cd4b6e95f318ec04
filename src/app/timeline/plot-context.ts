/** What a strip needs to know of the plot it stands in. */
import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { Viewport, ViewportState } from './viewport.ts';

export interface Plot {
  readonly viewport: Viewport;
  /** CSS pixels of the time axis; 0 until it is laid out. */
  readonly widthPx: number;
  readonly dark: boolean;
}

export const PlotContext = createContext<Plot | null>(null);

export function usePlot(): Plot {
  const plot = useContext(PlotContext);
  if (!plot) throw new Error('a strip must stand inside TimePlot');
  return plot;
}

/** A value of the viewport's state; the component is rendered again when it changes. What moves every frame subscribes instead. */
export const useViewport = <T>(viewport: Viewport, select: (state: ViewportState) => T): T =>
  useStore(viewport, select);
