/** The pictures' text twins: every class of the heat map with its peak, and the chosen classes' scores in the part in view. */
import { type ReactNode, useState } from 'react';
import type { EventRules } from '../../../core/events/event-types.ts';
import type { ScoreTimeline } from '../../../core/scores/score-timeline.ts';
import type { Probability, Seconds } from '../../../core/units.ts';
import { stepRows } from '../../charts/step-rows.ts';
import { formatTime } from '../../charts/time-scale.ts';
import { useViewport } from '../../timeline/plot-context.ts';
import type { Viewport } from '../../timeline/viewport.ts';
import type { HeatRow } from './heat-rows.ts';
import type { ScorePyramid } from './score-pyramid.ts';

const STRETCHES = 40;

function Fold({ title, children }: { readonly title: string; readonly children: () => ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="numbers" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{title}</summary>
      {isOpen && children()}
    </details>
  );
}

export interface ReviewTablesProps {
  readonly scores: ScoreTimeline;
  readonly pyramid: ScorePyramid;
  readonly rows: readonly HeatRow[];
  readonly chosen: readonly HeatRow[];
  readonly rules: EventRules;
  readonly viewport: Viewport;
  /** Grows when the scores do. */
  readonly version: number;
  readonly onSeek: (atS: Seconds) => void;
}

export function ReviewTables(props: ReviewTablesProps) {
  return (
    <>
      <Fold title="The heat map as numbers">{() => <ClassTable {...props} />}</Fold>
      <Fold title="The timelines as numbers">{() => <StretchTable {...props} />}</Fold>
    </>
  );
}

function ClassTable({ pyramid, rows, rules, onSeek }: ReviewTablesProps) {
  return (
    <div className="table-scroll">
      <table className="class-table">
        <caption>
          All classes that scored at least as much as events may fall to, or 0.1, in the order of the heat map
        </caption>
        <thead>
          <tr>
            <th scope="col">Class</th>
            <th scope="col">Branch</th>
            <th scope="col">Highest score</th>
            <th scope="col">at</th>
            <th scope="col">First over its threshold</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ mid, name, branch, classIndex, peak }) => {
            const on: Probability = rules.perClass[mid]?.on ?? rules.on;
            return (
              <tr key={mid}>
                <th scope="row">{name}</th>
                <td>{branch}</td>
                <td>{peak.toFixed(2)}</td>
                <td>
                  <Moment atS={pyramid.firstReach(classIndex, peak)} onSeek={onSeek} />
                </td>
                <td>
                  <Moment atS={pyramid.firstReach(classIndex, on)} onSeek={onSeek} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Moment({ atS, onSeek }: { readonly atS: Seconds | null; readonly onSeek: (atS: Seconds) => void }) {
  if (atS === null) return <>never</>;
  return (
    <button type="button" className="moment" onClick={() => onSeek(atS)}>
      {formatTime(atS, 1)}
    </button>
  );
}

function StretchTable({ scores, chosen, rules, viewport }: ReviewTablesProps) {
  const startS = useViewport(viewport, (state) => Math.round(state.startS * 2) / 2);
  const endS = useViewport(viewport, (state) => Math.round(state.endS * 2) / 2);
  if (chosen.length === 0) return <p className="quiet">No class has a timeline.</p>;
  const steps = stepRows(
    scores,
    chosen.map(({ classIndex }) => classIndex),
    startS,
    endS,
    STRETCHES,
  );
  const stretches = steps
    .map((step, place) => ({ fromS: step.t, toS: steps[place + 1]?.t ?? step.t, values: step.values }))
    .filter(({ fromS, toS }) => toS > fromS);
  return (
    <div className="table-scroll">
      <table>
        <caption>
          Highest scores from {formatTime(startS)} to {formatTime(endS)}, the part in view, in {stretches.length}{' '}
          stretches; bold is over the threshold
        </caption>
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col">To</th>
            {chosen.map(({ mid, name }) => (
              <th scope="col" key={mid}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {stretches.map(({ fromS, toS, values }) => (
            <tr key={fromS}>
              <td>{formatTime(fromS, 1)}</td>
              <td>{formatTime(toS, 1)}</td>
              {chosen.map(({ mid }, place) => {
                const value = values[place];
                if (value == null) return <td key={mid}>not scored</td>;
                const on = rules.perClass[mid]?.on ?? rules.on;
                return <td key={mid}>{value >= on ? <strong>{value.toFixed(2)}</strong> : value.toFixed(2)}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
