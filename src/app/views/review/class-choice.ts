/** Which classes have a timeline, and in which colour. Pure. */
import { SLOTS } from '../../store/row-choice.ts';

/** By mid: number of the colour and dash. In the order they were chosen. */
export type Chosen = ReadonlyMap<string, number>;

/** A class more or less; the newest replaces the oldest when all colours are taken. */
export function toggled(chosen: Chosen, mid: string): Chosen {
  const next = new Map(chosen);
  if (next.delete(mid)) return next;
  const oldest = next.keys().next();
  if (next.size >= SLOTS && !oldest.done) next.delete(oldest.value);
  const used = new Set(next.values());
  let slot = 0;
  while (used.has(slot)) slot++;
  return next.set(mid, slot);
}

export const chosenFrom = (mids: readonly string[]): Chosen =>
  mids.slice(0, SLOTS).reduce<Chosen>((chosen, mid) => toggled(chosen, mid), new Map());
