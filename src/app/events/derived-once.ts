/**
 * Events of a timeline by rules, computed once for all who ask in the same moment: the list, the bars over the curves, an export. Three
 * hours of scores take the better part of a tenth of a second. Remembers the latest answer per timeline.
 */
import { deriveEvents } from '../../core/events/derive-events.ts';
import { normaliseRules } from '../../core/events/event-rules.ts';
import type { DerivedEvents, EventRules } from '../../core/events/event-types.ts';
import type { ClassLabels } from '../../core/scores/class-list.ts';
import type { ScoreTimeline } from '../../core/scores/score-timeline.ts';

const latest = new WeakMap<ScoreTimeline, { readonly key: string; readonly derived: DerivedEvents }>();

/** `rules` may come from a slider in motion: thresholds that contradict each other are put right. */
export function derivedOnce(scores: ScoreTimeline, labels: ClassLabels, rules: EventRules): DerivedEvents {
  // A timeline only grows at its end, and its labels never change.
  const key = `${scores.from}-${scores.to} ${JSON.stringify(rules)}`;
  const known = latest.get(scores);
  if (known?.key === key) return known.derived;
  const derived = deriveEvents(scores, labels, normaliseRules({}, rules));
  latest.set(scores, { key, derived });
  return derived;
}
