/** The waveform of a take: lowest and highest sample of every pixel column, as one outline. */
import { useCallback } from 'react';
import { startOf } from '../charts/time-scale.ts';
import type { WaveEnvelope } from '../store/wave-envelope.ts';
import { type Painter, type Painting, PlotCanvas, themeColour } from './plot-canvas.tsx';
import { usePlot } from './plot-context.ts';
import { PlotRow } from './time-plot.tsx';

export interface WaveformStripProps {
  readonly wave: WaveEnvelope;
  /** Grows when `wave` does. */
  readonly revision: number;
  readonly heightPx?: number;
}

export function WaveformStrip({ wave, revision, heightPx = 56 }: WaveformStripProps) {
  const { dark } = usePlot();
  const paint = useCallback<Painter>(
    (painting) => {
      void [revision, dark];
      paintWave(painting, wave, themeColour(painting.context.canvas, '--ink-2'));
      return true;
    },
    [wave, revision, dark],
  );
  return (
    <PlotRow name="Waveform">
      <PlotCanvas heightPx={heightPx} label="Waveform" paint={paint} />
    </PlotRow>
  );
}

/** One device pixel of loudness is left for silence, so that "silent" and "not read" differ. */
export function paintWave({ context, scale, width, height }: Painting, wave: WaveEnvelope, colour: string): void {
  context.fillStyle = colour;
  const secondsPerPx = scale.windowS / width;
  const fromS = startOf(scale);
  const middle = height / 2;
  context.beginPath();
  for (let x = 0; x < width; x++) {
    const span = wave.range(fromS + x * secondsPerPx, fromS + (x + 1) * secondsPerPx);
    if (!span) continue;
    const top = middle - span.max * middle;
    const bottom = middle - span.min * middle;
    context.rect(x, Math.min(top, middle - 0.5), 1, Math.max(1, bottom - top));
  }
  context.fill();
}
