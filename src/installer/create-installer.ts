/** The browser's installer: a worker that downloads and stores, a worker that measures. Page thread. */
import { EarshotError } from '../core/errors.ts';
import { DIFFERENCE_CLIP } from '../core/model/precision.ts';
import type { Installer } from './installer.ts';
import { InstallerClient } from './installer-client.ts';
import { MODELS_CHANNEL } from './models-channel.ts';

export interface CreateInstallerOptions {
  /** Ids of the models beside the page (public/models/index.json): a file from disk gets another one. */
  readonly embeddedIds?: readonly string[];
  /** The page's own address, where `samples/` lies. */
  readonly baseUrl?: string;
}

/** Starts nothing until it is first asked for something. */
export function createInstaller({
  embeddedIds = [],
  baseUrl = document.baseURI,
}: CreateInstallerOptions = {}): Installer {
  return new InstallerClient({
    spawn: () =>
      new Worker(new URL('./install.worker.ts', import.meta.url), { type: 'module', name: 'earshot-install' }),
    spawnEngine: () =>
      new Worker(new URL('../worker/tagger.worker.ts', import.meta.url), { type: 'module', name: 'earshot-measure' }),
    fetchClip: () => fetchClip(new URL(`samples/${DIFFERENCE_CLIP}.mp3`, baseUrl).href),
    takenIds: embeddedIds,
    // Not there on insecure pages, whatever the types say.
    persist: async () => (await navigator.storage?.persist?.().catch(() => false)) ?? false,
    onChange: (listener) => {
      const channel = new BroadcastChannel(MODELS_CHANNEL);
      channel.onmessage = listener;
      return () => channel.close();
    },
  });
}

async function fetchClip(url: string): Promise<File> {
  const failed = (cause?: unknown): EarshotError =>
    new EarshotError('download-failed', `The sample ${url} could not be fetched`, { cause });
  const response = await fetch(url).catch((cause: unknown) => {
    throw failed(cause);
  });
  if (!response.ok) throw failed();
  return new File([await response.blob()], `${DIFFERENCE_CLIP}.mp3`, { type: 'audio/mpeg' });
}
