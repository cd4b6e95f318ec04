/** Addresses of files in the browser's storage: `installed:/ID/card.json` of a model, `installed:/staging/NAME/card.json` of one in the making. */
import { EarshotError } from '../core/errors.ts';
import type { FileStore } from './file-store.ts';
import { INSTALLED_SCHEME } from './installer.ts';
import { modelPath, stagingPath } from './model-shelf.ts';

export const stagedUrl = (name: string): string => `${INSTALLED_SCHEME}/staging/${name}/`;

export const isInstalledUrl = (url: string): boolean => url.startsWith(`${INSTALLED_SCHEME}/`);

/** Null for an address that can have no file. */
function pathOf(url: string): string | null {
  const names = url.slice(INSTALLED_SCHEME.length + 1).split('/');
  if (names.some((name) => !/^[a-z0-9][a-z0-9._-]*$/i.test(name))) return null;
  const [first, second, third, ...more] = names;
  if (first === undefined || second === undefined || more.length > 0) return null;
  if (third === undefined) return modelPath(first, second);
  return first === 'staging' ? stagingPath(second, third) : null;
}

/** Streams it out of the first storage that has it. @throws EarshotError `model-not-found`. */
export async function fetchInstalled(url: string, stores: readonly FileStore[]): Promise<Response> {
  const path = pathOf(url);
  for (const store of path === null ? [] : stores) {
    const stream = await store.read(path ?? '');
    if (stream) return new Response(stream);
  }
  const id = /^installed:\/([^/]*)\//.exec(url)?.[1] ?? '';
  throw new EarshotError(
    'model-not-found',
    `The model "${id}" is no longer in this browser's storage: it was removed, or the browser cleared it. Install it again, or choose another.`,
  );
}
