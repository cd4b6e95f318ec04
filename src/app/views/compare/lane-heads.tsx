/** The lanes of a take as they ran: what they are, by which engine, how fast, at what cost. */
import type { Take } from '../../store/take.ts';
import { ClassSwatch } from '../../ui/class-swatch.tsx';
import { costWords, speedWords } from './lane-cost.ts';
import { delayWords, kindWords, modelOfLane, sentence } from './lane-words.ts';
import { labelsOf } from './ready-lane.ts';

/** `revision` is only here to be rendered anew by. */
export function LaneHeads({ take }: { readonly take: Take; readonly revision: number }) {
  const labels = labelsOf(take);
  return (
    <section aria-labelledby="lane-heads-title">
      <h2 id="lane-heads-title" className="visually-hidden">
        Lanes of this comparison
      </h2>
      <ul className="lane-heads">
        {take.lanes.map((lane, slot) => {
          const named = { setup: lane.setup, model: modelOfLane(lane) };
          const speed = speedWords(lane);
          const cost = costWords(lane, take.lanes);
          return (
            <li key={lane.id} className="lane-head">
              <div className="lane-card-head">
                <ClassSwatch slot={slot} />
                <h3>{labels[slot]}</h3>
              </div>
              <p className="lane-kind">{named.model ? sentence(kindWords(named)) : 'Not loaded yet.'}</p>
              {named.model && (
                <p className="quiet">
                  {delayWords(named)}. {lane.backend && <span title={lane.backend.reason}>{lane.backend.label}</span>}
                  {speed === null ? ', nothing said yet.' : `, ${speed}.`}
                </p>
              )}
              {cost !== null && <p className="lane-cost">{cost}</p>}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
