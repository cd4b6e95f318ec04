/** Registers the service worker, once for the page, and keeps the store `offline` true. */
import * as v from 'valibot';
import { USED_FILES_CHANNEL } from '../../core/protocol/used-files.ts';
import type { PageMessage } from '../../service-worker/offline-files.ts';
import { offline } from './offline.ts';

const UsedFiles = v.array(v.string());

export function startOffline(): void {
  // Not there on insecure pages.
  if (!('serviceWorker' in navigator)) return;
  const { serviceWorker } = navigator;
  offline.setState({ state: serviceWorker.controller ? 'ready' : 'installing' });
  // Open before any engine can have loaded something.
  new BroadcastChannel(USED_FILES_CHANNEL).onmessage = ({ data }) => {
    const parsed = v.safeParse(UsedFiles, data);
    if (parsed.success) void tell({ type: 'keep', urls: parsed.output });
  };
  void serviceWorker.ready.then(() => {
    if (offline.getState().state === 'installing') offline.setState({ state: 'ready' });
    const entry = document.querySelector<HTMLScriptElement>('script[type="module"][src]')?.src;
    if (entry !== undefined) void tell({ type: 'opened', entry });
  });
  register().catch(() => {
    // With one from an earlier visit the page stays as it is.
    if (!serviceWorker.controller) offline.setState({ state: 'unsupported' });
  });
}

async function tell(message: PageMessage): Promise<void> {
  const { active } = await navigator.serviceWorker.ready;
  active?.postMessage(message);
}

async function register(): Promise<void> {
  const { Workbox } = await import('workbox-window');
  // In the page's own folder, which is its scope: a build works from any folder of any host.
  const workbox = new Workbox(new URL('service-worker.js', document.baseURI).href, { updateViaCache: 'none' });
  let asked = false;
  workbox.addEventListener('waiting', () => {
    const update = (): void => {
      asked = true;
      workbox.messageSkipWaiting();
    };
    offline.setState({ state: 'update-ready', update });
  });
  workbox.addEventListener('controlling', ({ isUpdate }) => {
    if (asked) location.reload();
    // Another tab was updated; this one goes on as it is until it is told to.
    else if (isUpdate) offline.setState({ state: 'update-ready', update: () => location.reload() });
  });
  // The first installation did not get all files.
  workbox.addEventListener('redundant', ({ isUpdate }) => {
    if (!isUpdate) offline.setState({ state: 'unsupported' });
  });
  // After the page's own files, so that it does not wait for these.
  await workbox.register();
}
