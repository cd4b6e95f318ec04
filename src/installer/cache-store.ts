/**
 * A {@link FileStore} in the Cache API, for browsers whose private file system is missing or refuses. A file is a row of parts; number,
 * length and time stand in a part's address, so that listing reads none of them. A part is there whole or not at all.
 */
import { type FileStore, type FileWriter, PART_BYTES, type StoredFile, storeError } from './file-store.ts';

const CACHE = 'earshot-models';
/** Never fetched: only a name under which the cache keeps something. */
const PREFIX = '/.earshot-models/';

interface Part {
  readonly url: string;
  readonly path: string;
  readonly index: number;
  readonly bytes: number;
  readonly writtenAt: number;
}

export class CacheStore implements FileStore {
  readonly kind = 'cache';
  readonly #cache: Cache;

  private constructor(cache: Cache) {
    this.#cache = cache;
  }

  /** @throws whatever the browser throws where there is none. */
  static async open(): Promise<CacheStore> {
    return new CacheStore(await caches.open(CACHE));
  }

  async list(folder: string): Promise<readonly StoredFile[]> {
    const files = new Map<string, StoredFile>();
    for (const { path, bytes, writtenAt } of await this.#parts((path) => path.startsWith(`${folder}/`))) {
      const known = files.get(path);
      const modifiedAt = Math.max(writtenAt, known?.modifiedAt ?? 0);
      files.set(path, { path, bytes: bytes + (known?.bytes ?? 0), modifiedAt });
    }
    return [...files.values()];
  }

  async stat(path: string): Promise<StoredFile | null> {
    const parts = await this.#partsOf(path);
    if (parts.length === 0) return null;
    return {
      path,
      bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
      modifiedAt: Math.max(...parts.map(({ writtenAt }) => writtenAt)),
    };
  }

  async read(path: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>> | null> {
    const parts = await this.#partsOf(path);
    if (parts.length === 0) return null;
    const rest = parts.values();
    return new ReadableStream({
      pull: async (controller) => {
        for (;;) {
          const next = rest.next();
          if (next.done) return controller.close();
          const response = await this.#cache.match(next.value.url);
          const bytes = response && new Uint8Array(await response.arrayBuffer());
          if (bytes?.length !== next.value.bytes) {
            throw storeError(new Error(`part ${next.value.index} of ${path} is gone`));
          }
          if (bytes.length === 0) continue;
          controller.enqueue(bytes);
          return;
        }
      },
    });
  }

  async write(path: string, mode: 'new' | 'append'): Promise<FileWriter> {
    if (mode === 'new') await this.remove(path);
    const parts = await this.#partsOf(path);
    const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
    return new CacheWriter(this.#cache, path, parts.length, bytes);
  }

  async move(from: string, to: string): Promise<void> {
    await this.remove(to);
    // A cache cannot rename. Part by part, so that little is held twice.
    for (const part of await this.#partsOf(from)) {
      const response = await this.#cache.match(part.url);
      if (!response) throw storeError(new Error(`part ${part.index} of ${from} is gone`));
      try {
        await this.#cache.put(partUrl({ ...part, path: to }), response);
      } catch (error) {
        throw storeError(error);
      }
      await this.#cache.delete(part.url);
    }
  }

  async remove(path: string): Promise<void> {
    for (const { url } of await this.#parts((other) => other === path || other.startsWith(`${path}/`))) {
      await this.#cache.delete(url);
    }
  }

  /** In order, up to the first that is missing. */
  async #partsOf(path: string): Promise<Part[]> {
    const parts = (await this.#parts((other) => other === path)).sort((a, b) => a.index - b.index);
    const hole = parts.findIndex(({ index }, i) => index !== i);
    return hole < 0 ? parts : parts.slice(0, hole);
  }

  async #parts(wanted: (path: string) => boolean): Promise<Part[]> {
    const keys = await this.#cache.keys().catch((error: unknown) => {
      throw storeError(error);
    });
    return keys.flatMap(({ url }) => {
      const part = readPartUrl(url);
      return part && wanted(part.path) ? [part] : [];
    });
  }
}

const partUrl = ({ path, index, bytes, writtenAt }: Omit<Part, 'url'>): string =>
  new URL(`${PREFIX}${path}/${index}-${bytes}-${writtenAt}`, self.location.origin).href;

function readPartUrl(url: string): Part | null {
  const { pathname } = new URL(url);
  const match = /^(.+)\/(\d+)-(\d+)-(\d+)$/.exec(pathname);
  if (!match || !pathname.startsWith(PREFIX)) return null;
  const [, path, index, bytes, writtenAt] = match;
  return {
    url,
    path: path!.slice(PREFIX.length),
    index: Number(index),
    bytes: Number(bytes),
    writtenAt: Number(writtenAt),
  };
}

class CacheWriter implements FileWriter {
  readonly #cache: Cache;
  readonly #path: string;
  readonly #waiting = new Uint8Array(PART_BYTES);
  #index: number;
  #stored: number;
  #filled = 0;

  constructor(cache: Cache, path: string, index: number, stored: number) {
    this.#cache = cache;
    this.#path = path;
    this.#index = index;
    this.#stored = stored;
  }

  get bytes(): number {
    return this.#stored + this.#filled;
  }

  async write(part: Uint8Array<ArrayBuffer>): Promise<void> {
    for (let at = 0; at < part.length; ) {
      const piece = part.subarray(at, at + PART_BYTES - this.#filled);
      this.#waiting.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled === PART_BYTES) await this.#put();
    }
  }

  async close(): Promise<void> {
    // An empty file is a file, too.
    if (this.#filled > 0 || this.#index === 0) await this.#put();
  }

  async #put(): Promise<void> {
    const bytes = this.#filled;
    this.#filled = 0;
    const url = partUrl({ path: this.#path, index: this.#index, bytes, writtenAt: Date.now() });
    try {
      await this.#cache.put(url, new Response(this.#waiting.slice(0, bytes)));
    } catch (error) {
      throw storeError(error);
    }
    this.#index++;
    this.#stored += bytes;
  }
}
