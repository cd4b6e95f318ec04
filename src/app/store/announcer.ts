/**
 * What a screen reader is told: classes that were not heard before, at most one sentence every few seconds, merged. Pure but for
 * what it remembers; time is passed in.
 */
import type { Milliseconds } from '../../core/units.ts';

const LEAST_MS: Milliseconds = 5000;
/** A class that went and came back within this time is not news. */
const NEWS_AFTER_MS: Milliseconds = 30_000;

export class Announcer {
  #lastSaidMs = Number.NEGATIVE_INFINITY;
  #heardMs = new Map<string, Milliseconds>();
  #waiting = new Set<string>();

  /** `names`: all that is heard at `atMs`. A sentence when it is time for one, else null. */
  hear(names: readonly string[], atMs: Milliseconds): string | null {
    for (const name of names) {
      const last = this.#heardMs.get(name);
      if (last === undefined || atMs - last > NEWS_AFTER_MS) this.#waiting.add(name);
      this.#heardMs.set(name, atMs);
    }
    if (this.#waiting.size === 0 || atMs - this.#lastSaidMs < LEAST_MS) return null;
    // What came and went while we kept silent is still worth a word; the list is short.
    const said = [...this.#waiting].slice(0, 4);
    const more = this.#waiting.size - said.length;
    this.#waiting.clear();
    this.#lastSaidMs = atMs;
    return `Heard: ${said.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`;
  }

  reset(): void {
    this.#lastSaidMs = Number.NEGATIVE_INFINITY;
    this.#heardMs.clear();
    this.#waiting.clear();
  }
}
