import { expect, test } from 'vitest';
import { keepTransfer, readFileList, readTransfer } from './dropped-files.ts';

const fileEntry = (name: string, broken = false): FileSystemEntry =>
  ({
    isFile: true,
    isDirectory: false,
    name,
    file: (found: (file: File) => void, failed: (error: Error) => void) =>
      broken ? failed(new Error('gone')) : found(new File(['x'], name)),
  }) as unknown as FileSystemEntry;

/** As browsers do: a few entries at a time, then an empty list. */
const folderEntry = (name: string, inside: readonly FileSystemEntry[], atOnce = 2): FileSystemEntry =>
  ({
    isFile: false,
    isDirectory: true,
    name,
    createReader: () => {
      let next = 0;
      return {
        readEntries: (found: (entries: FileSystemEntry[]) => void) => {
          found(inside.slice(next, next + atOnce));
          next += atOnce;
        },
      };
    },
  }) as unknown as FileSystemEntry;

const paths = (files: readonly { file: File; folder: string }[]) => files.map(({ file, folder }) => folder + file.name);

test('a dropped folder is read to the bottom, in the order a person would number it, with its folders kept', async () => {
  const field = folderEntry('field', [
    fileEntry('take 10.wav'),
    fileEntry('take 2.wav'),
    folderEntry('night', [fileEntry('owl.mp3')]),
    fileEntry('.DS_Store'),
    fileEntry('take 1.wav'),
  ]);
  const counts: number[] = [];
  const { files, unread } = await readTransfer({ entries: [field, fileEntry('alone.wav')], loose: [] }, (count) =>
    counts.push(count),
  );
  expect(paths(files)).toEqual([
    'field/night/owl.mp3',
    'field/take 1.wav',
    'field/take 2.wav',
    'field/take 10.wav',
    'alone.wav',
  ]);
  expect(unread).toEqual([]);
  expect(counts).toEqual([1, 2, 3, 4, 5]);
});

test('a file the browser would not give is named, and the others come', async () => {
  const { files, unread } = await readTransfer({
    entries: [folderEntry('a', [fileEntry('gone.wav', true), fileEntry('here.wav')])],
    loose: [],
  });
  expect(paths(files)).toEqual(['a/here.wav']);
  expect(unread).toEqual(['a/gone.wav']);
});

test('an item without an entry comes as the file it is; text is no file', () => {
  const file = new File(['x'], 'made.wav');
  const items = [
    { kind: 'file', webkitGetAsEntry: () => null, getAsFile: () => file },
    { kind: 'string', webkitGetAsEntry: () => null, getAsFile: () => null },
    { kind: 'file', webkitGetAsEntry: () => fileEntry('dropped.wav'), getAsFile: () => null },
  ];
  const kept = keepTransfer({ items: items as unknown as DataTransferItemList });
  expect(kept.loose).toEqual([file]);
  expect(kept.entries.map(({ name }) => name)).toEqual(['dropped.wav']);
});

test('a folder chooser says paths; single files have none', () => {
  const at = (path: string): File => {
    const file = new File(['x'], path.split('/').at(-1)!);
    Object.defineProperty(file, 'webkitRelativePath', { value: path.includes('/') ? path : '' });
    return file;
  };
  expect(paths(readFileList(['f/b/10.wav', 'f/b/9.wav', 'f/a.wav', 'f/.git/x.wav'].map(at)))).toEqual([
    'f/a.wav',
    'f/b/9.wav',
    'f/b/10.wav',
  ]);
  expect(readFileList([at('one.wav')])).toMatchObject([{ folder: '' }]);
});
