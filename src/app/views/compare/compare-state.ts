/** What a person set in the compare view: it is still there after a look at another view. */
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { Probability } from '../../../core/units.ts';
import type { CompareSource } from '../../store/library-controller.ts';
import type { Take } from '../../store/take.ts';
import type { Chosen } from './class-choice.ts';

export type PanelLayout = 'class' | 'lane';
export type StatsRange = 'all' | 'view';

export interface CompareState {
  /** Null until it was moved here: then the one events go by. */
  readonly threshold: Probability | null;
  readonly layout: PanelLayout;
  readonly range: StatsRange;
  /** Classes somebody chose for one recording; they stay when it is run again with other lanes. */
  readonly picked: { readonly of: string; readonly chosen: readonly Chosen[] } | null;
  /** What was listened to last. */
  readonly source: CompareSource | null;
  /** The browser is asked for sound. */
  readonly asking: boolean;
  /** Why there is no sound, in words. */
  readonly problem: string | null;
}

export const compareState = createStore<CompareState>(() => ({
  threshold: null,
  layout: 'class',
  range: 'all',
  picked: null,
  source: null,
  asking: false,
  problem: null,
}));

export const useCompareState = <T>(select: (state: CompareState) => T): T => useStore(compareState, select);

/** Two runs over one recording have the same. */
export const recordingOf = ({ kind, folder, name }: Take): string => (kind === 'live' ? 'live' : `${folder}${name}`);
