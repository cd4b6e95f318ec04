/** The lanes of a take that have said something, ready to be drawn and compared. */
import { ClassList } from '../../../core/scores/class-list.ts';
import type { ScoreTimeline } from '../../../core/scores/score-timeline.ts';
import type { Take, TakeLane } from '../../store/take.ts';
import type { ComparedLane } from './comparison.ts';
import { laneLabels, modelOfLane } from './lane-words.ts';

export interface ReadyLane extends ComparedLane {
  readonly lane: TakeLane;
  /** Place among the take's lanes: number of its colour and dash. */
  readonly slot: number;
  readonly classes: ClassList;
}

export const labelsOf = (take: Take): string[] =>
  laneLabels(take.lanes.map((lane) => ({ setup: lane.setup, model: modelOfLane(lane) })));

export function readyLanes(take: Take): ReadyLane[] {
  const labels = labelsOf(take);
  return take.lanes.flatMap((lane, slot) => {
    const { card, scores } = lane;
    if (!card || !scores) return [];
    const classes = new ClassList(card.labels);
    return { lane, slot, classes, scores, label: labels[slot]!, indexOf: (mid: string) => classes.indexOf(mid) };
  });
}

/** Stretches of the take that no lane has scored. A lane that is only slower than the others has gaps of its own in its line. */
export function sharedGaps<Gap extends { readonly startS: number; readonly endS: number }>(
  gaps: readonly Gap[],
  lanes: readonly { readonly scores: ScoreTimeline }[],
): Gap[] {
  return gaps.filter((gap) =>
    lanes.every(({ scores }) => {
      const { from, to } = scores.range(gap.startS + 1e-3, gap.endS - 1e-3);
      return from >= to;
    }),
  );
}

/** Name of a class, by the first lane that knows it. */
export function nameOfClass(lanes: readonly ReadyLane[], mid: string): string {
  for (const { classes } of lanes) {
    const name = classes.nameOf(mid);
    if (name !== undefined) return name;
  }
  return mid;
}
