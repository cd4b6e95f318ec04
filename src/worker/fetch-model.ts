/** Where the engine's worker gets a model's files: the network, or the browser's own storage for those that were installed. */
import type { FileStore } from '../installer/file-store.ts';
import { fetchInstalled, isInstalledUrl } from '../installer/installed-files.ts';
import { openStores } from '../installer/open-store.ts';

let stores: Promise<readonly FileStore[]> | null = null;

export async function fetchModel(url: string): Promise<Response> {
  if (!isInstalledUrl(url)) return fetch(url);
  stores ??= openStores();
  return fetchInstalled(url, await stores);
}
