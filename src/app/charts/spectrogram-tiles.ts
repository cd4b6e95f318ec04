/**
 * The spectrogram's memory of paint: the mel history in tiles of 256 columns, at a power of two of columns per pixel, painted once
 * and again only where new sound came. A frame of the page is then a handful of image copies. Main thread.
 */
import type { MelHistory } from '../../core/scores/mel-history.ts';
import type { Seconds } from '../../core/units.ts';
import { colourMap, type Ramp } from './colour-map.ts';
import { FIRST_RANGE, inkTable, levelRange } from './level-range.ts';
import { pxPerSecond, startOf, type TimeScale } from './time-scale.ts';

const TILE = 256;
/** A window of 30 minutes on a wide screen needs a dozen. */
const MAX_TILES = 48;
/** Mel columns between two looks at the clock: a few tenths of a millisecond. */
const SLICE_COLUMNS = 2048;
/** The colours follow the sound at most this often. */
const MEASURE_EVERY_MS = 1500;

/** Mel columns drawn as one: the largest power of two that still gives about a column per device pixel. */
export function columnsPerPixel(columnsPerSecond: number, devicePxPerSecond: number): number {
  let columns = 1;
  while (columns * 2 <= columnsPerSecond / devicePxPerSecond + 1e-9) columns *= 2;
  return columns;
}

interface Tile {
  readonly canvas: HTMLCanvasElement;
  /** Mel columns painted so far, from the tile's first. */
  painted: number;
  used: number;
}

export class SpectrogramTiles {
  readonly #tiles = new Map<string, Tile>();
  #range = FIRST_RANGE;
  #ink = inkTable(FIRST_RANGE);
  #measuredAtMs = Number.NEGATIVE_INFINITY;
  #ramp: Ramp = 'light';
  #colours = colourMap('light');
  #history: MelHistory | null = null;
  #clock = 0;

