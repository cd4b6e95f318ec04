/** Files: dropped, pasted or picked, scored one after the other, and shown in a table that fills meanwhile. */
import { useLayoutEffect, useState } from 'react';
import { useStore } from 'zustand';
import { useLibrary, useLibraryState } from '../../store/library-context.ts';
import type { TakeRow } from '../../store/take.ts';
import { useMedia } from '../../ui/use-media.ts';
import { BatchBar } from './batch-bar.tsx';
import { BatchCards, BatchTable, COLUMNS } from './batch-table.tsx';
import { type KeptTransfer, readTransfer } from './dropped-files.ts';
import { FileChoosers, FileModelChoice, FORMATS_TEXT } from './file-choosers.tsx';
import { useRowMenu } from './row-menu.tsx';
import { filterRows, RowOrder, type Sort } from './row-order.ts';
import { tableState } from './table-state.ts';
import { filesWords } from './take-words.ts';
import { useFileDrop } from './use-file-drop.ts';
import { useSummaries } from './use-summaries.ts';
import '../../styles/files.css';

/** From here on a filter is worth its place. */
const FILTER_FROM = 4;

export function FilesView(_props: { readonly dark: boolean }) {
  const { controller } = useLibrary();
  const rows = useLibraryState((state) => state.rows);
  const notice = useLibraryState((state) => state.notice);
  /** Of a folder that is being read, or of what could not be. */
  const [word, setWord] = useState<string | null>(null);

  const take = async (kept: KeptTransfer): Promise<void> => {
    const { files, unread } = await readTransfer(kept, (count) => {
      if (count % 100 === 0) setWord(`Looking through the folder: ${filesWords(count)} so far`);
    });
    if (files.length > 0) controller.addFiles(files);
    const [first] = unread;
    if (first !== undefined) {
      setWord(`The browser could not open ${first}${unread.length > 1 ? ` and ${unread.length - 1} more` : ''}.`);
    } else setWord(files.length === 0 ? 'There was no file in that.' : null);
  };
  const isOver = useFileDrop((kept) => void take(kept));

  const isEmpty = rows.length === 0;
  return (
    <div className="files" data-empty={isEmpty}>
      {isEmpty ? <Invitation /> : <AddMore />}
      <div className="files-notice" role="status">
        {word !== null && <p className="warning">{word}</p>}
        {notice !== null && <p className="warning">{notice}</p>}
      </div>
      {!isEmpty && <Batch rows={rows} />}
      {isOver && (
        <div className="drop-veil" aria-hidden="true">
          <p>Let go to hear them</p>
        </div>
      )}
    </div>
  );
}

function Invitation() {
  return (
    <section className="drop-area drop-first" aria-labelledby="files-title">
      <div className="drop-words">
        <h1 id="files-title">Drop sound or video here</h1>
        <p className="drop-lead">
          One file or a whole folder. The first scores are there while a file is still being read, and nothing leaves
          this device.
        </p>
        <FileChoosers large />
        <p className="quiet">
          Reads {FORMATS_TEXT}. Copied files can be pasted with <kbd>Ctrl</kbd> <kbd>V</kbd>.
        </p>
        <FileModelChoice />
      </div>
      <Sketch />
    </section>
  );
}

/** [start, end] of each class's events, in hundredths of the width. */
const SKETCHED: readonly (readonly [name: string, ...spans: (readonly [number, number])[]])[] = [
  ['Rain', [0, 38], [71, 100]],
  ['Thunder', [20, 29], [78, 84]],
  ['Dog', [41, 44], [47, 49], [52, 60]],
  ['Speech', [36, 72]],
];

/** What comes out: which sound, when. Drawn, not computed. */
function Sketch() {
  return (
    <figure className="drop-sketch">
      <svg viewBox="0 0 400 232" aria-hidden="true">
        {SKETCHED.map(([name, ...spans], row) => (
          <g key={name} transform={`translate(0 ${row * 58})`}>
            <text x="0" y="20">
              {name}
            </text>
            <path className="sketch-line" d="M0 46H400" />
            {spans.map(([from, to]) => (
              <rect key={from} x={from * 4} y="29" width={(to - from) * 4} height="17" fill={`var(--class-${row})`} />
            ))}
          </g>
        ))}
      </svg>
      <figcaption className="quiet">What comes out: which sounds, and when. An example.</figcaption>
    </figure>
  );
}

function AddMore() {
  return (
    <section className="drop-area drop-more" aria-labelledby="files-title">
      <h1 id="files-title">Files</h1>
      <FileChoosers />
      <FileModelChoice />
      <p className="quiet">Or drop or paste more anywhere on this page. Nothing leaves this device.</p>
    </section>
  );
}

function Batch({ rows }: { readonly rows: readonly TakeRow[] }) {
  const { controller } = useLibrary();
  const { sort, query } = useStore(tableState);
  const summaryOf = useSummaries(rows);
  const [order] = useState(() => new RowOrder());
  const shown = filterRows(order.arrange(rows, sort, summaryOf), query, summaryOf);
  const isNarrow = useMedia('(max-width: 960px)');
  const List = isNarrow ? BatchCards : BatchTable;
  const { menu, openMenu } = useRowMenu(shown);

  // Back from a review one stands where one left.
  useLayoutEffect(() => {
    window.scrollTo(0, tableState.getState().scrollY);
    return () => tableState.setState({ scrollY: window.scrollY });
  }, []);

  return (
    <>
      <BatchBar rows={rows} />
      {(rows.length >= FILTER_FROM || query !== '' || isNarrow) && (
        <div className="batch-tools">
          {(rows.length >= FILTER_FROM || query !== '') && (
            <label className="batch-filter">
              <span>Filter</span>
              <input
                type="search"
                value={query}
                placeholder="name, folder or class"
                onChange={(event) => tableState.setState({ query: event.target.value })}
              />
            </label>
          )}
          {isNarrow && <SortChoice sort={sort} />}
          <p className="quiet" role="status">
            {query === '' ? '' : `${shown.length} of ${filesWords(rows.length)}`}
          </p>
        </div>
      )}
      <List
        rows={shown}
        sort={sort}
        onSort={(next) => tableState.setState({ sort: next })}
        summaryOf={summaryOf}
        controller={controller}
        onMore={openMenu}
      />
      {menu}
    </>
  );
}

function SortChoice({ sort }: { readonly sort: Sort }) {
  return (
    <label className="batch-sort">
      <span>Sort by</span>
      <select
        value={sort === null ? '' : `${sort.column} ${sort.descending ? 'down' : 'up'}`}
        onChange={(event) => {
          const [column, direction] = event.target.value.split(' ');
          const known = COLUMNS.find((one) => one.column === column);
          tableState.setState({ sort: known ? { column: known.column, descending: direction === 'down' } : null });
        }}
      >
        <option value="">as added</option>
        {COLUMNS.flatMap(({ column, title }) => [
          <option key={`${column} up`} value={`${column} up`}>{`${title}, up`}</option>,
          <option key={`${column} down`} value={`${column} down`}>{`${title}, down`}</option>,
        ])}
      </select>
    </label>
  );
}
