/** Dropped files and folders, read to the bottom. */
import type { DirectoryDropItem, FileDropItem } from 'react-aria-components';
import type { DroppedFile } from '../../store/library-controller.ts';

export type DropItem = FileDropItem | DirectoryDropItem;

/** A model folder is two or three files; whoever drops a whole disk is not left waiting. */
const MOST_FILES = 2000;

export async function readDropItems(items: readonly DropItem[]): Promise<readonly DroppedFile[]> {
  const found: DroppedFile[] = [];
  const read = async (item: DropItem, folder: string): Promise<void> => {
    if (found.length >= MOST_FILES) return;
    if (item.kind === 'file') {
      found.push({ file: await item.getFile(), folder });
      return;
    }
    for await (const entry of item.getEntries()) await read(entry, `${folder}${item.name}/`);
  };
  for (const item of items) await read(item, '');
  return found;
}
