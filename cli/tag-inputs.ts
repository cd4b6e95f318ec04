/** Which files `earshot tag` was asked for: those named, and the audio and video files below folders, in a fixed order. */
import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { EarshotError } from '../src/core/errors.ts';

export interface TagInput {
  /** As it is opened, and shown. */
  readonly path: string;
  /** Below the folder that was named, ending in '/'; '' for a file that was named itself. */
  readonly folder: string;
  readonly fileName: string;
  /** Set for what was named but holds nothing to hear. */
  readonly error?: EarshotError;
}

/** Endings that are taken from a folder. A file named itself is tried whatever it is called. */
const MEDIA_ENDING = /\.(wav|wave|mp3|flac|ogg|oga|opus|m4a|m4b|aac|mp4|m4v|mov|webm|weba|mkv|mka|aif|aiff)$/i;

export function findInputs(paths: readonly string[]): TagInput[] {
  return paths.flatMap((path) => {
    const input: TagInput = { path, folder: '', fileName: basename(path) };
    if (!isFolder(path)) return [input];
    try {
      const found = filesBelow(path, '');
      if (found.length > 0) return found;
      return [{ ...input, error: new EarshotError('not-found', `There are no audio or video files in ${path}.`) }];
    } catch (cause) {
      return [{ ...input, error: new EarshotError('not-found', `${path} could not be read.`, { cause }) }];
    }
  });
}

/** Files first, then sub-folders, each by name. Hidden ones are left out, and linked folders: they may lead back. */
function filesBelow(root: string, folder: string): TagInput[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const files = entries
    .filter(
      (entry) => MEDIA_ENDING.test(entry.name) && !entry.isDirectory() && !isFolder(join(root, folder, entry.name)),
    )
    .map(({ name }) => ({ path: join(root, folder, name), folder, fileName: name }));
  const below = entries
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => filesBelow(root, `${folder}${name}/`));
  return [...files, ...below];
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
