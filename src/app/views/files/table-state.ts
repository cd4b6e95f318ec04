/** How the table is looked at, kept while other views are shown: sorting, filter, and how far it is scrolled. */
import { createStore } from 'zustand/vanilla';
import type { Sort } from './row-order.ts';

export const tableState = createStore<{
  readonly sort: Sort;
  readonly query: string;
  readonly scrollY: number;
}>(() => ({ sort: null, query: '', scrollY: 0 }));
