/** The few classes that say what a recording is: those that have events first, then the strongest. Pure. */
import type { TagEvent } from '../../../core/events/event-types.ts';
import type { ClassLabels } from '../../../core/scores/class-list.ts';
import type { Probability } from '../../../core/units.ts';

export interface TopClass {
  readonly classIndex: number;
  readonly name: string;
  /** Over the whole recording. */
  readonly mean: Probability;
  readonly peak: Probability;
  readonly events: number;
}

interface Totals {
  readonly classes: number;
  meanOf(classIndex: number): Probability;
  peakOf(classIndex: number): Probability;
}

/** Below this a class is noise, and no answer to "what is this?". */
const LEAST_PEAK: Probability = 0.05;

/**
 * Classes with events by mean score, which favours what lasts; then, only when no class has one, the highest peaks, so that a quiet
 * recording still says what it may be.
 */
export function topClasses(totals: Totals, events: readonly TagEvent[], labels: ClassLabels, most: number): TopClass[] {
  const counts = new Map<number, number>();
  for (const { classIndex } of events) counts.set(classIndex, (counts.get(classIndex) ?? 0) + 1);
  const hasEvents = counts.size > 0;
  const candidates = hasEvents
    ? [...counts.keys()]
    : Array.from({ length: totals.classes }, (_, index) => index).filter((index) => totals.peakOf(index) >= LEAST_PEAK);
  const weight = hasEvents ? totals.meanOf.bind(totals) : totals.peakOf.bind(totals);
  return candidates
    .sort((a, b) => weight(b) - weight(a) || a - b)
    .slice(0, most)
    .map((classIndex) => ({
      classIndex,
      name: labels.names[classIndex] ?? '?',
      mean: totals.meanOf(classIndex),
      peak: totals.peakOf(classIndex),
      events: counts.get(classIndex) ?? 0,
    }));
}
