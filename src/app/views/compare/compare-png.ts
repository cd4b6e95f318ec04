/**
 * The comparison as a figure to take along: spectrogram, panels with a label at each line, legend with models and settings, and the
 * numbers below. Drawn anew on light paper, twice as fine as a screen; not a copy of the page.
 */
import type { Probability } from '../../../core/units.ts';
import { type HzTick, hzTicks } from '../../charts/mel-axis.ts';
import { formatTime, type TimeScale, timeTicks, xOf } from '../../charts/time-scale.ts';
import type { Take } from '../../store/take.ts';
import { type PngSection, spectrogramSection, stepSection } from '../../timeline/chart-png.ts';
import type { Span } from '../../timeline/event-bars.ts';
import type { PlotGap } from '../../timeline/time-plot.tsx';
import { DASHES } from '../../ui/dashes.ts';
import { lightColours, spreadOut, wrapped } from '../../ui/save-png.ts';
import type { Chosen } from './class-choice.ts';
import { type Comparison, cellsOf } from './compare-all.ts';
import type { PanelLayout } from './compare-state.ts';
import { costWords, speedWords } from './lane-cost.ts';
import { kindWords, modelOfLane } from './lane-words.ts';
import { nameOfClass, type ReadyLane } from './ready-lane.ts';

export interface ComparePicture {
  readonly take: Take;
  readonly lanes: readonly ReadyLane[];
  readonly chosen: readonly Chosen[];
  readonly layout: PanelLayout;
  readonly threshold: Probability;
  /** What the panels show; the numbers may be of more. */
  readonly window: Span;
  readonly gaps: readonly PlotGap[];
  readonly comparison: Comparison | null;
  readonly madeAt: Date;
}

const RATIO = 2;
const WIDTH = 1240;
const EDGE = 32;
const NAMES = 150;
/** For the labels right of the lines. */
const LABELS = 150;
const PANEL = 96;
const SPECTROGRAM = 120;
const FONT = '"Helvetica Neue", Helvetica, "Liberation Sans", Arial, sans-serif';
/** Part of a panel a score of 1 reaches to, as in stepSection. */
const FILL = 0.88;

const COLOURS = [
  '--panel',
  '--ink',
  '--ink-2',
  '--rule',
  '--threshold',
  '--gap',
  ...DASHES.map((_, n) => `--class-${n}`),
];

interface PanelPlan {
  readonly name: string;
  readonly lines: readonly {
    readonly lane: ReadyLane;
    readonly classIndex: number;
    readonly slot: number;
    readonly label: string;
  }[];
}

function panelsOf({ lanes, chosen, layout }: ComparePicture): PanelPlan[] {
  const line = (lane: ReadyLane, mid: string, slot: number, label: string): PanelPlan['lines'] => {
    const classIndex = lane.indexOf(mid);
    return classIndex === undefined ? [] : [{ lane, classIndex, slot, label }];
  };
  if (layout === 'class') {
    return chosen.map(({ mid }) => ({
      name: nameOfClass(lanes, mid),
      lines: lanes.flatMap((lane) => line(lane, mid, lane.slot, lane.label)),
    }));
  }
  return lanes.map((lane) => ({
    name: lane.label,
    lines: chosen.flatMap(({ mid, slot }) => line(lane, mid, slot, nameOfClass(lanes, mid))),
  }));
}

/** @throws Error when the browser gives no canvas. */
export function comparePicture(picture: ComparePicture): HTMLCanvasElement {
  // Once to know how high it is, once to draw.
  const height = new Figure(document.createElement('canvas'), 'measure').draw(picture);
  const canvas = document.createElement('canvas');
  canvas.width = WIDTH * RATIO;
  canvas.height = Math.ceil(height) * RATIO;
  new Figure(canvas, 'draw').draw(picture);
  return canvas;
}

class Figure {
  readonly #context: CanvasRenderingContext2D;
  readonly #colour = lightColours(COLOURS);
  #y = EDGE;

  /** Measuring leaves out what is dear and has a known height. */
  readonly #manner: 'measure' | 'draw';

