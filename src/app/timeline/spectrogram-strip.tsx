/** The spectrogram of a take: the log-mel its first lane's model was given, copied from painted tiles. */
import { useCallback, useEffect, useRef } from 'react';
import type { MelHistory } from '../../core/scores/mel-history.ts';
import type { Hertz, Seconds } from '../../core/units.ts';
import { hzTicks } from '../charts/mel-axis.ts';
import { SpectrogramTiles } from '../charts/spectrogram-tiles.ts';
import { type Painter, PlotCanvas } from './plot-canvas.tsx';
import { usePlot } from './plot-context.ts';
import { PlotRow } from './time-plot.tsx';

/** Painting new tiles takes at most this long in one frame; the rest comes in the next ones. */
const BUDGET_MS = 6;

export interface SpectrogramStripProps {
  readonly mel: MelHistory | null;
  readonly hopS: Seconds;
  /** Grows when `mel` does. */
  readonly revision: number;
  readonly heightPx?: number;
  /** For the pitch axis; left out when unknown. */
  readonly features?: { readonly fMinHz: Hertz; readonly fMaxHz: Hertz } | null;
}

export function SpectrogramStrip({ mel, hopS, revision, heightPx = 120, features }: SpectrogramStripProps) {
  const { dark } = usePlot();
  const tiles = useRef<SpectrogramTiles | null>(null);
  useEffect(() => {
    const { current } = tiles;
    return () => current?.forget();
  }, []);
  const paint = useCallback<Painter>(
    ({ context, scale, height, ratio }) => {
      void revision;
      if (!mel) return true;
      tiles.current ??= new SpectrogramTiles();
      tiles.current.use(mel, dark ? 'dark' : 'light');
      return tiles.current.paint(context, scale, hopS, height, ratio, BUDGET_MS);
    },
    [mel, hopS, revision, dark],
  );
  return (
    <PlotRow
      name={
        <>
          Spectrogram <span className="quiet">low to high pitch, louder is {dark ? 'lighter' : 'darker'}</span>
        </>
      }
    >
      <PlotCanvas heightPx={heightPx} label="Spectrogram" paint={paint} />
      {mel && features && (
        <div className="hz-axis" style={{ top: 0, height: heightPx }} aria-hidden="true">
          {hzTicks(features.fMinHz, features.fMaxHz, mel.mels, heightPx).map((tick) => (
            <span key={tick.hz} style={{ bottom: `${tick.height * 100}%` }}>
              {tick.label}
            </span>
          ))}
        </div>
      )}
    </PlotRow>
  );
}
