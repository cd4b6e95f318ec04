/** Which files of a build are kept for use without a network, and by what they are known. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { OfflineFiles } from '../src/service-worker/offline-files.ts';

export const SERVICE_WORKER = 'service-worker.js';
/** Above this a file is kept when it was used: only the runtime's .wasm files and weights are so large, and one of each is used. */
const LARGE_BYTES = 1_000_000;
/** Vite's folder; names in it change with the content. */
const HASHED = /^assets\//;

/** Sorted, so that the same build gives the same service worker. `folder` is the build's. */
export function listOfflineFiles(folder: string): OfflineFiles {
  const always: OfflineFiles['always'][number][] = [];
  const whenUsed: OfflineFiles['whenUsed'][number][] = [];
  for (const path of filesIn(folder)) {
    const bytes = readFileSync(join(folder, path));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const url = path.split('/').map(encodeURIComponent).join('/');
    if (bytes.length > LARGE_BYTES) whenUsed.push({ url, sha256 });
    else always.push({ url, revision: HASHED.test(path) ? null : sha256.slice(0, 16) });
  }
  return { always, whenUsed };
}

/** Without the service worker itself, source maps and what a host keeps to itself (`.nojekyll`). */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((path) => path !== SERVICE_WORKER && !path.endsWith('.map') && !/(^|\/)\./.test(path))
    .sort();
}