  constructor(canvas: HTMLCanvasElement, manner: 'measure' | 'draw') {
    this.#manner = manner;
    const context = canvas.getContext('2d');
    if (!context) throw new Error('This browser gave no canvas to draw on.');
    this.#context = context;
    context.fillStyle = this.#colour('--panel');
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.scale(RATIO, RATIO);
    context.textBaseline = 'alphabetic';
  }

  /** Returns the height, in CSS pixels. */
  draw(picture: ComparePicture): number {
    const { take, window, threshold, comparison } = picture;
    this.#paragraph(take.name, 22, '--ink', 700);
    const shown = `${formatTime(window.startS, 1)} to ${formatTime(window.endS, 1)} of ${formatTime(take.durationS, 1)}`;
    this.#paragraph(
      `Sound tagging lanes on the same samples, ${shown}. Dotted line: threshold ${threshold.toFixed(2)}.`,
      14,
      '--ink-2',
    );
    const lost = picture.gaps.filter((gap) => gap.endS > window.startS && gap.startS < window.endS);
    if (lost.length > 0) {
      const words = lost.map(({ startS, text }) => `at ${formatTime(startS, 1)} ${text}`).join('; ');
      this.#paragraph(`Grey, not scored: ${words}.`, 13, '--ink-2');
    }
    this.#y += 10;
    this.#legend(picture);
    this.#plot(picture);
    if (comparison) this.#results(comparison, picture);
    this.#y += 8;
    this.#paragraph(`Made with Earshot, ${dateText(picture.madeAt)}. ${sourceText(take)}`, 12, '--ink-2');
    return this.#y + EDGE - 12;
  }

  #font(size: number, weight: number): void {
    this.#context.font = `${weight} ${size}px ${FONT}`;
  }

  #paragraph(text: string, size: number, colour: string, weight = 400, left = EDGE, width = WIDTH - 2 * EDGE): void {
    const context = this.#context;
    this.#font(size, weight);
    context.fillStyle = this.#colour(colour);
    for (const line of wrapped(text, width, (part) => context.measureText(part).width)) {
      this.#y += size;
      context.fillText(line, left, this.#y, width);
      this.#y += size * 0.45;
    }
  }

  #swatch(slot: number, x: number, y: number, width = 34): void {
    const context = this.#context;
    context.save();
    context.strokeStyle = this.#colour(`--class-${slot}`);
    context.lineWidth = 3;
    context.setLineDash(dashOf(slot));
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + width, y);
    context.stroke();
    context.restore();
  }

  #legend({ lanes, take, layout }: ComparePicture): void {
    const context = this.#context;
    for (const { lane, slot, label } of lanes) {
      const named = { setup: lane.setup, model: modelOfLane(lane) };
      this.#y += 20;
      if (layout === 'class') this.#swatch(slot, EDGE, this.#y - 5);
      context.fillStyle = this.#colour('--ink');
      this.#font(14, 700);
      context.fillText(label, EDGE + 46, this.#y);
      const from = EDGE + 46 + context.measureText(label).width + 12;
      const id = lane.card ? `${lane.card.id}, sha256 ${lane.card.sha256.slice(0, 8)}` : lane.setup.modelId;
      const facts = [
        kindWords(named),
        id,
        lane.backend?.label,
        speedWords(lane),
        costWords(lane, take.lanes)?.slice(0, -1),
      ];
      const top = this.#y;
      this.#y -= 13;
      this.#paragraph(facts.filter(Boolean).join(' · '), 13, '--ink-2', 400, from, WIDTH - EDGE - from);
      this.#y = Math.max(top, this.#y - 6);
    }
    this.#y += 16;
  }

  #plot(picture: ComparePicture): void {
    const { take, threshold, window, gaps } = picture;
    const context = this.#context;
    const top = this.#y;
    if (take.mel) {
      this.#name('Spectrogram', this.#y + 16);
      const features = take.lanes[0]?.card?.features;
      if (features) this.#hertz(this.#y, hzTicks(features.fMinHz, features.fMaxHz, take.mel.mels, SPECTROGRAM));
      this.#section(spectrogramSection(take.mel, take.hopS, false, SPECTROGRAM), window);
      this.#y += 8;
    }
    for (const { name, lines } of panelsOf(picture)) {
      const from = this.#y;
      this.#name(name, from + PANEL / 2 + 5);
      this.#scaleNumbers(from, threshold);
      if (lines.length > 0) {
        this.#section(
          stepSection(
            [{ name, lines: lines.map(({ lane, classIndex, slot }) => ({ scores: lane.scores, classIndex, slot })) }],
            threshold,
            PANEL,
          ),
          window,
        );
      } else this.#y += PANEL;
      this.#lineLabels(lines, from, window);
      this.#y += 6;
    }
    const bottom = this.#y - 6;
    context.fillStyle = this.#colour('--gap');
    for (const gap of gaps) {
      if (gap.endS <= window.startS || gap.startS >= window.endS) continue;
      const scale = this.#scale(window);
      const x = Math.max(0, xOf(scale, gap.startS));
      const width = Math.min(scale.widthPx, xOf(scale, gap.endS)) - x;
      context.fillRect(EDGE + NAMES + x, top, Math.max(1, width), bottom - top);
    }
    this.#timeAxis(window);
  }

  #scale(window: Span): TimeScale {
    const widthPx = WIDTH - 2 * EDGE - NAMES - LABELS;
    return { endS: window.endS, windowS: window.endS - window.startS, widthPx };
  }

  #name(text: string, y: number): void {
    const context = this.#context;
    this.#font(14, 700);
    context.fillStyle = this.#colour('--ink');
    const lines = wrapped(text, NAMES - 44, (part) => context.measureText(part).width);
    for (const [at, line] of lines.entries()) {
      context.fillText(line, EDGE, y + (at - (lines.length - 1) / 2) * 17, NAMES - 40);
    }
  }

  /** 0, 1 and the threshold beside a panel. */
  #scaleNumbers(top: number, threshold: Probability): void {
    const context = this.#context;
    this.#font(11, 400);
    context.fillStyle = this.#colour('--ink-2');
    context.textAlign = 'right';
    const x = EDGE + NAMES - 6;
    for (const value of [0, 1, ...(threshold > 0.15 && threshold < 0.85 ? [threshold] : [])]) {
      const text = Number.isInteger(value) ? String(value) : value.toFixed(2);
      context.fillText(text, x, top + PANEL - value * PANEL * FILL + (value === 0 ? 0 : 4));
    }
    context.textAlign = 'left';
  }

  #hertz(top: number, ticks: readonly HzTick[]): void {
    const context = this.#context;
    this.#font(11, 400);
    context.fillStyle = this.#colour('--ink-2');
    context.textAlign = 'right';
    for (const { label, height } of ticks) {
      context.fillText(label, EDGE + NAMES - 6, top + SPECTROGRAM * (1 - height) + 4);
    }
    context.textAlign = 'left';
  }

  /** The section's own painter, in its place; unit there is a pixel of the picture. */
  #section(section: PngSection, window: Span): void {
    const context = this.#context;
    const { widthPx, ...scale } = this.#scale(window);
    const left = EDGE + NAMES;
    const width = widthPx * RATIO;
    const height = section.heightPx * RATIO;
    context.save();
    context.setTransform(1, 0, 0, 1, left * RATIO, this.#y * RATIO);
    context.beginPath();
    context.rect(0, 0, width, height);
    context.clip();
    if (this.#manner === 'draw')
      section.paint({ context, scale: { ...scale, widthPx: width }, width, height, colour: this.#colour });
    context.restore();
    context.strokeStyle = this.#colour('--rule');
    context.lineWidth = 0.5;
    context.strokeRect(left, this.#y, widthPx, section.heightPx);
    this.#y += section.heightPx;
  }

  /** Each line's name where the line ends. */
  #lineLabels(lines: PanelPlan['lines'], top: number, window: Span): void {
    const context = this.#context;
    const ends = lines.flatMap(({ lane, classIndex, slot, label }) => {
      const last = lane.scores
        .series(classIndex, window.startS, window.endS, 4096)
        .findLast(({ value }) => value !== null);
      return last ? [{ slot, label, y: top + PANEL - (last.value ?? 0) * PANEL * FILL }] : [];
    });
    const places = spreadOut(
      ends.map(({ y }) => y),
      15,
      top + 8,
      top + PANEL - 6,
    );
    const left = WIDTH - EDGE - LABELS + 8;
    for (const [at, { slot, label }] of ends.entries()) {
      this.#swatch(slot, left, places[at]!, 18);
      this.#font(12, 400);
      context.fillStyle = this.#colour('--ink');
      context.fillText(label, left + 24, places[at]! + 4, LABELS - 32);
    }
  }

  #timeAxis(window: Span): void {
    const context = this.#context;
    const scale = this.#scale(window);
    this.#font(12, 400);
    for (const { atS, label } of timeTicks(window.startS, window.endS, scale.widthPx / scale.windowS)) {
      const x = EDGE + NAMES + xOf(scale, atS);
      context.fillStyle = this.#colour('--rule');
      context.fillRect(x, this.#y - 6, 1, 12);
      context.fillStyle = this.#colour('--ink-2');
      if (x < WIDTH - EDGE - LABELS - 24) context.fillText(label, x + 4, this.#y + 8);
    }
    this.#y += 26;
  }

  #results({ span, classes }: Comparison, { lanes, threshold, layout }: ComparePicture): void {
    const context = this.#context;
    const columns = [EDGE + 270, EDGE + 390, EDGE + 530, EDGE + 640];
    const words = EDGE + 690;
    const reach = threshold.toFixed(2);
    this.#y += 12;
    this.#font(13, 400);
    context.fillStyle = this.#colour('--ink-2');
    context.fillText(`${formatTime(span.startS, 1)} to ${formatTime(span.endS, 1)}, ★ best lane`, EDGE, this.#y);
    context.textAlign = 'right';
    for (const [at, title] of ['First said', `At ${reach} or more`, 'Crossings a minute', 'Mean score'].entries()) {
      context.fillText(title, columns[at]!, this.#y);
    }
    context.textAlign = 'left';
    this.#y += 6;
    for (const { name, sentence, lanes: results } of classes) {
      context.fillStyle = this.#colour('--rule');
      context.fillRect(EDGE, this.#y, WIDTH - 2 * EDGE, 1);
      this.#y += 6;
      const top = this.#y;
      this.#paragraph(sentence, 13, '--ink', 400, words, WIDTH - EDGE - words);
      const foot = this.#y;
      this.#y = top;
      this.#paragraph(name, 14, '--ink', 700, EDGE, words - EDGE - 24);
      for (const [lane, result] of results.entries()) {
        this.#y += 17;
        const slot = lanes[lane]?.slot ?? 0;
        if (layout === 'class') this.#swatch(slot, EDGE, this.#y - 4, 26);
        this.#font(13, 400);
        context.fillStyle = this.#colour('--ink');
        context.fillText(result.label, EDGE + 36, this.#y, 170);
        context.textAlign = 'right';
        for (const [at, { measure, text }] of cellsOf(result).entries()) {
          const isBest = result.best.has(measure);
          this.#font(13, isBest ? 700 : 400);
          context.fillText(`${isBest ? '★ ' : ''}${text}`, columns[at]!, this.#y);
        }
        context.textAlign = 'left';
      }
      this.#y = Math.max(this.#y + 10, foot + 4);
    }
  }
}

const dashOf = (slot: number): number[] => {
  const dash = DASHES[slot] ?? 'none';
  return dash === 'none' ? [] : dash.split(' ').map(Number);
};

const dateText = (date: Date): string => date.toISOString().slice(0, 16).replace('T', ' ').concat(' UTC');

function sourceText({ info, kind }: Take): string {
  if (kind === 'live') return 'Heard live.';
  if (!info) return '';
  const kinds = info.container === info.codec ? info.container : `${info.container}, ${info.codec}`;
  const mix = info.channels > 1 ? `, ${info.channels} channels mixed to one` : '';
  return `${kinds}, ${Number((info.rateHz / 1000).toFixed(3))} kHz${mix}.`;
}
