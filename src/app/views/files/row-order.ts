/**
 * The order of the table and what of it is shown. What is not known yet stands last in either direction, in the order it came, so
 * that rows keep still while they fill. Pure.
 */
import type { TakeRow, TakeState } from '../../store/take.ts';
import type { TakeSummary } from './take-summaries.ts';
import { isSettled, knownLengthS } from './take-words.ts';

export type SortColumn = 'name' | 'length' | 'heard' | 'events' | 'state';
/** Null: as the files came. */
export type Sort = { readonly column: SortColumn; readonly descending: boolean } | null;

type Key = string | number | null;

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** What one looks for first comes first: what is going on, what went wrong, what is done. */
const STATE_RANK: Readonly<Record<TakeState['kind'], number>> = {
  running: 0,
  loading: 1,
  failed: 2,
  stopped: 3,
  waiting: 4,
  done: 5,
};

export type SummaryOf = (row: TakeRow) => TakeSummary | null;

function keyOf(row: TakeRow, column: SortColumn, summaryOf: SummaryOf): Key {
  switch (column) {
    case 'name':
      return `${row.take.folder}${row.take.name}`;
    case 'length':
      return knownLengthS(row);
    case 'state':
      return STATE_RANK[row.state.kind];
    case 'events':
      return isSettled(row.state) ? (summaryOf(row)?.events ?? null) : null;
    case 'heard':
      return isSettled(row.state) ? (summaryOf(row)?.top[0]?.name ?? null) : null;
  }
}

/** Sorts again only when a key changed: most updates are of the one file that is being read. */
export class RowOrder {
  #sort: Sort = null;
  #ids: readonly string[] = [];
  #keys: readonly Key[] = [];
  #places: readonly number[] = [];

  /** The rows in order. */
  arrange(rows: readonly TakeRow[], sort: Sort, summaryOf: SummaryOf): readonly TakeRow[] {
    if (sort === null) return rows;
    const ids = rows.map(({ id }) => id);
    const keys = rows.map((row) => keyOf(row, sort.column, summaryOf));
    const same =
      this.#sort?.column === sort.column &&
      this.#sort.descending === sort.descending &&
      sameItems(ids, this.#ids) &&
      sameItems(keys, this.#keys);
    if (!same) {
      const sign = sort.descending ? -1 : 1;
      this.#places = rows
        .map((_, place) => place)
        .sort((a, b) => {
          const left = keys[a]!;
          const right = keys[b]!;
          if (left === null || right === null) return left === right ? a - b : left === null ? 1 : -1;
          return sign * compare(left, right) || a - b;
        });
      this.#sort = sort;
      this.#ids = ids;
      this.#keys = keys;
    }
    return this.#places.map((place) => rows[place]!);
  }
}

const compare = (a: string | number, b: string | number): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b));

const sameItems = <T>(a: readonly T[], b: readonly T[]): boolean =>
  a.length === b.length && a.every((item, index) => item === b[index]);

/** A press on a column's head: up, down, and back to the order the files came in. */
export function pressedSort(sort: Sort, column: SortColumn): Sort {
  if (sort?.column !== column) return { column, descending: column === 'length' || column === 'events' };
  const first = column === 'length' || column === 'events';
  return sort.descending === first ? { column, descending: !first } : null;
}

/** Rows whose name, folder or heard classes have every word of the query. */
export function filterRows(rows: readonly TakeRow[], query: string, summaryOf: SummaryOf): readonly TakeRow[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const text = `${row.take.folder}${row.take.name} ${summaryOf(row)?.heard.join(' ') ?? ''}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
