/** The review as a picture: spectrogram, heat map and timelines of the part in view. */
import type { MelHistory } from '../../../core/scores/mel-history.ts';
import type { Probability, Seconds } from '../../../core/units.ts';
import {
  chartPng,
  type PngSection,
  type StepRowOfPng,
  spectrogramSection,
  stepSection,
} from '../../timeline/chart-png.ts';
import type { Span } from '../../timeline/event-bars.ts';
import { heatColours, paintHeat } from './heat-image.ts';
import type { HeatRow } from './heat-rows.ts';
import type { ScorePyramid } from './score-pyramid.ts';

export interface ReviewPicture {
  readonly title: string;
  readonly notes: readonly string[];
  readonly window: Span;
  readonly mel: MelHistory | null;
  readonly hopS: Seconds;
  readonly dark: boolean;
  readonly pyramid: ScorePyramid;
  readonly heat: readonly HeatRow[];
  readonly timelines: readonly StepRowOfPng[];
  /** By output row. */
  readonly events: ReadonlyMap<number, readonly Span[]>;
  readonly threshold: Probability;
}

/** More rows than this nobody reads in a picture; the strongest are kept, in their order. */
const MOST_ROWS = 40;

export function reviewPng(picture: ReviewPicture): Promise<Blob> {
  const { title, notes, window, mel, hopS, dark, heat, timelines, threshold } = picture;
  const kept = new Set([...heat].sort((a, b) => b.peak - a.peak).slice(0, MOST_ROWS));
  const rows = heat.filter((row) => kept.has(row));
  const left = heat.length - rows.length;
  const sections: PngSection[] = [];
  if (mel) sections.push(spectrogramSection(mel, hopS, dark));
  if (rows.length > 0) sections.push(heatSection(picture, rows));
  if (timelines.length > 0) sections.push(stepSection(timelines, threshold));
  return chartPng({
    title,
    notes: left > 0 ? [...notes, `${rows.length} classes with the highest scores; ${left} more are not drawn`] : notes,
    window,
    sections,
  });
}

const heatSection = ({ pyramid, dark, events }: ReviewPicture, rows: readonly HeatRow[]): PngSection => ({
  names: rows.map(({ name }) => name),
  heightPx: rows.length * 18,
  paint: ({ context, scale, width, height, colour }) => {
    const startS = scale.endS - scale.windowS;
    const image = new ImageData(width, rows.length);
    paintHeat(
      {
        pyramid,
        classes: Uint16Array.from(rows, ({ classIndex }) => classIndex),
        startS,
        endS: scale.endS,
        width,
        colours: heatColours(dark ? 'dark' : 'light'),
      },
      new Uint32Array(image.data.buffer),
    );
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = rows.length;
    canvas.getContext('2d')?.putImageData(image, 0, 0);
    context.imageSmoothingEnabled = false;
    const rowPx = height / rows.length;
    context.fillStyle = colour('--ink');
    for (const [place, row] of rows.entries()) {
      const top = Math.round(place * rowPx);
      context.drawImage(canvas, 0, place, width, 1, 0, top + 1, width, rowPx - 6);
      for (const { startS: fromS, endS: toS } of events.get(row.classIndex) ?? []) {
        if (toS <= startS || fromS >= scale.endS) continue;
        const x = ((fromS - startS) / scale.windowS) * width;
        context.fillRect(x, top + rowPx - 4, Math.max(1, ((toS - fromS) / scale.windowS) * width), 4);
      }
    }
  },
});
