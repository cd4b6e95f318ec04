/**
 * Which classes have a row: the pinned ones, then the strongest of what is in view. Calm: a class keeps its row (and its colour)
 * until another was clearly stronger, and a row that changes hands stays where it is.
 */
import type { Probability } from '../../core/units.ts';

export interface Row {
  readonly classIndex: number;
  readonly pinned: boolean;
  /** Number of the colour and dash; distinct among the rows while there are enough. */
  readonly slot: number;
}

export const SLOTS = 8;
/** How much stronger a newcomer's peak must be to take a row over. */
const LEAD: Probability = 0.08;
/** What never scored this much in view needs no row. */
const FLOOR: Probability = 0.02;

/** `peaks`: [classes], the highest score of each class in view. */
export function chooseRows(
  current: readonly Row[],
  peaks: Float32Array,
  pinned: readonly number[],
  topN: number,
): readonly Row[] {
  const taken = new Set(pinned);
  const kept = current.filter((row) => !row.pinned && !taken.has(row.classIndex) && row.classIndex < peaks.length);
  const auto: number[] = kept.map((row) => row.classIndex);

  // Too many: the weakest go.
  while (auto.length > topN) auto.splice(indexOfWeakest(auto, peaks), 1);
  const held = new Set<number>([...taken, ...auto]);
  for (const candidate of strongest(peaks, topN + held.size)) {
    if (peaks[candidate]! < FLOOR) break;
    if (held.has(candidate)) continue;
    if (auto.length < topN) {
      auto.push(candidate);
      held.add(candidate);
      continue;
    }
    if (topN === 0) break;
    const place = indexOfWeakest(auto, peaks);
    const weakest = auto[place]!;
    if (peaks[candidate]! < peaks[weakest]! + LEAD) break;
    held.delete(weakest);
    auto[place] = candidate;
    held.add(candidate);
  }

  const wanted = [
    ...pinned.map((classIndex) => ({ classIndex, pinned: true })),
    ...auto.map((classIndex) => ({ classIndex, pinned: false })),
  ];
  const slots = new Map(current.map((row) => [row.classIndex, row.slot]));
  const used = new Set(wanted.flatMap(({ classIndex }) => slots.get(classIndex) ?? []));
  return wanted.map(({ classIndex, pinned: isPinned }, place) => {
    let slot = slots.get(classIndex);
    if (slot === undefined) {
      slot = 0;
      while (used.has(slot) && slot < SLOTS - 1) slot++;
      if (used.has(slot)) slot = place % SLOTS;
      used.add(slot);
    }
    return { classIndex, pinned: isPinned, slot };
  });
}

function indexOfWeakest(indices: readonly number[], peaks: Float32Array): number {
  let weakest = 0;
  for (let place = 1; place < indices.length; place++) {
    if (peaks[indices[place]!]! < peaks[indices[weakest]!]!) weakest = place;
  }
  return weakest;
}

/** Indices of the `count` highest values, highest first; ties by index. */
export function strongest(values: Float32Array, count: number): number[] {
  const top: number[] = [];
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (top.length === count && value <= values[top[count - 1]!]!) continue;
    let place = top.length;
    while (place > 0 && values[top[place - 1]!]! < value) place--;
    top.splice(place, 0, index);
    if (top.length > count) top.pop();
  }
  return top;
}
