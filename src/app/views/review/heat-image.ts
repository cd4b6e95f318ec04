/** The class × time picture as pixels: one per row and device pixel column, the highest score of that stretch. No canvas here. */
import type { Seconds } from '../../../core/units.ts';
import { colourMap, type Ramp } from '../../charts/colour-map.ts';
import type { ScorePyramid } from './score-pyramid.ts';

/** Scores of multi-label models are mostly low: below 1 this gives them more of the ramp. */
const GAMMA = 0.7;

/** RGBA by score byte, as one little-endian word; 0 ("not scored") is transparent. */
export function heatColours(ramp: Ramp): Uint32Array {
  const colours = colourMap(ramp);
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    if (byte === 0) return 0;
    const ink = Math.round(255 * ((byte - 1) / 254) ** GAMMA) * 3;
    return ((255 << 24) | (colours[ink + 2]! << 16) | (colours[ink + 1]! << 8) | colours[ink]!) >>> 0;
  });
}

/** The same colours as a CSS gradient, score 0 at the left: for a legend. */
export function heatGradient(ramp: Ramp): string {
  const colours = heatColours(ramp);
  const stops = Array.from({ length: 9 }, (_, n) => {
    const word = colours[1 + Math.round((n / 8) * 254)]!;
    return `rgb(${word & 255} ${(word >>> 8) & 255} ${(word >>> 16) & 255})`;
  });
  return `linear-gradient(90deg, ${stops.join(', ')})`;
}

export interface HeatImageOptions {
  readonly pyramid: ScorePyramid;
  /** Output rows, top row first. */
  readonly classes: Uint16Array;
  readonly startS: Seconds;
  readonly endS: Seconds;
  /** Pixels. */
  readonly width: number;
  readonly colours: Uint32Array;
}

/** Writes `width` × `classes.length` pixels, row-major, into `pixels`. */
export function paintHeat(options: HeatImageOptions, pixels: Uint32Array): void {
  const { pyramid, classes, startS, endS, width, colours } = options;
  const column = new Uint8Array(classes.length);
  const secondsPerPx = (endS - startS) / width;
  let hint = pyramid.from;
  let shownFrom = -1;
  let shownTo = -1;
  for (let x = 0; x < width; x++) {
    const { from, to } = pyramid.framesAt(startS + x * secondsPerPx, startS + (x + 1) * secondsPerPx, hint);
    hint = from;
    if (from !== shownFrom || to !== shownTo) {
      pyramid.maxima(classes, from, to, column);
      shownFrom = from;
      shownTo = to;
    }
    for (let row = 0; row < classes.length; row++) pixels[row * width + x] = colours[column[row]!]!;
  }
}
