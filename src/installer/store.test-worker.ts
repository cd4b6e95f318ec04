/** Runs one check of a real storage where it is really used: in a worker. Answers with null, or with what went wrong. */
import { CacheStore } from './cache-store.ts';
import { runStoreCheck, type StoreQuestion } from './file-store.contract.ts';
import { openStore } from './open-store.ts';
import { OpfsStore } from './opfs-store.ts';

addEventListener('message', ({ data }: MessageEvent<StoreQuestion>) => {
  void answer(data).then(
    (kind) => postMessage({ kind, error: null }),
    (error: unknown) => postMessage({ kind: null, error: error instanceof Error ? error.message : String(error) }),
  );
});

async function answer({ kind, check }: StoreQuestion): Promise<string | null> {
  if (check === null) {
    if (kind === 'cache') {
      // As in a private window of Firefox.
      navigator.storage.getDirectory = () => Promise.reject(new DOMException('No.', 'SecurityError'));
    }
    return (await openStore())?.kind ?? null;
  }
  await runStoreCheck(await (kind === 'opfs' ? OpfsStore.open() : CacheStore.open()), check);
  return null;
}
