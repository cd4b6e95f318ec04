/** Bytes a second over the last seconds. Any thread. */
const WINDOW_MS = 5000;
/** Before that a number would only jump. */
const SOONEST_MS = 500;

export class Speed {
  readonly #marks: { readonly atMs: number; readonly bytes: number }[] = [];

  /** `bytes`: all that came so far. Falling (a download that starts again) begins anew. */
  at(atMs: number, bytes: number): number | null {
    const last = this.#marks.at(-1);
    if (last && bytes < last.bytes) this.#marks.length = 0;
    this.#marks.push({ atMs, bytes });
    while (this.#marks.length > 2 && atMs - this.#marks[1]!.atMs >= WINDOW_MS) this.#marks.shift();
    const first = this.#marks[0]!;
    const ms = atMs - first.atMs;
    return ms < SOONEST_MS ? null : ((bytes - first.bytes) * 1000) / ms;
  }
}
