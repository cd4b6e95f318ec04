/** The table of all files, and its form for narrow screens. Only the rows in the window are drawn. */
import { Fragment, memo, useRef } from 'react';
import { formatTime } from '../../charts/time-scale.ts';
import type { TakeRow } from '../../store/take.ts';
import { pressedSort, type Sort, type SortColumn, type SummaryOf } from './row-order.ts';
import { RowActions, type RowProps, TakeName, TakeNotes, TakeStateWords, TopChips } from './row-parts.tsx';
import { isSettled, knownLengthS } from './take-words.ts';
import { useWindowRows, type WindowRows } from './use-window-rows.ts';

export const COLUMNS: readonly { readonly column: SortColumn; readonly title: string }[] = [
  { column: 'name', title: 'File' },
  { column: 'length', title: 'Length' },
  { column: 'heard', title: 'Heard' },
  { column: 'events', title: 'Events' },
  { column: 'state', title: 'State' },
];

export interface BatchListProps extends Pick<RowProps, 'controller' | 'onMore'> {
  readonly rows: readonly TakeRow[];
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
  readonly summaryOf: SummaryOf;
}

interface PlacedRowProps extends RowProps {
  readonly index: number;
  readonly measure: WindowRows['measure'];
}

const lengthWords = (row: TakeRow): string => {
  const lengthS = knownLengthS(row);
  return lengthS === null ? '' : formatTime(lengthS);
};

/** A finished file without events has none; one that is not finished may still have. */
const eventWords = ({ row, summary }: RowProps): string =>
  summary && (summary.events > 0 || isSettled(row.state)) ? String(summary.events) : '';

/** Which row an event of focus is in. */
const rowIdOf = (target: EventTarget): string | null =>
  target instanceof Element ? (target.closest<HTMLElement>('[data-row]')?.dataset['row'] ?? null) : null;

export function BatchTable({ rows, sort, onSort, summaryOf, ...rest }: BatchListProps) {
  const body = useRef<HTMLTableSectionElement>(null);
  const { items, gapBefore, gapAfter, measure, onFocusRow } = useWindowRows(rows, body, 64);
  return (
    <table className="batch-table" aria-label="Files" aria-rowcount={rows.length + 1}>
      <colgroup>
        {[...COLUMNS.map(({ column }) => column), 'actions'].map((column) => (
          <col key={column} className={`col-${column}`} />
        ))}
      </colgroup>
      <thead>
        <tr aria-rowindex={1}>
          {COLUMNS.map(({ column, title }) => {
            const direction = sort?.column === column ? (sort.descending ? 'descending' : 'ascending') : 'none';
            return (
              <th key={column} scope="col" aria-sort={direction} data-column={column}>
                <button type="button" onClick={() => onSort(pressedSort(sort, column))}>
                  {title}
                  <svg viewBox="0 0 10 12" aria-hidden="true" data-direction={direction}>
                    <path d="M1 5 5 1l4 4M1 7l4 4 4-4" />
                  </svg>
                </button>
              </th>
            );
          })}
          <th scope="col">
            <span className="visually-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody ref={body} onFocus={(event) => onFocusRow(rowIdOf(event.target))} onBlur={() => onFocusRow(null)}>
        {items.map((item, place) => {
          const row = rows[item.index];
          const gapPx = gapBefore(place);
          return (
            row && (
              <Fragment key={row.id}>
                {gapPx > 0 && <Gap heightPx={gapPx} />}
                <TableRow row={row} summary={summaryOf(row)} index={item.index} measure={measure} {...rest} />
              </Fragment>
            )
          );
        })}
        {gapAfter > 0 && <Gap heightPx={gapAfter} />}
      </tbody>
    </table>
  );
}

const Gap = ({ heightPx }: { readonly heightPx: number }) => (
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus; it only holds the place of rows not drawn
  <tr className="batch-gap" aria-hidden="true">
    <td colSpan={COLUMNS.length + 1} style={{ height: heightPx }} />
  </tr>
);

const TableRow = memo(function TableRow({ index, measure, ...props }: PlacedRowProps) {
  const { row } = props;
  return (
    <tr ref={measure} data-index={index} data-row={row.id} data-state={row.state.kind} aria-rowindex={index + 2}>
      <th scope="row">
        <TakeName {...props} />
        <TakeNotes {...props} />
      </th>
      <td data-column="length">{lengthWords(row)}</td>
      <td>
        <TopChips {...props} />
      </td>
      <td data-column="events">{eventWords(props)}</td>
      <td>
        <TakeStateWords {...props} />
      </td>
      <td>
        <RowActions {...props} />
      </td>
    </tr>
  );
});

/** Where a table has no room. */
export function BatchCards({ rows, summaryOf, sort: _sort, onSort: _onSort, ...rest }: BatchListProps) {
  const list = useRef<HTMLUListElement>(null);
  const { items, gapBefore, gapAfter, measure, onFocusRow } = useWindowRows(rows, list, 170);
  return (
    <ul
      ref={list}
      className="batch-cards"
      aria-label="Files"
      style={{ paddingTop: items.length === 0 ? 0 : gapBefore(0), paddingBottom: gapAfter }}
      onFocus={(event) => onFocusRow(rowIdOf(event.target))}
      onBlur={() => onFocusRow(null)}
    >
      {items.map((item, place) => {
        const row = rows[item.index];
        return (
          row && (
            <Card
              key={row.id}
              row={row}
              summary={summaryOf(row)}
              index={item.index}
              count={rows.length}
              gapPx={place === 0 ? 0 : gapBefore(place)}
              measure={measure}
              {...rest}
            />
          )
        );
      })}
    </ul>
  );
}

const Card = memo(function Card({
  index,
  count,
  gapPx,
  measure,
  ...props
}: PlacedRowProps & { readonly count: number; readonly gapPx: number }) {
  const { row } = props;
  const events = eventWords(props);
  const facts = [
    lengthWords(row),
    events === '' ? '' : `${events} ${events === '1' ? 'event' : 'events'}`,
    row.state.kind === 'done' ? 'done' : '',
  ];
  return (
    <li
      ref={measure}
      data-index={index}
      data-row={row.id}
      data-state={row.state.kind}
      aria-setsize={count}
      aria-posinset={index + 1}
      style={gapPx > 0 ? { marginTop: gapPx } : undefined}
    >
      <h2>
        <TakeName {...props} />
      </h2>
      <TakeNotes {...props} />
      <TopChips {...props} />
      <div className="card-foot">
        <div>
          <p className="card-facts">{facts.filter(Boolean).join(', ')}</p>
          {row.state.kind !== 'done' && <TakeStateWords {...props} />}
        </div>
        <RowActions {...props} />
      </div>
    </li>
  );
});
