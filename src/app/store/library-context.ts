/** React's thin layer over the library, as context.ts is over the live store. */
import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { LibraryState, LibraryStore } from './library.ts';
import type { LibraryController } from './library-controller.ts';

export interface Library {
  readonly store: LibraryStore;
  readonly controller: LibraryController;
}

export const LibraryContext = createContext<Library | null>(null);

export function useLibrary(): Library {
  const library = useContext(LibraryContext);
  if (!library) throw new Error('this view must stand inside LibraryContext');
  return library;
}

export const useLibraryState = <T>(select: (state: LibraryState) => T): T => useStore(useLibrary().store, select);
