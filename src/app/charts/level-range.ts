/**
 * Which levels the spectrogram's colours span: as loud as what is in view, so that a quiet room is seen and a loud one is not
 * all ink. Geometry only; bytes are MelHistory's quantised levels.
 */
import { type MelHistory, QUANTISED_STEP_DB } from '../../core/scores/mel-history.ts';

export interface LevelRange {
  /** Bytes: `floor` and below is paper, `ceiling` and above is ink. */
  readonly floor: number;
  readonly ceiling: number;
}

/** 60 dB below full scale and up: what is shown before anything was measured. */
export const FIRST_RANGE: LevelRange = { floor: 50, ceiling: 210 };

const LEAST_SPAN = 45 / QUANTISED_STEP_DB;
/** A range moves in steps of 6 dB, and only when it is off by more than 8: colours keep their meaning while one looks. */
const GRID = 6 / QUANTISED_STEP_DB;
const SLACK = 8 / QUANTISED_STEP_DB;
const SAMPLED_COLUMNS = 240;

/** The range for columns [from, to), beginning from the one in use. */
export function levelRange(history: MelHistory, from: number, to: number, before: LevelRange): LevelRange {
  const counts = new Uint32Array(256);
  const stride = Math.max(1, Math.floor((to - from) / SAMPLED_COLUMNS));
  let total = 0;
  for (let column = Math.max(0, from); column < to; column += stride) {
    const cells = history.column(column);
    if (!cells) continue;
    for (const level of cells) counts[level]! += 1;
    total += cells.length;
  }
  if (total === 0) return before;
  // Half of all cells are background: paper. The loudest half percent is ink.
  const floor = quantile(counts, total, 0.5);
  const ceiling = Math.max(quantile(counts, total, 0.995), floor + LEAST_SPAN);
  return { floor: settle(before.floor, floor), ceiling: settle(before.ceiling, ceiling) };
}

const settle = (before: number, wanted: number): number =>
  Math.abs(wanted - before) <= SLACK ? before : Math.round(wanted / GRID) * GRID;

function quantile(counts: Uint32Array, total: number, share: number): number {
  let seen = 0;
  for (let level = 1; level < 256; level++) {
    seen += counts[level]!;
    if (seen >= total * share) return level;
  }
  return 255;
}

/** Brightness 1..255 of each level; 0 stays "not heard". */
export function inkTable({ floor, ceiling }: LevelRange): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, level) => {
    if (level === 0) return 0;
    // The background keeps a breath of tone: nothing heard and quiet are not the same.
    const part = Math.min(1, Math.max(0, (level - floor) / (ceiling - floor)));
    return Math.round(12 + 243 * part);
  });
}
