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

/** Without a moment: each lane's newest chunk. */
export function readoutAt(lanes: readonly ReadLane[], mids: readonly string[], atS: Seconds | null): LaneReadout[] {
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

function frameAt(scores: ScoreTimeline, atS: Seconds | null): number | null {
  // The end of the sound belongs to its last chunk.
  const isNewest = atS === null || atS === scores.endS;
  if (isNewest) return scores.to > scores.from ? scores.to - 1 : null;
  return scores.at(atS);
}

/** Which chunks a moment falls into, as one word: changes when a readout does, and not between. */
export const readoutKey = (lanes: readonly ReadLane[], atS: Seconds | null): string =>
  lanes.map(({ scores }) => frameAt(scores, atS) ?? '-').join(' ');
