/** Two models on the same sound, in a few numbers, over the classes that both know. Pure. */
import type { ModelCard } from '../../core/model/card.ts';
import type { ScoreTimeline } from '../../core/scores/score-timeline.ts';
import type { Probability, Seconds } from '../../core/units.ts';

export interface Scored {
  readonly card: Pick<ModelCard, 'labels'>;
  readonly scores: ScoreTimeline;
}

export interface Agreement {
  /** Classes that both models know. */
  readonly classes: number;
  /** Moments compared: chunks of the model that speaks more often, each with what the other said over its middle. */
  readonly moments: number;
  readonly max: { readonly difference: Probability; readonly name: string; readonly atS: Seconds };
  readonly mean: Probability;
  /** Moments in which both put the same class first. */
  readonly sameTop: number;
}

/** Null when no class is shared or no moment was scored by both. */
export function agreementOf(a: Scored, b: Scored): Agreement | null {
  const [fine, coarse] = countOf(a) >= countOf(b) ? [a, b] : [b, a];
  const places = new Map(coarse.card.labels.mids.map((mid, place) => [mid, place]));
  const shared = fine.card.labels.mids.flatMap((mid, place) => {
    const other = places.get(mid);
    return other === undefined ? [] : [{ place, other }];
  });
  if (shared.length === 0) return null;
  let moments = 0;
  let sum = 0;
  let sameTop = 0;
  let max = { difference: -1, place: 0, atS: 0 };
  for (let sequence = fine.scores.from; sequence < fine.scores.to; sequence++) {
    const startS = fine.scores.startOf(sequence);
    const there = coarse.scores.at((startS + fine.scores.endOf(sequence)) / 2);
    if (there === null) continue;
    const ours = fine.scores.row(sequence);
    const theirs = coarse.scores.row(there);
    let top = shared[0]!;
    let otherTop = shared[0]!;
    for (const pair of shared) {
      const difference = Math.abs(ours[pair.place]! - theirs[pair.other]!);
      sum += difference;
      if (difference > max.difference) max = { difference, place: pair.place, atS: startS };
      if (ours[pair.place]! > ours[top.place]!) top = pair;
      if (theirs[pair.other]! > theirs[otherTop.other]!) otherTop = pair;
    }
    moments += 1;
    if (top === otherTop) sameTop += 1;
  }
  if (moments === 0) return null;
  return {
    classes: shared.length,
    moments,
    max: { difference: max.difference, name: fine.card.labels.names[max.place] ?? '', atS: max.atS },
    mean: sum / (moments * shared.length),
    sameTop,
  };
}

const countOf = ({ scores }: Scored): number => scores.to - scores.from;
