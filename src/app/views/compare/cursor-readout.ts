/** What every lane says of a moment: the score, the chunk it belongs to, and when that could be said at the earliest. Pure. */
import type { ScoreTimeline } from '../../../core/scores/score-timeline.ts';
import type { Probability, Seconds } from '../../../core/units.ts';

export interface ReadLane {
  readonly scores: ScoreTimeline;
  indexOf(mid: string): number | undefined;
}

export interface LaneReadout {
  /** Of the chunk that holds the moment; null in a gap and where nothing is scored yet. */
  readonly chunk: { readonly startS: Seconds; readonly endS: Seconds } | null;
  /** One per class asked for; null where there is no chunk, or the model does not know the class. */
  readonly values: readonly (Probability | null)[];
}

export function readoutAt(lanes: readonly ReadLane[], mids: readonly string[], atS: Seconds): LaneReadout[] {
  return lanes.map((lane) => {
    const { scores } = lane;
    const sequence = frameAt(scores, atS);
    if (sequence === null) return { chunk: null, values: mids.map(() => null) };
    return {
      chunk: { startS: scores.startOf(sequence), endS: scores.endOf(sequence) },
      values: mids.map((mid) => {
        const index = lane.indexOf(mid);
        return index === undefined ? null : scores.value(sequence, index);
      }),
    };
  });
}

/** The end of the sound belongs to its last chunk. */
export function frameAt(scores: ScoreTimeline, atS: Seconds): number | null {
  if (scores.to > scores.from && atS === scores.endS) return scores.to - 1;
  return scores.at(atS);
}

/** Which chunks a moment falls into, as one word: changes when a readout does, and not between. */
export const readoutKey = (lanes: readonly ReadLane[], atS: Seconds | null): string =>
  atS === null ? '' : lanes.map(({ scores }) => frameAt(scores, atS) ?? '-').join(' ');
