/** React's thin layer over the live store: two contexts and a selector hook. */
import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { LiveController } from './live-controller.ts';
import type { LiveState, LiveStore } from './live-store.ts';

export interface Live {
  readonly store: LiveStore;
  readonly controller: LiveController;
}

export const LiveContext = createContext<Live | null>(null);

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error('a live view must stand inside LiveContext');
  return live;
}

export const useLiveState = <T>(select: (state: LiveState) => T): T => useStore(useLive().store, select);
