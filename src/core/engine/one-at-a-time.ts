/** Runs jobs in the order they came, one at a time, and keeps working after one has failed. */
export class OneAtATime {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(job: () => Promise<T> | T): Promise<T> {
    const result = this.#last.then(job, job);
    // The chain itself never rejects; the caller gets the rejection.
    this.#last = result.catch(() => undefined);
    return result;
  }
}
