/**
 * "What is heard now", made calm: a class appears when its score reaches `enter`, stays through dips and for a least time, and
 * leaves only after its score was below `exit` for a while. Places are kept; two neighbours change places only on a clear lead.
 * Pure: a list goes in with a frame, a new list comes out. Times are stream seconds.
 */
import type { Probability, Seconds } from '../units.ts';
import type { TagFrame } from './tag-frame.ts';

export interface NowEntry {
  readonly classIndex: number;
  /** Of the latest frame. */
  readonly score: Probability;
  /** Start of the chunk that brought it in. */
  readonly sinceS: Seconds;
  /** End of the latest chunk that scored at least `exit`. */
  readonly heardS: Seconds;
}

export interface NowListOptions {
  readonly enter: Probability;
  /** Below `enter`; between the two nothing changes. */
  readonly exit: Probability;
  /** Once shown, a class is shown at least this long. */
  readonly minShownS: Seconds;
  /** A class leaves after this long below `exit`. */
  readonly releaseS: Seconds;
  readonly maxEntries: number;
  /** How much higher the lower one of two neighbours must score to take the upper one's place. */
  readonly swapLead: Probability;
}

export type NowList = readonly NowEntry[];

export const nowListOptions = (enter: Probability): NowListOptions => ({
  enter,
  exit: enter * 0.6,
  minShownS: 2.5,
  releaseS: 1.5,
  maxEntries: 5,
  swapLead: 0.15,
});

export function stepNowList(list: NowList, frame: TagFrame, options: NowListOptions): NowList {
  const { enter, exit, minShownS, releaseS, maxEntries, swapLead } = options;
  if (!(exit <= enter)) throw new RangeError(`exit must not be above enter, got exit ${exit} and enter ${enter}`);
  const { probabilities, startS, endS } = frame;

  const kept: NowEntry[] = [];
  for (const entry of list) {
    const score = probabilities[entry.classIndex];
    if (score === undefined) continue;
    const heardS = score >= exit ? endS : entry.heardS;
    const due = endS - entry.sinceS >= minShownS && endS - heardS >= releaseS;
    if (!due) kept.push({ ...entry, score, heardS });
  }

  const shown = new Set(kept.map((entry) => entry.classIndex));
  const coming: NowEntry[] = [];
  for (let classIndex = 0; classIndex < probabilities.length; classIndex++) {
    const score = probabilities[classIndex]!;
    if (score >= enter && !shown.has(classIndex)) coming.push({ classIndex, score, sinceS: startS, heardS: endS });
  }
  coming.sort((a, b) => b.score - a.score || a.classIndex - b.classIndex);
  for (const entry of coming) {
    if (kept.length < maxEntries) {
      kept.push(entry);
      continue;
    }
    const weakest = kept.reduce((low, one) => (one.score < low.score ? one : low));
    const mayGo = endS - weakest.sinceS >= minShownS && entry.score >= weakest.score + swapLead;
    if (mayGo) kept[kept.indexOf(weakest)] = entry;
  }

  // One pass, upwards: a class climbs at most one place a chunk, which the eye can follow. Past what is fading (below `enter`) it
  // climbs at once: the first word is always one that is heard.
  for (let place = kept.length - 1; place > 0; place--) {
    if (climbs(kept, place, swapLead)) place--;
  }
  for (let from = 1; from < kept.length; from++) {
    for (let place = from; place > 0 && kept[place - 1]!.score < enter && climbs(kept, place, swapLead); place--);
  }
  return kept;
}

/** Swaps the entry at `place` with the one above it if it leads by enough. */
function climbs(entries: NowEntry[], place: number, lead: Probability): boolean {
  const lower = entries[place]!;
  const upper = entries[place - 1]!;
  if (lower.score < upper.score + lead) return false;
  entries[place] = upper;
  entries[place - 1] = lower;
  return true;
}
