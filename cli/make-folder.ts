/** Makes a folder and those above it. Not mkdir's own `recursive`: where a folder takes no new ones (/proc), Node 20 tries for ever. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(resolve(path)));
  mkdirSync(path);
}
