/** The installer worker's entry: the host, given the world. */
import { turn } from '../worker/turn.ts';
import { InstallHost } from './install-host.ts';
import type { ToInstaller } from './install-messages.ts';
import { MODELS_CHANNEL } from './models-channel.ts';
import { openStore } from './open-store.ts';
import { openTurns } from './turns.ts';

declare const self: DedicatedWorkerGlobalScope;

const changes = new BroadcastChannel(MODELS_CHANNEL);

const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });

/** Not there on insecure pages, whatever the types say. */
const storage: StorageManager | undefined = navigator.storage;
const locks: LockManager | undefined = navigator.locks;

async function freeBytes(): Promise<number | null> {
  const { quota, usage } = (await storage?.estimate?.().catch(() => null)) ?? {};
  return quota === undefined ? null : Math.max(0, quota - (usage ?? 0));
}

const host = new InstallHost({
  post: (message) => self.postMessage(message),
  openStore,
  turns: openTurns(locks),
  turn,
  sleep,
  fetch: (url, init) => fetch(url, init),
  now: () => Date.now(),
  freeBytes,
  isPersisted: async () => (await storage?.persisted?.().catch(() => false)) ?? false,
  tellAll: () => changes.postMessage(null),
});

self.onmessage = ({ data }: MessageEvent<ToInstaller>) => {
  void host.handle(data);
};
