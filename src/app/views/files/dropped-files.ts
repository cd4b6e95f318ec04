/**
 * What a person drops, pastes or picks, as files with the folder they came in. Folders are read to the bottom. Main thread; the
 * first step must run within the event, since a DataTransfer is empty once its event is over.
 */
import type { DroppedFile } from '../../store/library-controller.ts';

export interface DropReading {
  readonly files: readonly DroppedFile[];
  /** Paths of what the browser would not give us: moved meanwhile, or not permitted. */
  readonly unread: readonly string[];
}

/** What a transfer held, kept past its event. */
export interface KeptTransfer {
  readonly entries: readonly FileSystemEntry[];
  /** Files without an entry: made by a page, or a browser that has no entries. */
  readonly loose: readonly File[];
}

/** Folder order, as a person would number them: 2 before 10. */
const byName = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** `.DS_Store`, `._rain.wav`, `__MACOSX`: put there by systems, never meant. */
const isHidden = (name: string): boolean => name.startsWith('.') || name === '__MACOSX';

export const holdsFiles = (transfer: Pick<DataTransfer, 'types'> | null): boolean =>
  transfer?.types.includes('Files') ?? false;

/** Must be called within the drop or paste event. */
export function keepTransfer(transfer: Pick<DataTransfer, 'items'>): KeptTransfer {
  const entries: FileSystemEntry[] = [];
  const loose: File[] = [];
  for (const item of transfer.items) {
    if (item.kind !== 'file') continue;
    const entry = item.webkitGetAsEntry?.() ?? null;
    if (entry) {
      entries.push(entry);
      continue;
    }
    const file = item.getAsFile();
    if (file) loose.push(file);
  }
  return { entries, loose };
}

/** `onFound` is told how many files there are so far, for folders that take a while. */
export async function readTransfer(
  kept: KeptTransfer,
  onFound: (count: number) => void = () => {},
): Promise<DropReading> {
  const files: DroppedFile[] = kept.loose.map((file) => ({ file, folder: '' }));
  const unread: string[] = [];
  const read = async (entry: FileSystemEntry, folder: string): Promise<void> => {
    try {
      if (isFileEntry(entry)) {
        const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
        files.push({ file, folder });
        onFound(files.length);
      } else if (isFolderEntry(entry)) {
        const inside = (await listFolder(entry)).filter(({ name }) => !isHidden(name));
        inside.sort((a, b) => byName.compare(a.name, b.name));
        // One after the other: the order stays, and ten thousand open files do not.
        for (const one of inside) await read(one, `${folder}${entry.name}/`);
      }
    } catch {
      unread.push(`${folder}${entry.name}`);
    }
  };
  for (const entry of kept.entries) await read(entry, '');
  return { files, unread };
}

/** Of a file chooser; for a folder chooser the browser says each file's path. */
export function readFileList(list: Iterable<File>): readonly DroppedFile[] {
  const files = [...list].map((file) => ({
    file,
    folder: file.webkitRelativePath ? file.webkitRelativePath.slice(0, -file.name.length) : '',
  }));
  const shown = files.filter(({ file, folder }) => folder === '' || !`${folder}${file.name}`.split('/').some(isHidden));
  return shown.sort((a, b) => byName.compare(a.folder, b.folder) || byName.compare(a.file.name, b.file.name));
}

const isFileEntry = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolderEntry = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

/** A reader gives a hundred entries at a time, and none when there are no more. */
async function listFolder(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
  }
}
