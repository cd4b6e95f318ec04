/**
 * The time axis all charts share. Geometry only: numbers in, numbers out. `x` is in CSS pixels from the left edge of the plot;
 * times are stream seconds.
 */
import type { Seconds } from '../../core/units.ts';

export interface TimeScale {
  /** Time at the right edge. */
  readonly endS: Seconds;
  readonly windowS: Seconds;
  readonly widthPx: number;
}

export const pxPerSecond = ({ widthPx, windowS }: TimeScale): number => widthPx / windowS;
export const startOf = ({ endS, windowS }: TimeScale): Seconds => endS - windowS;
export const xOf = (scale: TimeScale, timeS: Seconds): number => (timeS - startOf(scale)) * pxPerSecond(scale);
export const timeAt = (scale: TimeScale, x: number): Seconds => startOf(scale) + x / pxPerSecond(scale);

/** A stretch of time that is drawn ahead of being looked at, so that scrolling is a shift of what is there. */
export interface Cover {
  readonly startS: Seconds;
  readonly endS: Seconds;
}

/** The cover for a view: cut at quarters of the window, a quarter and more to spare on both sides. */
export function coverFor(viewEndS: Seconds, windowS: Seconds): Cover {
  const quarter = windowS / 4;
  const from = Math.floor((viewEndS - windowS) / quarter) - 1;
  return { startS: from * quarter, endS: from * quarter + windowS + 3 * quarter };
}

const STEPS_S = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

export interface Tick {
  readonly atS: Seconds;
  readonly label: string;
}

/** Ticks at round times, at least `leastPx` apart, none before the stream began. */
export function timeTicks(fromS: Seconds, toS: Seconds, pxPerS: number, leastPx = 76): Tick[] {
  const step = STEPS_S.find((candidate) => candidate * pxPerS >= leastPx) ?? 7200;
  const ticks: Tick[] = [];
  for (let n = Math.max(0, Math.ceil(fromS / step - 1e-9)); n * step <= toS + 1e-9; n++) {
    ticks.push({ atS: n * step, label: formatTime(n * step, step < 1 ? 1 : 0) });
  }
  return ticks;
}

/** 4:07, 1:02:03; with `digits` 4:07.5. Cut, not rounded: a second is named when it is over. */
export function formatTime(timeS: Seconds, digits = 0): string {
  const unit = 10 ** digits;
  const total = Math.max(0, Math.floor(timeS * unit + 1e-6));
  const whole = Math.floor(total / unit);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const seconds = String(whole % 60).padStart(2, '0');
  const rest = digits > 0 ? `.${String(total % unit).padStart(digits, '0')}` : '';
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${seconds}${rest}` : `${minutes}:${seconds}${rest}`;
}
