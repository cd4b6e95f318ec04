/**
 * A chart as a picture to take along: title, notes and sections one below the other on one time axis, drawn anew on a canvas in the
 * colours of the page's theme. Not a copy of the screen: whole names, no scrolling, twice as fine.
 */
import type { MelHistory } from '../../core/scores/mel-history.ts';
import type { Probability, Seconds } from '../../core/units.ts';
import { SpectrogramTiles } from '../charts/spectrogram-tiles.ts';
import { MAX_STEPS, mergedStepRows } from '../charts/step-rows.ts';
import { type TimeScale, timeTicks, xOf } from '../charts/time-scale.ts';
import { DASHES } from '../ui/dashes.ts';
import type { Span } from './event-bars.ts';
import type { TimelineLine } from './timelines.tsx';

export interface PngPaper {
  /** Its origin is the section's top left corner, beside the names; unit: one pixel of the picture. */
  readonly context: CanvasRenderingContext2D;
  readonly scale: TimeScale;
  readonly width: number;
  readonly height: number;
  /** A CSS variable of the theme: `--ink`. */
  colour(name: string): string;
}

export interface PngSection {
  /** Names in the left column, evenly spread over the section's height; one for the whole section, or one per row. */
  readonly names: readonly string[];
  /** CSS pixels; the picture has twice as many. */
  readonly heightPx: number;
  paint(paper: PngPaper): void;
}

export interface PngChart {
  readonly title: string;
  /** Small print below the title: file, model, settings. */
  readonly notes: readonly string[];
  readonly window: Span;
  readonly sections: readonly PngSection[];
}

const RATIO = 2;
const WIDTH_PX = 1200;
const NAMES_PX = 220;
const EDGE_PX = 24;
const FONT = 'Helvetica, Arial, sans-serif';

export function chartPng({ title, notes, window, sections }: PngChart): Promise<Blob> {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const headPx = EDGE_PX + 30 + notes.length * 20 + 12;
  const canvas = document.createElement('canvas');
  canvas.width = WIDTH_PX * RATIO;
  canvas.height = (headPx + sections.reduce((sum, { heightPx }) => sum + heightPx + 10, 0) + 26 + EDGE_PX) * RATIO;
  const context = canvas.getContext('2d');
  if (!context) return Promise.reject(new Error('This browser gave no canvas to draw on.'));
  const px = (value: number): number => value * RATIO;

  context.fillStyle = colour('--panel');
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.textBaseline = 'alphabetic';
  context.fillStyle = colour('--ink');
  context.font = `700 ${px(22)}px ${FONT}`;
  context.fillText(title, px(EDGE_PX), px(EDGE_PX + 20), px(WIDTH_PX - 2 * EDGE_PX));
  context.fillStyle = colour('--ink-2');
  context.font = `${px(13)}px ${FONT}`;
  for (const [line, note] of notes.entries()) {
    context.fillText(note, px(EDGE_PX), px(EDGE_PX + 44 + line * 20), px(WIDTH_PX - 2 * EDGE_PX));
  }

  const left = px(EDGE_PX + NAMES_PX);
  const width = canvas.width - left - px(EDGE_PX);
  const scale: TimeScale = { endS: window.endS, windowS: window.endS - window.startS, widthPx: width };
  let top = px(headPx);
  for (const section of sections) {
    const height = px(section.heightPx);
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    context.translate(left, top);
    section.paint({ context, scale, width, height, colour });
    context.restore();
    context.fillStyle = colour('--ink');
    const row = height / section.names.length;
    const size = Math.min(px(14), row * 0.72);
    context.font = `${size}px ${FONT}`;
    context.textAlign = 'right';
    for (const [place, name] of section.names.entries()) {
      context.fillText(name, left - px(10), top + (place + 0.5) * row + size * 0.35, px(NAMES_PX - 10));
    }
    context.textAlign = 'left';
    context.strokeStyle = colour('--rule');
    context.lineWidth = RATIO / 2;
    context.strokeRect(left, top, width, height);
    top += height + px(10);
  }
  context.fillStyle = colour('--ink-2');
  context.font = `${px(13)}px ${FONT}`;
  for (const { atS, label } of timeTicks(window.startS, window.endS, width / scale.windowS, px(76))) {
    const x = left + xOf(scale, atS);
    if (x > left + width - px(30)) continue;
    context.fillRect(x, top - px(10), RATIO, px(14));
    context.fillText(label, x + px(5), top + px(4));
  }
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('The picture could not be encoded.'))),
      'image/png',
    );
  });
}

export const spectrogramSection = (mel: MelHistory, hopS: Seconds, dark: boolean, heightPx = 130): PngSection => ({
  names: ['Spectrogram'],
  heightPx,
  paint: ({ context, scale, height }) => {
    const tiles = new SpectrogramTiles();
    tiles.use(mel, dark ? 'dark' : 'light');
    tiles.paint(context, scale, hopS, height, 1);
  },
});

export interface StepRowOfPng {
  readonly name: string;
  readonly lines: readonly TimelineLine[];
  readonly bars?: readonly Span[];
}

/** A row of step lines per class, with its threshold and its events. */
export const stepSection = (rows: readonly StepRowOfPng[], threshold: Probability, rowPx = 64): PngSection => ({
  names: rows.map(({ name }) => name),
  heightPx: rows.length * rowPx,
  paint: ({ context, scale, width, height, colour }) => {
    const row = height / rows.length;
    const fromS = scale.endS - scale.windowS;
    for (const [place, { lines, bars = [] }] of rows.entries()) {
      const foot = (place + 1) * row;
      const y = (value: Probability): number => foot - value * row * 0.88;
      context.fillStyle = colour('--rule');
      context.fillRect(0, foot - 1, width, 1);
      context.strokeStyle = colour('--threshold');
      context.lineWidth = RATIO;
      context.setLineDash([3 * RATIO, 4 * RATIO]);
      context.beginPath();
      context.moveTo(0, y(threshold));
      context.lineTo(width, y(threshold));
      context.stroke();
      context.lineWidth = 2 * RATIO;
      for (const line of lines) {
        context.strokeStyle = colour(`--class-${line.slot}`);
        const dash = lines.length > 1 ? (DASHES[line.slot] ?? 'none') : 'none';
        context.setLineDash(dash === 'none' ? [] : dash.split(' ').map((part) => Number(part) * RATIO));
        context.beginPath();
        let before: Probability | null = null;
        for (const { t, values } of mergedStepRows([line], fromS, scale.endS, MAX_STEPS * 4)) {
          const value = values[0] ?? null;
          const x = xOf(scale, t);
          if (before !== null) context.lineTo(x, y(before));
          if (value !== null) {
            if (before === null) context.moveTo(x, y(value));
            else context.lineTo(x, y(value));
          }
          before = value;
        }
        context.stroke();
      }
      context.setLineDash([]);
      context.fillStyle = colour(`--class-${lines[0]?.slot ?? 0}`);
      for (const bar of bars) {
        if (bar.endS <= fromS || bar.startS >= scale.endS) continue;
        const x = xOf(scale, bar.startS);
        context.fillRect(x, foot - 5 * RATIO, Math.max(RATIO, xOf(scale, bar.endS) - x), 5 * RATIO);
      }
    }
  },
});
