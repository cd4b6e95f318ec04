/** Four numbers per class and lane, the best of each marked, and a sentence that says what they mean. */
import { useMemo } from 'react';
import type { Probability } from '../../../core/units.ts';
import { formatTime } from '../../charts/time-scale.ts';
import type { Span } from '../../timeline/event-bars.ts';
import { ClassSwatch } from '../../ui/class-swatch.tsx';
import { type Comparison, cellsOf, compareAll } from './compare-all.ts';
import { compareState, useCompareState } from './compare-state.ts';
import type { LaneResult } from './comparison.ts';
import type { ReadyLane } from './ready-lane.ts';

export interface StatsTableProps {
  readonly lanes: readonly ReadyLane[];
  readonly mids: readonly string[];
  readonly threshold: Probability;
  /** What is in view. */
  readonly view: Span;
  readonly revision: number;
}

export function StatsTable({ lanes, mids, threshold, view, revision }: StatsTableProps) {
  const range = useCompareState((state) => state.range);
  const key = mids.join(' ');
  const within = range === 'view' ? view : undefined;
  const comparison = useMemo(() => {
    void revision;
    return compareAll(lanes, key === '' ? [] : key.split(' '), threshold, within);
  }, [lanes, key, threshold, within, revision]);
  return (
    <section className="compare-stats" aria-labelledby="stats-title">
      <div className="compare-stats-head">
        <h2 id="stats-title">Delay against steadiness</h2>
        <label className="inline">
          <span>Over</span>
          <select
            value={range}
            onChange={(event) => compareState.setState({ range: event.target.value === 'view' ? 'view' : 'all' })}
          >
            <option value="all">all of it</option>
            <option value="view">the part in view</option>
          </select>
        </label>
      </div>
      {comparison === null ? (
        <p className="quiet">Nothing has been scored by every lane here.</p>
      ) : (
        <Results comparison={comparison} lanes={lanes} threshold={threshold} />
      )}
    </section>
  );
}

interface ResultsProps {
  readonly comparison: Comparison;
  readonly lanes: readonly ReadyLane[];
  readonly threshold: Probability;
}

function Results({ comparison, lanes, threshold }: ResultsProps) {
  const { span, classes } = comparison;
  const reach = threshold.toFixed(2);
  return (
    <div className="table-scroll">
      <table className="stats-table">
        <caption>
          {lanes.length > 1 ? 'What every lane has scored' : 'What was scored'}: {formatTime(span.startS, 1)} to{' '}
          {formatTime(span.endS, 1)}.
          {lanes.length > 1 && ' ★ is the best of the lanes; more is only better where the sound is really there.'}
        </caption>
        <thead>
          <tr>
            <th scope="col">Lane</th>
            <th scope="col" title={`The end of the first chunk at ${reach} or more: earlier it could not be said`}>
              First said
            </th>
            <th scope="col" title={`Share of the time with a score of ${reach} or more`}>
              At {reach} or more
            </th>
            <th scope="col" title="How often the score crosses the threshold, either way">
              Crossings a minute
            </th>
            <th scope="col">Mean score</th>
          </tr>
        </thead>
        {classes.map(({ mid, name, lanes: results, sentence }) => (
          <tbody key={mid}>
            <tr className="stats-class">
              <th scope="rowgroup" colSpan={5}>
                <strong>{name}</strong>
                <span>{sentence}</span>
              </th>
            </tr>
            {results.map((result, at) => (
              <Row key={lanes[at]!.slot} result={result} slot={lanes[at]!.slot} />
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}

function Row({ result, slot }: { readonly result: LaneResult; readonly slot: number }) {
  const { label, stats, best } = result;
  return (
    <tr>
      <th scope="row">
        <ClassSwatch slot={slot} /> {label}
      </th>
      {stats === null ? (
        <td colSpan={4}>this model does not know the class</td>
      ) : (
        cellsOf(result).map(({ measure, text }) => (
          <td key={measure} data-best={best.has(measure)}>
            {best.has(measure) && (
              <>
                <span aria-hidden="true">★ </span>
                <span className="visually-hidden">best, </span>
              </>
            )}
            {text}
          </td>
        ))
      )}
    </tr>
  );
}
