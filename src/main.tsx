/** Opens the page: settings, store and controller first, then React. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';
import { browserPorts } from './app/browser-ports.ts';
import type {} from './app/dev/diagnostics.ts';
import { startOffline } from './app/offline/start-offline.ts';
import { LiveContext } from './app/store/context.ts';
import { createLibraryStore } from './app/store/library.ts';
import { LibraryContext } from './app/store/library-context.ts';
import { readLibrarySettings, writeLibrarySettings } from './app/store/library-settings.ts';
import { LibraryWork } from './app/store/library-work.ts';
import { LiveController } from './app/store/live-controller.ts';
import { createLiveStore } from './app/store/live-store.ts';
import { followAddress, goTo } from './app/store/navigation.ts';
import { createSessionShelf } from './app/store/session-shelf.ts';
import { keepSettings, readSettings, settingsFromQuery } from './app/store/settings.ts';
import './app/styles/theme.css';
import './app/styles/base.css';
import './app/styles/live.css';
import './app/styles/charts.css';

const query = new URLSearchParams(location.search);
const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

/** A browser may refuse storage by throwing at the mere mention. */
function localStorageOrNull(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

const storage = localStorageOrNull();
const stored = readSettings(storage);
const asked = settingsFromQuery(query);
const store = createLiveStore({ ...stored, ...asked });
keepSettings(storage, store, stored, asked);

followAddress();
if (import.meta.env.PROD) startOffline();
const ports = await browserPorts(query);
const library = createLibraryStore(readLibrarySettings(storage));
library.subscribe((state, before) => {
  const { rules, fileSetup, compareSetups } = state;
  if (rules === before.rules && fileSetup === before.fileSetup && compareSetups === before.compareSetups) return;
  writeLibrarySettings(storage, state);
});
const librarian = new LibraryWork(library, {
  ...ports,
  goTo,
  settings: () => store.getState().settings,
  samples: () => store.getState().samples,
  shelf: typeof indexedDB === 'undefined' ? null : createSessionShelf(),
  todayMs: () => Date.now(),
});
const controller = new LiveController(store, { ...ports, keep: (take) => librarian.adopt(take) });
if (window.earshot) window.earshot.library = { store: library, controller: librarian };
if (import.meta.env.DEV && query.has('fake')) {
  const { addFakeTakes } = await import('./app/dev/fake-takes.ts');
  addFakeTakes(library, new AbortController().signal, { hours: query.has('hours') });
}
window.addEventListener('beforeunload', (event) => {
  // Scores live as long as the page: closing it in the middle of a batch is worth a question.
  const isBusy = library.getState().rows.some(({ state }) => state.kind === 'running' || state.kind === 'waiting');
  if (isBusy) event.preventDefault();
});
void librarian.openShelf();
void controller.open().then(() => librarian.acceptModels(store.getState().models));

createRoot(root).render(
  <StrictMode>
    <LiveContext value={{ store, controller }}>
      <LibraryContext value={{ store: library, controller: librarian }}>
        <App />
      </LibraryContext>
    </LiveContext>
  </StrictMode>,
);
