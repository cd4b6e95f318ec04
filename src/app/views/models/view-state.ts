/** What is open in the Models view, and what was compared last: still there after a look at another view. */
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { OfficialModel } from '../../../core/catalogue/official-models.ts';
import type { FoundModel, WantedFacts } from '../../store/models-files.ts';
import type { TakeId } from '../../store/take.ts';

export interface Import {
  readonly models: readonly FoundModel[];
  /** A first try could not tell these from the file. */
  readonly wants: WantedFacts | null;
}

export interface Pair {
  readonly a: string | null;
  readonly b: string | null;
  readonly sampleId: string | null;
  readonly takeId: TakeId | null;
}

export interface ModelsViewState {
  /** The published model whose dialog is open. */
  readonly getting: OfficialModel | null;
  readonly importing: Import | null;
  /** Id of the installed model that is about to be removed. */
  readonly removing: string | null;
  readonly pair: Pair;
}

export const viewState = createStore<ModelsViewState>(() => ({
  getting: null,
  importing: null,
  removing: null,
  pair: { a: null, b: null, sampleId: null, takeId: null },
}));

export const useViewState = <T>(select: (state: ModelsViewState) => T): T => useStore(viewState, select);
