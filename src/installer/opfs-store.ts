/**
 * A {@link FileStore} in the origin private file system. Workers only: what is written by a sync access handle is there when the page
 * is closed in the middle, where `createWritable` would give it up, and Safari has long had nothing else.
 */
import { type FileStore, type FileWriter, partsOf, type StoredFile, storeError } from './file-store.ts';

/** All our files are below it. */
const ROOT = 'earshot';

export class OpfsStore implements FileStore {
  readonly kind = 'opfs';
  readonly #root: FileSystemDirectoryHandle;

  private constructor(root: FileSystemDirectoryHandle) {
    this.#root = root;
  }

  /** @throws whatever the browser throws where there is none: private windows, old browsers. */
  static async open(): Promise<OpfsStore> {
    const origin = await navigator.storage.getDirectory();
    return new OpfsStore(await origin.getDirectoryHandle(ROOT, { create: true }));
  }

  async list(folder: string): Promise<readonly StoredFile[]> {
    const found = await this.#folder(folder.split('/'), false);
    return found ? filesIn(found, folder) : [];
  }

  async stat(path: string): Promise<StoredFile | null> {
    const file = await this.#file(path);
    return file && { path, bytes: file.size, modifiedAt: file.lastModified };
  }

  async read(path: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>> | null> {
    return (await this.#file(path))?.stream() ?? null;
  }

  async write(path: string, mode: 'new' | 'append'): Promise<FileWriter> {
    try {
      const { parent, name } = await this.#place(path);
      const handle = await parent.getFileHandle(name, { create: true });
      return new OpfsWriter(await handle.createSyncAccessHandle(), mode);
    } catch (error) {
      throw storeError(error);
    }
  }

  async move(from: string, to: string): Promise<void> {
    try {
      const source = await this.#place(from);
      const handle = await source.parent.getFileHandle(source.name);
      const { parent, name } = await this.#place(to);
      if (hasMove(handle)) {
        await handle.move(parent, name);
        return;
      }
      const writer = await this.write(to, 'new');
      try {
        for await (const part of partsOf((await handle.getFile()).stream())) await writer.write(part);
      } finally {
        await writer.close();
      }
      await source.parent.removeEntry(source.name);
    } catch (error) {
      throw storeError(error);
    }
  }

  async remove(path: string): Promise<void> {
    const names = path.split('/');
    const name = names.pop() ?? '';
    try {
      const parent = await this.#folder(names, false);
      await parent?.removeEntry(name, { recursive: true });
    } catch (error) {
      if (!isMissing(error)) throw storeError(error);
    }
  }

  async #file(path: string): Promise<File | null> {
    const names = path.split('/');
    const name = names.pop() ?? '';
    try {
      const parent = await this.#folder(names, false);
      return parent && (await (await parent.getFileHandle(name)).getFile());
    } catch (error) {
      if (isMissing(error)) return null;
      throw storeError(error);
    }
  }

  async #place(path: string): Promise<{ readonly parent: FileSystemDirectoryHandle; readonly name: string }> {
    const names = path.split('/');
    const name = names.pop() ?? '';
    return { parent: await this.#folder(names, true), name };
  }

  async #folder(names: readonly string[], create: true): Promise<FileSystemDirectoryHandle>;
  async #folder(names: readonly string[], create: boolean): Promise<FileSystemDirectoryHandle | null>;
  async #folder(names: readonly string[], create: boolean): Promise<FileSystemDirectoryHandle | null> {
    let folder = this.#root;
    try {
      for (const name of names) folder = await folder.getDirectoryHandle(name, { create });
      return folder;
    } catch (error) {
      if (!create && isMissing(error)) return null;
      throw storeError(error);
    }
  }
}

/** Also `TypeMismatchError`: a file where a folder was meant. */
const isMissing = (error: unknown): boolean =>
  error instanceof DOMException && (error.name === 'NotFoundError' || error.name === 'TypeMismatchError');

interface Movable {
  move(parent: FileSystemDirectoryHandle, name: string): Promise<void>;
}
/** Everywhere but in TypeScript's library. */
const hasMove = (handle: FileSystemFileHandle): handle is FileSystemFileHandle & Movable => 'move' in handle;

async function filesIn(folder: FileSystemDirectoryHandle, path: string): Promise<StoredFile[]> {
  const files: StoredFile[] = [];
  for await (const [name, handle] of folder.entries()) {
    const inner = `${path}/${name}`;
    if (handle.kind === 'directory') {
      files.push(...(await filesIn(handle, inner)));
      continue;
    }
    try {
      const { size, lastModified } = await handle.getFile();
      files.push({ path: inner, bytes: size, modifiedAt: lastModified });
    } catch (error) {
      // Moved or removed since it was named.
      if (!isMissing(error)) throw storeError(error);
    }
  }
  return files;
}

class OpfsWriter implements FileWriter {
  readonly #handle: FileSystemSyncAccessHandle;
  #bytes: number;

  constructor(handle: FileSystemSyncAccessHandle, mode: 'new' | 'append') {
    this.#handle = handle;
    if (mode === 'new') handle.truncate(0);
    this.#bytes = handle.getSize();
  }

  get bytes(): number {
    return this.#bytes;
  }

  async write(part: Uint8Array<ArrayBuffer>): Promise<void> {
    const at = this.#bytes;
    try {
      const written = this.#handle.write(part, { at });
      // A full disk may show as nothing but another number: a smaller one, or Chromium's 4294967288, which is its -8.
      if (written !== part.length) {
        this.#handle.truncate(at);
        throw new DOMException('The disk is full.', 'QuotaExceededError');
      }
      this.#bytes += written;
    } catch (error) {
      throw storeError(error);
    }
  }

  async close(): Promise<void> {
    try {
      this.#handle.flush();
    } catch (error) {
      throw storeError(error);
    } finally {
      this.#handle.close();
    }
  }
}
