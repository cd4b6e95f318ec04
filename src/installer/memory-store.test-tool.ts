/** A {@link FileStore} in memory, with a quota: what the tests of the installer install into. Outlives the host, as storage does. */
import { type FileStore, type FileWriter, type StoredFile, storeError } from './file-store.ts';

interface Content {
  bytes: Uint8Array<ArrayBuffer>;
  writtenAt: number;
}

export class MemoryStore implements FileStore {
  readonly kind = 'opfs';
  readonly files = new Map<string, Content>();
  /** Bytes it may hold. */
  quota = Infinity;
  /** Of each file that was ever written, in the order of their opening. */
  readonly written: string[] = [];
  #clock = 0;

  get usedBytes(): number {
    let used = 0;
    for (const { bytes } of this.files.values()) used += bytes.length;
    return used;
  }

  /** As it is now, for a page that is opened later. */
  copy(): MemoryStore {
    const other = new MemoryStore();
    for (const [path, { bytes, writtenAt }] of this.files) other.files.set(path, { bytes: bytes.slice(), writtenAt });
    return other;
  }

  async list(folder: string): Promise<readonly StoredFile[]> {
    return [...this.files].flatMap(([path, { bytes, writtenAt }]) =>
      path.startsWith(`${folder}/`) ? [{ path, bytes: bytes.length, modifiedAt: writtenAt }] : [],
    );
  }

  async stat(path: string): Promise<StoredFile | null> {
    const file = this.files.get(path);
    return file ? { path, bytes: file.bytes.length, modifiedAt: file.writtenAt } : null;
  }

  async read(path: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>> | null> {
    const file = this.files.get(path);
    // A copy, as a disk gives it: what is read can be changed or let go.
    return file ? new Blob([file.bytes]).stream() : null;
  }

  async write(path: string, mode: 'new' | 'append'): Promise<FileWriter> {
    this.written.push(path);
    const file = mode === 'append' ? this.files.get(path) : undefined;
    const content: Content = file ?? { bytes: new Uint8Array(0), writtenAt: 0 };
    content.writtenAt = ++this.#clock;
    this.files.set(path, content);
    const store = this;
    return {
      get bytes() {
        return content.bytes.length;
      },
      async write(part) {
        const room = store.quota - store.usedBytes;
        if (part.length > room) throw storeError(new DOMException('No room.', 'QuotaExceededError'));
        const longer = new Uint8Array(content.bytes.length + part.length);
        longer.set(content.bytes);
        longer.set(part, content.bytes.length);
        content.bytes = longer;
      },
      async close() {},
    };
  }

  async move(from: string, to: string): Promise<void> {
    const file = this.files.get(from);
    if (!file) throw storeError(new Error(`${from} is not there`));
    this.files.delete(from);
    this.files.set(to, file);
  }

  async remove(path: string): Promise<void> {
    for (const other of [...this.files.keys()]) {
      if (other === path || other.startsWith(`${path}/`)) this.files.delete(other);
    }
  }
}
