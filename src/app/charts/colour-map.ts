/**
 * Colours of the spectrogram: 256 steps from paper to ink, even in perceived lightness (OKLCH), so that the picture reads the same
 * without colour vision. One ramp per theme: quiet is the paper, loud is the ink.
 */
interface Stop {
  /** OKLCH: lightness 0..1, chroma, hue in degrees. */
  readonly l: number;
  readonly c: number;
  readonly h: number;
}

export type Ramp = 'light' | 'dark';

const RAMPS: Readonly<Record<Ramp, readonly Stop[]>> = {
  light: [
    { l: 0.975, c: 0.006, h: 150 },
    { l: 0.8, c: 0.07, h: 185 },
    { l: 0.58, c: 0.105, h: 225 },
    { l: 0.36, c: 0.13, h: 275 },
    { l: 0.16, c: 0.08, h: 300 },
  ],
  dark: [
    { l: 0.19, c: 0.014, h: 235 },
    { l: 0.37, c: 0.09, h: 275 },
    { l: 0.56, c: 0.115, h: 225 },
    { l: 0.77, c: 0.12, h: 175 },
    { l: 0.97, c: 0.09, h: 105 },
  ],
};

/** RGB bytes of [256, 3]. */
export function colourMap(ramp: Ramp): Uint8ClampedArray {
  const stops = RAMPS[ramp];
  const table = new Uint8ClampedArray(256 * 3);
  for (let step = 0; step < 256; step++) {
    const place = (step / 255) * (stops.length - 1);
    const from = stops[Math.min(stops.length - 2, Math.floor(place))]!;
    const to = stops[Math.min(stops.length - 1, Math.floor(place) + 1)]!;
    const part = place - Math.floor(Math.min(stops.length - 2, Math.floor(place)));
    const mix = (a: number, b: number): number => a + (b - a) * part;
    table.set(oklchToRgb(mix(from.l, to.l), mix(from.c, to.c), mix(from.h, to.h)), step * 3);
  }
  return table;
}

/** Ottosson's OKLab to sRGB, clipped; bytes. */
function oklchToRgb(l: number, c: number, h: number): [number, number, number] {
  const a = c * Math.cos((h * Math.PI) / 180);
  const b = c * Math.sin((h * Math.PI) / 180);
  const long = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const middle = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (l - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const byte = (linear: number): number => {
    const clipped = Math.min(1, Math.max(0, linear));
    return 255 * (clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055);
  };
  return [
    byte(4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short),
    byte(-1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short),
    byte(-0.0041960863 * long - 0.7034186147 * middle + 1.707614701 * short),
  ];
}
