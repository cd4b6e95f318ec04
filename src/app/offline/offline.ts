/**
 * Whether the page opens without a network. `ready`: this page does, with its sample sounds, the models beside it that were used,
 * and those that were installed. `update-ready`: it does, and a newer version waits.
 */
import { createStore } from 'zustand/vanilla';

export type OfflineState =
  /** No service worker: an insecure page, a private window of some browsers, the development server. */
  'unsupported' | 'installing' | 'ready' | 'update-ready';

export interface Offline {
  readonly state: OfflineState;
  /** Reloads the page with the newer version. Nothing else does: somebody may be listening. */
  update(): void;
}

export const offline = createStore<Offline>(() => ({ state: 'unsupported', update: () => undefined }));
