/**
 * Events or rejected candidates, thousands if need be: only what is in view is in the page. Each row is a button that seeks. The list
 * is one stop of the Tab key; arrows, Page Up, Page Down, Home and End move within it.
 */
import { defaultRangeExtractor, type Range, useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, memo, useCallback, useEffect, useRef, useState } from 'react';
import type { RejectedCandidate, TagEvent } from '../../core/events/event-types.ts';
import type { Seconds } from '../../core/units.ts';
import { formatTime } from '../charts/time-scale.ts';
import { lengthWords } from './event-words.ts';

type Row = TagEvent | RejectedCandidate;

interface EventListProps {
  readonly rows: readonly Row[];
  readonly label: string;
  /** Said in place of an empty list. */
  readonly nothing: string;
  readonly onSeek: (timeS: Seconds) => void;
}

const PAGE_ROWS = 8;

export function EventList({ rows, label, nothing, onSeek }: EventListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [chosen, setActive] = useState(0);
  const active = Math.min(chosen, Math.max(0, rows.length - 1));
  const focusWanted = useRef(false);
  // The row the Tab key leads to is always there, even when it is scrolled out of view.
  const rangeExtractor = useCallback(
    (range: Range) => {
      const indexes = new Set(defaultRangeExtractor(range));
      if (range.count > 0) indexes.add(Math.min(active, range.count - 1));
      return [...indexes].sort((a, b) => a - b);
    },
    [active],
  );
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (isRejected(rows[index]) ? 62 : 41),
    overscan: 8,
    rangeExtractor,
  });

  useEffect(() => {
    if (!focusWanted.current) return;
    const button = scroller.current?.querySelector<HTMLButtonElement>(`[data-index="${active}"] button`);
    if (!button) return;
    focusWanted.current = false;
    button.focus({ preventScroll: true });
  });

  const move = (event: KeyboardEvent): void => {
    const to = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + PAGE_ROWS,
      PageUp: active - PAGE_ROWS,
      Home: 0,
      End: rows.length - 1,
    }[event.key];
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    // Keys of the page around, such as the player's, are not meant.
    event.stopPropagation();
    const next = Math.min(rows.length - 1, Math.max(0, to));
    focusWanted.current = true;
    setActive(next);
    virtualizer.scrollToIndex(next, { align: 'auto' });
  };

  if (rows.length === 0) return <p className="events-nothing">{nothing}</p>;
  return (
    <>
      <p className="event-columns" aria-hidden="true">
        <span>From</span>
        <span>Class</span>
        <span>Length</span>
        <span>Peak</span>
      </p>
      <div ref={scroller} className="event-scroller">
        <ol aria-label={label} style={{ height: virtualizer.getTotalSize() }} onKeyDown={move}>
          {virtualizer.getVirtualItems().map((item) => (
            <li
              key={item.key}
              // Reasons may take several lines; events have one height, and measuring costs.
              ref={isRejected(rows[item.index]) ? virtualizer.measureElement : null}
              data-index={item.index}
              aria-setsize={rows.length}
              aria-posinset={item.index + 1}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <EventButton
                row={rows[item.index]!}
                index={item.index}
                isStop={item.index === active}
                onSeek={onSeek}
                onFocus={setActive}
              />
            </li>
          ))}
        </ol>
      </div>
    </>
  );
}

interface EventButtonProps {
  readonly row: Row;
  readonly index: number;
  readonly isStop: boolean;
  readonly onSeek: (timeS: Seconds) => void;
  readonly onFocus: (index: number) => void;
}

const EventButton = memo(function EventButton({ row, index, isStop, onSeek, onFocus }: EventButtonProps) {
  const { name, startS, endS, peak } = row;
  return (
    <button
      type="button"
      className="event-row"
      tabIndex={isStop ? 0 : -1}
      onFocus={() => onFocus(index)}
      onClick={() => onSeek(startS)}
    >
      <span className="event-time">{formatTime(startS, 1)}</span> <span className="event-name">{name}</span>{' '}
      <span className="event-length">{lengthWords(endS - startS)}</span>{' '}
      <span className="event-peak">
        <span className="visually-hidden">peak </span>
        {peak.toFixed(2)}
      </span>
      {isRejected(row) && (
        <>
          {' '}
          <span className="event-why">{row.why}</span>
        </>
      )}
    </button>
  );
});

const isRejected = (row: Row | undefined): row is RejectedCandidate => row !== undefined && 'why' in row;
