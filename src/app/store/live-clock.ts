/**
 * The stream's time now, for drawing. The worker tells it a few times a second; between two tellings it runs on with the wall
 * clock, a little faster or slower until it agrees, so that the picture moves evenly and never backwards.
 */
import type { Milliseconds, Seconds } from '../../core/units.ts';

/** Never further ahead of what was told than this: if the sound stops coming, so does the picture. */
const MAX_AHEAD_S = 0.8;
/** A difference larger than this is a jump (a sleep, a restart), not a drift. */
const JUMP_S = 1.5;

export class LiveClock {
  #toldS: Seconds = 0;
  #toldAtMs: Milliseconds = 0;
  #shownS: Seconds = 0;
  #shownAtMs: Milliseconds = 0;
  #running = false;

  /** The stream had reached `streamS` at `atMs`. */
  tell(streamS: Seconds, atMs: Milliseconds): void {
    if (this.#running && streamS < this.#toldS) return;
    if (!this.#running) {
      this.#shownS = Math.max(this.#shownS, streamS);
      this.#shownAtMs = atMs;
      this.#running = true;
    }
    this.#toldS = streamS;
    this.#toldAtMs = atMs;
  }

  /** Time to draw at `atMs`; never less than an earlier answer. */
  nowS(atMs: Milliseconds): Seconds {
    if (!this.#running) return this.#shownS;
    const trueS = this.#toldS + Math.min(MAX_AHEAD_S, Math.max(0, (atMs - this.#toldAtMs) / 1000));
    const passedS = Math.max(0, (atMs - this.#shownAtMs) / 1000);
    const expectedS = this.#shownS + passedS;
    const errorS = trueS - expectedS;
    const nextS = Math.abs(errorS) > JUMP_S ? trueS : expectedS + errorS * Math.min(1, passedS * 2);
    this.#shownS = Math.max(this.#shownS, Math.min(nextS, this.#toldS + MAX_AHEAD_S));
    this.#shownAtMs = atMs;
    return this.#shownS;
  }

  /** Stops where the sound stopped. */
  stop(): void {
    if (this.#running) this.#shownS = Math.max(this.#toldS, Math.min(this.#shownS, this.#toldS + 0.05));
    this.#running = false;
  }

  reset(): void {
    this.#toldS = 0;
    this.#shownS = 0;
    this.#running = false;
  }
}
