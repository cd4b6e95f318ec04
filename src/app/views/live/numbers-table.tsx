/** The charts' text twin: the last chunks as a table, and what happened as a list. */
import { useState } from 'react';
import { formatTime } from '../../charts/time-scale.ts';
import { useLive, useLiveState } from '../../store/context.ts';
import { gapWords } from './gap-words.ts';
import { viewEnd } from './scrolling.ts';

const LINES = 12;

export function NumbersTable() {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="numbers" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>The same as numbers</summary>
      {isOpen && <Table />}
    </details>
  );
}

function Table() {
  const live = useLive();
  const rows = useLiveState((state) => state.rows);
  const card = useLiveState((state) => state.card);
  const threshold = useLiveState((state) => state.settings.threshold);
  const marks = useLiveState((state) => state.marks);
  const gaps = useLiveState((state) => state.gaps);
  useLiveState((state) => state.revision);
  useLiveState((state) => state.view);
  const { scores } = live.store.history;
  if (!scores || !card) return <p className="quiet">Nothing was scored yet.</p>;
  const { from, to } = scores.range(0, viewEnd(live));
  const sequences = Array.from({ length: Math.min(LINES, to - from) }, (_, i) => to - 1 - i);
  const happenings = [
    ...marks.map(({ atS, text }) => ({ atS, text })),
    ...gaps.map((gap) => ({ atS: gap.startS, text: gapWords(gap) })),
  ].sort((a, b) => b.atS - a.atS);
  return (
    <>
      <div className="table-scroll">
        <table>
          <caption>
            Scores of the last {sequences.length} chunks in view, newest first; bold is over the threshold
          </caption>
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col">To</th>
              {rows.map((row) => (
                <th scope="col" key={row.classIndex}>
                  {card.labels.names[row.classIndex]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sequences.map((sequence) => (
              <tr key={sequence}>
                <td>{formatTime(scores.startOf(sequence), 1)}</td>
                <td>{formatTime(scores.endOf(sequence), 1)}</td>
                {rows.map((row) => {
                  const value = scores.value(sequence, row.classIndex);
                  return (
                    <td key={row.classIndex}>
                      {value >= threshold ? <strong>{value.toFixed(2)}</strong> : value.toFixed(2)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {happenings.length > 0 && (
        <ul className="happenings" aria-label="What happened">
          {happenings.slice(0, 20).map(({ atS, text }, index) => (
            <li key={`${atS}:${text}:${index}`}>
              <time>{formatTime(atS, 1)}</time> {text}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
