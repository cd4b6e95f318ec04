/** Which storage there is, by trying it. Workers only. */
import { EarshotError } from '../core/errors.ts';
import { CacheStore } from './cache-store.ts';
import { type FileStore, readText, writeText } from './file-store.ts';
import { OpfsStore } from './opfs-store.ts';

const PROBE = 'probe';

/** The private file system where it really writes and reads, else the Cache API, else null (private windows, insecure pages). */
export async function openStore(): Promise<FileStore | null> {
  for (const open of [() => OpfsStore.open(), () => CacheStore.open()]) {
    const store = await open().catch(() => null);
    if (store && (await works(store))) return store;
  }
  return null;
}

async function works(store: FileStore): Promise<boolean> {
  // Of its own name: two tabs may try at once.
  const path = `${PROBE}/${crypto.randomUUID()}`;
  try {
    await writeText(store, path, PROBE);
    return (await readText(store, path)) === PROBE;
  } catch (error) {
    // A full one still has what is in it.
    return error instanceof EarshotError && error.code === 'storage-full';
  } finally {
    await store.remove(path).catch(() => undefined);
  }
}

/** All that can be opened, for reading what was stored in whichever it was. */
export async function openStores(): Promise<FileStore[]> {
  const stores = await Promise.all([OpfsStore.open().catch(() => null), CacheStore.open().catch(() => null)]);
  return stores.filter((store) => store !== null);
}
