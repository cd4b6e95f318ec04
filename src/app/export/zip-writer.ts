/** A zip file out of texts, deflated a piece at a time on the main thread: no piece takes more than a few milliseconds. */
import { Zip, ZipDeflate } from 'fflate';
import type { Breather } from './breather.ts';
import { encoded } from './text-blob.ts';

export class ZipWriter {
  readonly #zip: Zip;
  readonly #breather: Breather;
  readonly #mtime: Date;
  readonly #bytes: Uint8Array<ArrayBuffer>[] = [];
  #error: Error | null = null;

  constructor(breather: Breather, mtime: Date) {
    this.#breather = breather;
    this.#mtime = mtime;
    this.#zip = new Zip((error, piece) => {
      this.#error ??= error;
      // A copy: what it hands out may be a view of a buffer it goes on using.
      if (!error) this.#bytes.push(piece.slice() as Uint8Array<ArrayBuffer>);
    });
  }

  /** One file after the other: wait for each. Rejects with the signal's reason when it is aborted; the zip is then of no use. */
  async add(name: string, parts: Iterable<string>, signal?: AbortSignal): Promise<void> {
    // Level 3: half the time of the usual 6, and digits hardly get smaller by more.
    const file = new ZipDeflate(name, { level: 3 });
    file.mtime = this.#mtime;
    this.#zip.add(file);
    for await (const piece of encoded(parts, this.#breather, signal)) {
      file.push(piece);
      this.#throwError();
    }
    file.push(new Uint8Array(0), true);
    this.#throwError();
  }

  finish(): Blob {
    this.#zip.end();
    this.#throwError();
    return new Blob(this.#bytes, { type: 'application/zip' });
  }

  #throwError(): void {
    if (this.#error) throw this.#error;
  }
}
