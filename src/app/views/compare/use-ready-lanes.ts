import { useRef } from 'react';
import type { Take } from '../../store/take.ts';
import { type ReadyLane, readyLanes } from './ready-lane.ts';

/** The same list until another lane begins to speak, or one begins anew: what is kept by it stays. */
export function useReadyLanes(take: Take): readonly ReadyLane[] {
  const kept = useRef<{ readonly take: Take; readonly lanes: readonly ReadyLane[] } | null>(null);
  const speaking = take.lanes.filter(({ card, scores }) => card && scores);
  const isSame =
    kept.current?.take === take &&
    kept.current.lanes.length === speaking.length &&
    kept.current.lanes.every(({ lane, scores }, at) => lane === speaking[at] && scores === speaking[at]?.scores);
  if (!kept.current || !isSame) kept.current = { take, lanes: readyLanes(take) };
  return kept.current.lanes;
}
