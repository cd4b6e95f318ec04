/**
 * What every {@link FileStore} does: run on the one in memory, on the private file system and on the Cache API, the latter two in a
 * worker, where there is no test runner. So each check throws by itself.
 */
import { type FileStore, PART_BYTES, partsOf, readText, writeText } from './file-store.ts';

/** To the worker that has the real ones (`store.test-worker.ts`). */
export interface StoreQuestion {
  readonly kind: 'opfs' | 'cache';
  /** Null: which storage would be taken, when the private file system is there or is not? */
  readonly check: string | null;
}

function same(got: unknown, wanted: unknown, what: string): void {
  const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`${what}: ${a} instead of ${b}`);
}

const pattern = (bytes: number, seed: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length: bytes }, (_, i) => (i * 31 + (i >> 8) * 7 + seed) & 255);

async function write(
  store: FileStore,
  path: string,
  mode: 'new' | 'append',
  parts: readonly Uint8Array<ArrayBuffer>[],
) {
  const writer = await store.write(path, mode);
  for (const part of parts) await writer.write(part);
  await writer.close();
  return writer.bytes;
}

async function bytesAt(store: FileStore, path: string): Promise<Uint8Array> {
  const stream = await store.read(path);
  return new Uint8Array(stream ? await new Response(stream).arrayBuffer() : new ArrayBuffer(0));
}

const isEqual = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i]);

export const STORE_CHECKS: Readonly<Record<string, (store: FileStore) => Promise<void>>> = {
  async 'what is not there is not there'(store) {
    same(await store.stat('t/none'), null, 'stat');
    same(await store.read('t/none'), null, 'read');
    same(await store.list('t/none'), [], 'list');
    await store.remove('t/none');
    await store.remove('t/no/such/folder');
  },

  async 'what was written is read, to the byte, whatever the parts were'(store) {
    const all = pattern(2 * PART_BYTES + 12_345, 1);
    const cuts = [0, 1, 7, PART_BYTES - 1, PART_BYTES + 5, 2 * PART_BYTES + 3, all.length];
    const parts = cuts.slice(1).map((end, i) => all.subarray(cuts[i], end));
    same(await write(store, 't/a/b.bin', 'new', parts), all.length, 'length while writing');
    same((await store.stat('t/a/b.bin'))?.bytes, all.length, 'length afterwards');
    same(isEqual(await bytesAt(store, 't/a/b.bin'), all), true, 'content');
  },

  async 'a part that was written can be used again'(store) {
    const part = pattern(1000, 2);
    const writer = await store.write('t/again', 'new');
    await writer.write(part);
    part.fill(0);
    await writer.write(part);
    await writer.close();
    const read = await bytesAt(store, 't/again');
    same(isEqual(read.subarray(0, 1000), pattern(1000, 2)), true, 'first part');
    same(isEqual(read.subarray(1000), new Uint8Array(1000)), true, 'second part');
  },

  async 'append goes on, new starts again'(store) {
    await write(store, 't/c', 'new', [pattern(100, 3)]);
    same(await write(store, 't/c', 'append', [pattern(50, 4)]), 150, 'appended');
    const read = await bytesAt(store, 't/c');
    same(isEqual(read, Uint8Array.of(...pattern(100, 3), ...pattern(50, 4))), true, 'content');
    same(await write(store, 't/c', 'new', [pattern(10, 5)]), 10, 'new');
    same(isEqual(await bytesAt(store, 't/c'), pattern(10, 5)), true, 'new content');
    same(await write(store, 't/fresh', 'append', [pattern(10, 6)]), 10, 'append to nothing');
  },

  async 'an empty file is a file'(store) {
    await write(store, 't/empty', 'new', []);
    same((await store.stat('t/empty'))?.bytes, 0, 'length');
    same(await readText(store, 't/empty'), '', 'content');
  },

  async 'text comes back, and can be replaced'(store) {
    await writeText(store, 't/note.json', '{"a": "ä€"}');
    await writeText(store, 't/note.json', '{}');
    same(await readText(store, 't/note.json'), '{}', 'text');
  },

  async 'a list has all files below a folder, and no others'(store) {
    for (const path of ['t/x', 't/d/y', 't/d/e/z', 'tt/other']) await writeText(store, path, path);
    const files = [...(await store.list('t'))].sort((a, b) => (a.path < b.path ? -1 : 1));
    same(
      files.map(({ path, bytes }) => [path, bytes]),
      [
        ['t/d/e/z', 7],
        ['t/d/y', 5],
        ['t/x', 3],
      ],
      'list',
    );
    same((await store.list('t/d')).length, 2, 'list of a folder in it');
    await store.remove('tt');
  },

  async 'a file that is being written can be listed'(store) {
    const writer = await store.write('t/open', 'new');
    await writer.write(pattern(10, 1));
    await store.list('t');
    await store.stat('t/open');
    await writer.close();
    same((await store.stat('t/open'))?.bytes, 10, 'length');
  },

  async 'a move leaves nothing behind and replaces what was there'(store) {
    const all = pattern(PART_BYTES + 100, 7);
    await write(store, 't/from', 'new', [all]);
    await write(store, 't/deep/to', 'new', [pattern(3 * PART_BYTES, 8)]);
    await store.move('t/from', 't/deep/to');
    same(await store.stat('t/from'), null, 'source');
    same(isEqual(await bytesAt(store, 't/deep/to'), all), true, 'content');
  },

  async 'a folder goes with all that is in it'(store) {
    for (const path of ['t/f/a', 't/f/g/b', 't/fx']) await writeText(store, path, path);
    await store.remove('t/f');
    same(
      (await store.list('t')).map(({ path }) => path),
      ['t/fx'],
      'what is left',
    );
  },

  async 'reading can be stopped in the middle'(store) {
    await write(store, 't/long', 'new', [pattern(3 * PART_BYTES, 9)]);
    const stream = await store.read('t/long');
    if (!stream) throw new Error('it is there');
    for await (const part of partsOf(stream)) if (part.length > 0) break;
    // Nobody holds it any more.
    await write(store, 't/long', 'new', [pattern(5, 1)]);
    same((await store.stat('t/long'))?.bytes, 5, 'length');
  },
};

/** On a store of its own or a shared one: what it leaves is removed. */
export async function runStoreCheck(store: FileStore, name: string): Promise<void> {
  const check = STORE_CHECKS[name];
  if (!check) throw new Error(`there is no check "${name}"`);
  try {
    await check(store);
  } finally {
    await store.remove('t');
  }
}
