/** Summaries of all rows, followed by React; they outlive the view, so that coming back costs nothing. */
import { useCallback, useEffect, useSyncExternalStore } from 'react';
import { countEvents } from '../../../core/events/derive-events.ts';
import { useLibraryState } from '../../store/library-context.ts';
import type { TakeRow } from '../../store/take.ts';
import type { SummaryOf } from './row-order.ts';
import { TakeSummaries } from './take-summaries.ts';

const summaries = new TakeSummaries({
  countEvents,
  nowMs: () => performance.now(),
  later: (work) => void setTimeout(work, 0),
});

/** A new function whenever a summary changed. */
export function useSummaries(rows: readonly TakeRow[]): SummaryOf {
  const rules = useLibraryState((state) => state.rules);
  useEffect(() => summaries.want(rows, rules), [rows, rules]);
  const version = useSyncExternalStore(summaries.subscribe, () => summaries.version);
  return useCallback((row: TakeRow) => summaries.of(row.take), [version]);
}
