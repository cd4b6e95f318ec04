/** Which classes are compared in this take: chosen by hand, else the strongest, calmly. */
import { useMemo, useRef } from 'react';
import { audioSetTaxonomy } from '../../../core/scores/taxonomy.ts';
import { chooseRows } from '../../store/row-choice.ts';
import { type Chosen, ClassTally, classStrengths, withClass, withoutClass } from './class-choice.ts';
import { compareState, useCompareState } from './compare-state.ts';
import type { ReadyLane } from './ready-lane.ts';

/** Classes before anybody chose. */
const FIRST_CLASSES = 4;

export interface ClassChoice {
  readonly chosen: readonly Chosen[];
  readonly isByHand: boolean;
  add(mid: string): void;
  remove(mid: string): void;
  /** Back to the strongest. */
  forget(): void;
}

/** `isSettled`: all is scored. From then on the choice depends on the scores only: the same recording gives the same figure. */
export function useClasses(
  recording: string,
  lanes: readonly ReadyLane[],
  revision: number,
  isSettled: boolean,
): ClassChoice {
  const picked = useCompareState((state) => (state.picked?.of === recording ? state.picked.chosen : null));
  const tallies = useMemo(
    () => lanes.map(({ scores, lane }) => ({ labels: lane.card!.labels, tally: new ClassTally(scores) })),
    [lanes],
  );
  const mids = useMemo(() => [...new Set(tallies.flatMap(({ labels }) => labels.mids))], [tallies]);
  const before = useRef<{ readonly of: string; readonly chosen: readonly Chosen[] } | null>(null);
  const strongestOnes = useMemo(() => {
    void revision;
    for (const { tally } of tallies) tally.read();
    const strengths = classStrengths(tallies, audioSetTaxonomy);
    const values = Float32Array.from(mids, (mid) => strengths.get(mid) ?? 0);
    const kept = !isSettled && before.current?.of === recording ? before.current.chosen : [];
    const current = kept.flatMap(({ mid, slot }) => {
      const classIndex = mids.indexOf(mid);
      return classIndex < 0 ? [] : { classIndex, slot, pinned: false };
    });
    const next = chooseRows(current, values, [], FIRST_CLASSES).map(({ classIndex, slot }) => ({
      mid: mids[classIndex]!,
      slot,
    }));
    before.current = { of: recording, chosen: next };
    return next;
  }, [tallies, mids, revision, recording, isSettled]);
  const chosen = picked ?? strongestOnes;
  const pick = (next: readonly Chosen[]): void => compareState.setState({ picked: { of: recording, chosen: next } });
  return {
    chosen,
    isByHand: picked !== null,
    add: (mid) => pick(withClass(chosen, mid)),
    remove: (mid) => pick(withoutClass(chosen, mid)),
    forget: () => compareState.setState({ picked: null }),
  };
}