  /** Forgets all paint when the colours or the history are other ones. */
  use(history: MelHistory, ramp: Ramp): void {
    if (history === this.#history && ramp === this.#ramp) return;
    this.#history = history;
    this.#ramp = ramp;
    this.#colours = colourMap(ramp);
    this.#tiles.clear();
  }

  forget(): void {
    this.#tiles.clear();
    this.#measuredAtMs = Number.NEGATIVE_INFINITY;
  }

  #measure(history: MelHistory, from: number, to: number, atMs: number): void {
    if (atMs - this.#measuredAtMs < MEASURE_EVERY_MS) return;
    this.#measuredAtMs = atMs;
    const range = levelRange(history, from, to, this.#range);
    if (range.floor === this.#range.floor && range.ceiling === this.#range.ceiling) return;
    this.#range = range;
    this.#ink = inkTable(range);
    this.#tiles.clear();
  }

  /**
   * Paints the view onto a context whose unit is one device pixel. New tiles are filled for at most `budgetMs`; false when that was
   * not enough: what is missing shows coarser tiles, if there are any, until the next call.
   */
  paint(
    context: CanvasRenderingContext2D,
    scale: TimeScale,
    hopS: Seconds,
    heightPx: number,
    ratio: number,
    budgetMs = Number.POSITIVE_INFINITY,
  ): boolean {
    const history = this.#history;
    if (!history) return true;
    const deadlineMs = performance.now() + budgetMs;
    let isWhole = true;
    this.#clock += 1;
    const columnS = hopS * history.framesPerColumn;
    const pxPerColumn = pxPerSecond(scale) * ratio * columnS;
    const perPixel = columnsPerPixel(1 / columnS, pxPerSecond(scale) * ratio);
    const span = TILE * perPixel;
    const firstColumn = startOf(scale) / columnS;
    const lastColumn = Math.min(scale.endS / columnS, history.endColumn);
    this.#measure(history, Math.floor(firstColumn), Math.floor(lastColumn), performance.now());
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = 'low';
    for (let n = Math.max(0, Math.floor(firstColumn / span)); n * span < lastColumn; n++) {
      const tile = this.#tile(history, perPixel, n, deadlineMs);
      // Whole pixels on both sides: no seams between tiles.
      const left = Math.round((n * span - firstColumn) * pxPerColumn);
      const right = Math.round(((n + 1) * span - firstColumn) * pxPerColumn);
      if (tile.painted < Math.min(span, history.endColumn - n * span)) {
        isWhole = false;
        this.#underlay(context, history.mels, perPixel, n, left, right - left, heightPx);
      }
      context.drawImage(tile.canvas, 0, 0, TILE, history.mels, left, 0, right - left, heightPx);
    }
    return isWhole;
  }

  /** The part of the nearest coarser tile that is painted already. */
  #underlay(
    context: CanvasRenderingContext2D,
    mels: number,
    perPixel: number,
    n: number,
    left: number,
    width: number,
    heightPx: number,
  ): void {
    for (let step = 1; step <= 10; step++) {
      const parts = 2 ** step;
      const tile = this.#tiles.get(`${perPixel * parts}:${Math.floor(n / parts)}`);
      if (!tile) continue;
      const from = ((n % parts) / parts) * TILE;
      context.drawImage(tile.canvas, from, 0, TILE / parts, mels, left, 0, width, heightPx);
      return;
    }
  }

  #tile(history: MelHistory, perPixel: number, n: number, deadlineMs: number): Tile {
    const key = `${perPixel}:${n}`;
    let tile = this.#tiles.get(key);
    if (!tile) {
      const canvas = document.createElement('canvas');
      canvas.width = TILE;
      canvas.height = history.mels;
      tile = { canvas, painted: 0, used: 0 };
      this.#tiles.set(key, tile);
      this.#evict();
    }
    tile.used = this.#clock;
    const first = n * TILE * perPixel;
    const there = Math.min(TILE * perPixel, history.endColumn - first);
    while (there > tile.painted && performance.now() < deadlineMs) {
      const slice = Math.max(perPixel, SLICE_COLUMNS);
      this.#fill(history, tile, perPixel, first, Math.min(there, tile.painted + slice));
    }
    return tile;
  }

  #fill(history: MelHistory, tile: Tile, perPixel: number, first: number, there: number): void {
    const context = tile.canvas.getContext('2d');
    if (!context) return;
    const { mels } = history;
    // The last pixel may have been begun with fewer columns, and its last column with one of its frames: once more.
    const from = Math.max(0, Math.floor((tile.painted - 1) / perPixel));
    const to = Math.ceil(there / perPixel);
    const image = context.createImageData(to - from, mels);
    const pixels = image.data;
    const loudest = new Uint8Array(mels);
    for (let x = from; x < to; x++) {
      loudest.fill(0);
      for (let step = 0; step < perPixel; step++) {
        const cells = history.column(first + x * perPixel + step);
        if (!cells) continue;
        for (let band = 0; band < mels; band++) if (cells[band]! > loudest[band]!) loudest[band] = cells[band]!;
      }
      for (let band = 0; band < mels; band++) {
        const ink = this.#ink[loudest[band]!]!;
        if (ink === 0) continue;
        const at = ((mels - 1 - band) * (to - from) + (x - from)) * 4;
        pixels[at] = this.#colours[ink * 3]!;
        pixels[at + 1] = this.#colours[ink * 3 + 1]!;
        pixels[at + 2] = this.#colours[ink * 3 + 2]!;
        pixels[at + 3] = 255;
      }
    }
    context.putImageData(image, from, 0);
    tile.painted = there;
  }

  #evict(): void {
    if (this.#tiles.size <= MAX_TILES) return;
    let oldest: string | null = null;
    let used = Number.POSITIVE_INFINITY;
    for (const [key, tile] of this.#tiles) {
      // The one being made has not been used yet.
      if (tile.used > 0 && tile.used < used) {
        oldest = key;
        used = tile.used;
      }
    }
    if (oldest !== null) this.#tiles.delete(oldest);
  }
}
