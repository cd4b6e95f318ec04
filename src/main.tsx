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
import { createModelsStore } from './app/store/models.ts';
import { ModelsContext } from './app/store/models-context.ts';
import { ModelsWork } from './app/store/models-work.ts';
import { dropFromAddress, followAddress, goTo } from './app/store/navigation.ts';
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
const modelsStore = createModelsStore();
const models = new ModelsWork(modelsStore, {
  ...ports,
  storage,
  settings: () => ({ ...store.getState().settings, byAddress: asked.modelId !== undefined }),
  leave: async (modelId) => {
    const { fileSetup, compareSetups } = library.getState();
    const isHeardWith = (await models.modelFor(store.getState().settings.modelId)).id === modelId;
    if (isHeardWith) await controller.changeModel(null);
    return isHeardWith || [fileSetup, ...compareSetups].some((setup) => setup.modelId === modelId);
  },
  todayMs: () => Date.now(),
});
const library = createLibraryStore(readLibrarySettings(storage));
library.subscribe((state, before) => {
  const { rules, fileSetup, compareSetups } = state;
  if (rules === before.rules && fileSetup === before.fileSetup && compareSetups === before.compareSetups) return;
  writeLibrarySettings(storage, state);
});
const librarian = new LibraryWork(library, {
  ...ports,
  goTo,
  modelUrl: (modelId) => models.modelUrl(modelId),
  settings: () => store.getState().settings,
  samples: () => store.getState().samples,
  shelf: typeof indexedDB === 'undefined' ? null : createSessionShelf(),
  todayMs: () => Date.now(),
});
const controller = new LiveController(store, {
  ...ports,
  modelFor: (modelId) => models.modelFor(modelId),
  onModelChosen: () => {
    delete asked.modelId;
    dropFromAddress('model');
  },
  keep: (take) => librarian.adopt(take),
});
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
void controller.open();
void models.open();
// What files and lanes are set to may have gone, here or in another tab; while the browser refuses its storage, nothing is known.
modelsStore.subscribe(({ entries, listing }) => {
  if (listing === 'read' && entries.length > 0) librarian.acceptModels(entries);
});

createRoot(root).render(
  <StrictMode>
    <LiveContext value={{ store, controller }}>
      <ModelsContext value={{ store: modelsStore, controller: models }}>
        <LibraryContext value={{ store: library, controller: librarian }}>
          <App />
        </LibraryContext>
      </ModelsContext>
    </LiveContext>
  </StrictMode>,
);
