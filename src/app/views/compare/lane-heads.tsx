/** The lanes of a take as they ran: what they are, by which engine, how fast, at what cost. */
import { useLibraryState } from '../../store/library-context.ts';
import type { Take } from '../../store/take.ts';
import { ClassSwatch } from '../../ui/class-swatch.tsx';
import { costWords, speedWords } from './lane-cost.ts';
import { delayWords, kindWords, modelOfLane } from './lane-words.ts';
import { labelsOf } from './ready-lane.ts';

/** `revision` is only here to be rendered anew by. */
export function LaneHeads({ take }: { readonly take: Take; readonly revision: number }) {
  const rows = useLibraryState((state) => state.rows);
  const labels = labelsOf(take);
  const others = [...take.lanes, ...rows.flatMap((row) => (row.take === take ? [] : row.take.lanes))];
  return (
    <ul className="lane-heads" aria-label="Lanes of this comparison">
      {take.lanes.map((lane, slot) => {
        const named = { setup: lane.setup, model: modelOfLane(lane) };
        const speed = speedWords(lane);
        const cost = costWords(lane, others);
        return (
          <li key={lane.id} data-slot={slot}>
            <div className="lane-card-head">
              <ClassSwatch slot={slot} />
              <h3>{labels[slot]}</h3>
            </div>
            <p className="lane-kind">{named.model ? kindWords(named) : 'not loaded yet'}</p>
            {named.model && (
              <p className="quiet">
                {named.model.title}. {delayWords(named)}.
              </p>
            )}
            <p className="quiet">
              {lane.backend && <span title={lane.backend.reason}>{lane.backend.label}</span>}
              {lane.backend && ', '}
              {speed ?? (lane.backend ? 'nothing said yet' : '')}
            </p>
            {cost !== null && <p className="lane-cost">{cost}</p>}
          </li>
        );
      })}
    </ul>
  );
}
