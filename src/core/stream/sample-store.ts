/** Samples kept until they are enough: a Float32Array that grows by doubling. Any thread. */
export class SampleStore {
  #data = new Float32Array(4096);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(samples: Float32Array): void {
    const needed = this.#length + samples.length;
    if (needed > this.#data.length) {
      const larger = new Float32Array(Math.max(needed, 2 * this.#data.length));
      larger.set(this.#data.subarray(0, this.#length));
      this.#data = larger;
    }
    this.#data.set(samples, this.#length);
    this.#length = needed;
  }

  /** What is kept; good until the next `append` or `clear`. */
  view(): Float32Array {
    return this.#data.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  /** As `clear`, and the memory goes back too. */
  release(): void {
    this.#length = 0;
    this.#data = new Float32Array(4096);
  }
}
