/**
 * Collects a file as it is written, in sealed parts of a Blob, which a browser may keep on disk. Any thread. Holds one open page of
 * bytes, and the first one, which headers are corrected in at the end.
 */
import { assert } from '../core/errors.ts';

const PAGE_BYTES = 256 * 1024;

export class BlobParts {
  readonly #first = new Uint8Array(PAGE_BYTES);
  #page = this.#first;
  #sealed: Blob[] = [];
  #end = 0;

  get size(): number {
    return this.#end;
  }

  /** Appends, or overwrites bytes of the first page. */
  write(data: Uint8Array, position: number): void {
    if (position < this.#end) {
      assert(position + data.length <= Math.min(this.#end, PAGE_BYTES), 'only the front of the file is written twice');
      this.#first.set(data, position);
      return;
    }
    assert(position === this.#end, 'a file is written without holes');
    for (let done = 0; done < data.length; ) {
      const at = this.#end % PAGE_BYTES;
      if (at === 0 && this.#end > 0) this.#turnPage();
      const taken = Math.min(PAGE_BYTES - at, data.length - done);
      this.#page.set(data.subarray(done, done + taken), at);
      this.#end += taken;
      done += taken;
    }
  }

  #turnPage(): void {
    if (this.#page !== this.#first) this.#sealed.push(new Blob([this.#page]));
    this.#page = new Uint8Array(PAGE_BYTES);
  }

  toBlob(type: string): Blob {
    const parts: BlobPart[] = [this.#first.slice(0, Math.min(this.#end, PAGE_BYTES)), ...this.#sealed];
    if (this.#page !== this.#first)
      parts.push(this.#page.slice(0, this.#end - Math.floor((this.#end - 1) / PAGE_BYTES) * PAGE_BYTES));
    return new Blob(parts, { type });
  }
}
