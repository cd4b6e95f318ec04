/** Things that must be let go together: last taken, first let go, once, and all of them even when one fails. */

type Release = () => void | Promise<void>;

export class Scope {
  readonly #releases: Release[] = [];
  #ending: Promise<void> | null = null;

  get ended(): boolean {
    return this.#ending !== null;
  }

  add(release: Release): void {
    if (this.#ending) void Promise.resolve(release()).catch(() => undefined);
    else this.#releases.push(release);
  }

  listen(target: EventTarget, type: string, listener: () => void): void {
    target.addEventListener(type, listener);
    this.add(() => target.removeEventListener(type, listener));
  }

  /** Resolves when everything is let go; what failed on the way out is nobody's to handle any more. */
  dispose(): Promise<void> {
    this.#ending ??= this.#run();
    return this.#ending;
  }

  async #run(): Promise<void> {
    for (let release = this.#releases.pop(); release; release = this.#releases.pop()) {
      try {
        await release();
      } catch {
        // A track or context that is gone already.
      }
    }
  }
}
