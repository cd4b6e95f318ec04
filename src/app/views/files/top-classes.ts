/** The few classes that say what a recording is: those that have events first, then the strongest. Pure. */
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
  meanOf(classIndex: number): Probability;
  peakOf(classIndex: number): Probability;
}

/** Below this a class is noise, and no answer to "what is this?". */
const LEAST_PEAK: Probability = 0.05;

/**
 * Classes with events by mean score, which favours what lasts; then, only when no class has one, the highest peaks, so that a quiet
 * recording still says what it may be. `events`: how many each output row has.
 */
export function topClasses(
  totals: Totals,
  events: ArrayLike<number>,
  labels: ClassLabels,
  most = Number.POSITIVE_INFINITY,
): TopClass[] {
  const all = labels.names.map((_, index) => index);
  const heard = all.filter((index) => events[index]! > 0);
  const hasEvents = heard.length > 0;
  const weight = hasEvents ? totals.meanOf.bind(totals) : totals.peakOf.bind(totals);
  return (hasEvents ? heard : all.filter((index) => totals.peakOf(index) >= LEAST_PEAK))
    .sort((a, b) => weight(b) - weight(a) || a - b)
    .slice(0, most)
    .map((classIndex) => ({
      classIndex,
      name: labels.names[classIndex]!,
      mean: totals.meanOf(classIndex),
      peak: totals.peakOf(classIndex),
      events: events[classIndex]!,
    }));
}
