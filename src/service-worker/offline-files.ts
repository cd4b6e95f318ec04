/** What the build tells the service worker (scripts/vite-offline.ts), and what a page tells it. Types and parsers only. */
import * as v from 'valibot';

/** Addresses are relative to the folder of `index.html`. */
export interface OfflineFiles {
  /** Fetched when the worker is installed. `revision` null: the name changes with the content. */
  readonly always: readonly { readonly url: string; readonly revision: string | null }[];
  /** Large: kept once it was used. `sha256` of the content, lower-case hex. */
  readonly whenUsed: readonly { readonly url: string; readonly sha256: string }[];
}

export const PageMessageSchema = v.variant('type', [
  /** Take over from the version before; workbox-window's word for it. */
  v.object({ type: v.literal('SKIP_WAITING') }),
  /** These were fetched before the worker could see it: keep those of them that are kept at all. */
  v.object({ type: v.literal('keep'), urls: v.array(v.string()) }),
  /** A page has opened with this script as its entry. */
  v.object({ type: v.literal('opened'), entry: v.string() }),
]);
export type PageMessage = v.InferOutput<typeof PageMessageSchema>;
