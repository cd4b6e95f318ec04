/** One at a time, over all tabs: who installs or tidies up holds the turn. Any thread. */
import { EarshotError } from '../core/errors.ts';

export interface Turns {
  /** Waits for it. Gives the function that ends it. @throws EarshotError `cancelled` when the signal comes first. */
  take(signal: AbortSignal): Promise<() => void>;
  /** Null when someone has it. */
  tryTake(): Promise<(() => void) | null>;
}

const LOCK = 'earshot-installer';

/** By the browser's locks; where there are none, among those who share this object. */
export const openTurns = (locks: LockManager | undefined): Turns => (locks ? new LockTurns(locks) : new LocalTurns());

class LockTurns implements Turns {
  readonly #locks: LockManager;
  constructor(locks: LockManager) {
    this.#locks = locks;
  }

  take(signal: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const held = this.#locks.request(LOCK, { signal }, () => new Promise<void>((end) => resolve(() => end())));
      held.catch((cause: unknown) => reject(stopped(cause)));
    });
  }

  tryTake(): Promise<(() => void) | null> {
    return new Promise((resolve, reject) => {
      const held = this.#locks.request(LOCK, { ifAvailable: true }, (lock) =>
        lock ? new Promise<void>((end) => resolve(() => end())) : resolve(null),
      );
      held.catch(reject);
    });
  }
}

export class LocalTurns implements Turns {
  #isTaken = false;
  readonly #waiting: (() => void)[] = [];

  async take(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) throw stopped(signal.reason);
    if (this.#isTaken) {
      await new Promise<void>((resolve, reject) => {
        const go = (): void => {
          signal.removeEventListener('abort', giveUp);
          resolve();
        };
        const giveUp = (): void => {
          this.#waiting.splice(this.#waiting.indexOf(go), 1);
          reject(stopped(signal.reason));
        };
        signal.addEventListener('abort', giveUp, { once: true });
        this.#waiting.push(go);
      });
    }
    return this.#begin();
  }

  async tryTake(): Promise<(() => void) | null> {
    return this.#isTaken ? null : this.#begin();
  }

  #begin(): () => void {
    this.#isTaken = true;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      const next = this.#waiting.shift();
      // It stays taken for whoever comes next.
      if (next) next();
      else this.#isTaken = false;
    };
  }
}

const stopped = (cause: unknown): EarshotError =>
  cause instanceof EarshotError ? cause : new EarshotError('cancelled', 'The installation was stopped.', { cause });
