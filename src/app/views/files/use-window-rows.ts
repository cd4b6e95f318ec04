/** Which rows of a long list are drawn: those in the window, a few around them, and the one that has the keyboard. */
import { defaultRangeExtractor, useWindowVirtualizer, type VirtualItem } from '@tanstack/react-virtual';
import { type RefObject, useLayoutEffect, useState } from 'react';
import type { TakeRow } from '../../store/take.ts';

export interface WindowRows {
  readonly items: readonly VirtualItem[];
  /** Pixels without rows before each item, and after the last. */
  readonly gapBefore: (place: number) => number;
  readonly gapAfter: number;
  readonly measure: (element: HTMLElement | null) => void;
  /** To be told where the keyboard is. */
  readonly onFocusRow: (id: string | null) => void;
}

export function useWindowRows(
  rows: readonly TakeRow[],
  list: RefObject<HTMLElement | null>,
  heightPx: number,
): WindowRows {
  const [topPx, setTopPx] = useState(0);
  const [focusedId, setFocusedId] = useState<string | null>(null);
  // What stands above the list comes and goes: a notice, a progress bar. The page's height tells, without asking for a layout.
  useLayoutEffect(() => {
    const { current } = list;
    if (!current) return;
    const place = (): void => setTopPx(Math.round(current.getBoundingClientRect().top + window.scrollY));
    place();
    const observer = new ResizeObserver(place);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [list]);
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => heightPx,
    getItemKey: (index) => rows[index]?.id ?? index,
    scrollMargin: topPx,
    overscan: 6,
    rangeExtractor: (range) => {
      const shown = defaultRangeExtractor(range);
      const focused = focusedId === null ? -1 : rows.findIndex(({ id }) => id === focusedId);
      if (focused < 0 || shown.includes(focused)) return shown;
      return [...shown, focused].sort((a, b) => a - b);
    },
  });
  const items = virtualizer.getVirtualItems();
  return {
    items,
    gapBefore: (place) => items[place]!.start - (place === 0 ? topPx : items[place - 1]!.end),
    gapAfter: items.length === 0 ? 0 : virtualizer.getTotalSize() - (items[items.length - 1]!.end - topPx),
    measure: virtualizer.measureElement,
    onFocusRow: setFocusedId,
  };
}
