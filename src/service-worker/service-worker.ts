/**
 * Opens the page without a network. Everything small is fetched when a version is installed; the runtime's .wasm files and the
 * weights of the models beside the page (tens of megabytes, one of each is used) are kept when they are first used. A version
 * answers from its own files only, so a page never mixes two. Headers are kept with the files, cross-origin isolation with them.
 * Models that were installed are not in here: the engine reads them from the browser's storage.
 */
import * as v from 'valibot';
import { PrecacheController, PrecacheRoute } from 'workbox-precaching';
import { registerRoute } from 'workbox-routing';
import { CacheFirst } from 'workbox-strategies';
import { type OfflineFiles, PageMessageSchema } from './offline-files.ts';

declare const self: ServiceWorkerGlobalScope;
/** Written in by the build. */
declare const __OFFLINE_FILES__: OfflineFiles;

/** Once: the build writes the whole list wherever the name stands. */
const files = __OFFLINE_FILES__;
const scope = new URL(self.registration.scope);

const always = new PrecacheController();
always.addToCacheList([...files.always]);

/** Hashes by address. */
const whenUsed = new Map(files.whenUsed.map(({ url, sha256 }) => [new URL(url, scope).href, sha256]));
const WHEN_USED_CACHE = `earshot-when-used-${scope.href}`;

/** Content and address together: weights of another version under the same name are another entry. */
const keyOf = (url: string): string => `${url}?sha256=${whenUsed.get(url)}`;

const keepWhenUsed = new CacheFirst({
  cacheName: WHEN_USED_CACHE,
  plugins: [
    {
      cacheKeyWillBeUsed: async ({ request }) => keyOf(request.url),
      // Nothing incomplete or of another version is kept. What was kept before is not hashed again: the loader does that.
      cacheWillUpdate: async ({ request, response }) => {
        if (response.status !== 200) return null;
        const bytes = await response.arrayBuffer();
        if ((await sha256(bytes)) !== whenUsed.get(request.url)) return null;
        return new Response(bytes, { headers: response.headers });
      },
    },
  ],
});

async function sha256(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

// Views are in the query, so there is one page.
registerRoute(
  ({ request, url }) =>
    request.mode === 'navigate' && (url.pathname === scope.pathname || url.pathname === `${scope.pathname}index.html`),
  always.createHandlerBoundToURL('index.html'),
);
registerRoute(new PrecacheRoute(always, { ignoreURLParametersMatching: [], cleanURLs: false }));
registerRoute(({ url }) => whenUsed.has(url.href), keepWhenUsed);
// A page of the version before may still be open in another tab and load a part of itself only now.
registerRoute(
  ({ url }) => url.href.startsWith(new URL('assets/', scope).href),
  async ({ request }) => {
    const cache = await caches.open(always.strategy.cacheName);
    return (await cache.match(request.url)) ?? fetch(request);
  },
);

self.addEventListener('install', (event) => {
  // It tells the browser itself; a failed one is tried again at the next visit.
  always.install(event).catch(() => undefined);
});
// The first visit's page too: what it loads from now on is kept.
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('message', (event) => {
  const parsed = v.safeParse(PageMessageSchema, event.data);
  if (!parsed.success) return;
  const message = parsed.output;
  switch (message.type) {
    case 'SKIP_WAITING':
      event.waitUntil(self.skipWaiting());
      return;
    case 'keep':
      event.waitUntil(keep(message.urls, event));
      return;
    case 'opened':
      event.waitUntil(tidy(message.entry, event));
  }
});

async function keep(urls: readonly string[], event: ExtendableEvent): Promise<void> {
  const cache = await caches.open(WHEN_USED_CACHE);
  for (const url of new Set(urls)) {
    if (!whenUsed.has(url) || (await cache.match(keyOf(url)))) continue;
    // The browser's own cache has it: it was fetched a moment ago.
    const [response, stored] = keepWhenUsed.handleAll({ request: new Request(url), event });
    await Promise.allSettled([response, stored]);
  }
}

/** Drops what belongs to older versions, once no page of theirs can be open: the only one there is has opened with this version. */
async function tidy(entry: string, event: ExtendableEvent): Promise<void> {
  const windows = await self.clients.matchAll({ type: 'window' });
  if (windows.length > 1 || always.getCacheKeyForURL(entry) === undefined) return;
  await always.activate(event);
  const wanted = new Set([...whenUsed.keys()].map(keyOf));
  const cache = await caches.open(WHEN_USED_CACHE);
  for (const { url } of await cache.keys()) {
    if (!wanted.has(url)) await cache.delete(url);
  }
}
