/**
 * All takes of this visit: what was dropped, what is being scored, what is finished. A vanilla store; the numbers are in the takes.
 * The work is done by LibraryController; views read rows here and ask the controller.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { EventRules } from '../../core/events/event-types.ts';
import type { ShelfEntry } from './session-shelf.ts';
import type { LaneSetup, TakeId, TakeRow } from './take.ts';

export interface LibraryState {
  /** In the order they came. */
  readonly rows: readonly TakeRow[];
  /** The take under review. */
  readonly openId: TakeId | null;
  /** The rules events are derived by, everywhere; kept between visits. */
  readonly rules: EventRules;
  /** What the next dropped files are scored with. */
  readonly fileSetup: LaneSetup;
  /** The lanes of the compare view, at most three. */
  readonly compareSetups: readonly LaneSetup[];
  /** Take shown in the compare view. */
  readonly compareId: TakeId | null;
  /** Recorded sessions in this browser's storage, newest first; kept between visits. */
  readonly shelf: readonly ShelfEntry[];
  /** A refusal in words, e.g. a drop without any sound; null when none. */
  readonly notice: string | null;
}

export type LibraryStore = StoreApi<LibraryState>;

export function createLibraryStore(initial: Pick<LibraryState, 'rules' | 'fileSetup' | 'compareSetups'>): LibraryStore {
  return createStore<LibraryState>(() => ({
    rows: [],
    openId: null,
    compareId: null,
    notice: null,
    shelf: [],
    ...initial,
  }));
}

export const rowOf = (state: LibraryState, id: TakeId | null): TakeRow | null =>
  state.rows.find((row) => row.id === id) ?? null;
