/** Opens the page: settings, store and controller first, then React. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';
import { browserPorts } from './app/browser-ports.ts';
import { LiveContext } from './app/store/context.ts';
import { LiveController } from './app/store/live-controller.ts';
import { createLiveStore } from './app/store/live-store.ts';
import { followAddress } from './app/store/navigation.ts';
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
const controller = new LiveController(store, await browserPorts(query));
void controller.open();

createRoot(root).render(
  <StrictMode>
    <LiveContext value={{ store, controller }}>
      <App />
    </LiveContext>
  </StrictMode>,
);
