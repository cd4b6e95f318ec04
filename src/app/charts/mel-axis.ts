/** Where a frequency sits among the mel bands (HTK scale), for the spectrogram's axis. Geometry only. */
import type { Hertz } from '../../core/units.ts';

const mel = (hz: Hertz): number => 2595 * Math.log10(1 + hz / 700);

/** 0 at the bottom of the picture, 1 at the top. Band centres are evenly spaced in mel, half a band from either edge. */
export function heightOfHz(hz: Hertz, fMinHz: Hertz, fMaxHz: Hertz, mels: number): number {
  const position = (mel(hz) - mel(fMinHz)) / (mel(fMaxHz) - mel(fMinHz));
  // `mels` triangles over mels + 2 points: band k peaks at point k + 1.
  return (position * (mels + 1) - 1 + 0.5) / mels;
}

export interface HzTick {
  readonly hz: Hertz;
  readonly label: string;
  /** 0..1 from the bottom. */
  readonly height: number;
}

export function hzTicks(fMinHz: Hertz, fMaxHz: Hertz, mels: number, heightPx: number): HzTick[] {
  const candidates = heightPx >= 110 ? [200, 1000, 2000, 4000] : [200, 1000, 4000];
  return candidates
    .filter((hz) => hz > fMinHz && hz < fMaxHz)
    .map((hz) => ({
      hz,
      label: hz >= 1000 ? `${hz / 1000} kHz` : `${hz} Hz`,
      height: heightOfHz(hz, fMinHz, fMaxHz, mels),
    }));
}
