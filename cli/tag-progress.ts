/** What `earshot tag` says on standard error while it works: a line that moves where a person watches, a line a file into logs. */
import type { Seconds } from '../src/core/units.ts';

/** A few times a second is enough for eyes. */
const REDRAW_MS = 200;

export class TagProgress {
  readonly #total: number;
  readonly #moving: boolean;
  readonly #lines: boolean;
  #count = 0;
  #path = '';
  #startedMs = 0;
  #drawnMs = 0;
  #shown = '';

  /** `lines`: one for each file that is done. */
  constructor(total: number, { moving, lines }: { readonly moving: boolean; readonly lines: boolean }) {
    this.#total = total;
    this.#moving = moving;
    this.#lines = lines;
  }

  begin(path: string): void {
    this.#count += 1;
    this.#path = path;
    this.#startedMs = Date.now();
    this.#drawnMs = 0;
  }

  heard(heardS: Seconds): void {
    const now = Date.now();
    if (!this.#moving || now - this.#drawnMs < REDRAW_MS) return;
    this.#drawnMs = now;
    const speed = heardS / Math.max(0.001, (now - this.#startedMs) / 1000);
    this.#draw(
      `${this.#place()} ${this.#path}: ${clock(heardS)} heard, ${speed.toFixed(0)} times as fast as listening`,
    );
  }

  done(what: string): void {
    this.clear();
    if (this.#lines) this.say(`${this.#place()} ${this.#path}: ${what}`);
  }

  say(text: string): void {
    this.clear();
    console.error(`earshot: ${text}`);
  }

  clear(): void {
    if (this.#shown !== '') process.stderr.write('\r\u001b[K');
    this.#shown = '';
  }

  #place(): string {
    return `${this.#count} of ${this.#total}`;
  }

  #draw(text: string): void {
    const width = (process.stderr.columns ?? 80) - 1;
    this.#shown = text.length > width ? `${text.slice(0, width - 1)}…` : text;
    process.stderr.write(`\r\u001b[K${this.#shown}`);
  }
}

const clock = (time: Seconds): string => {
  const minutes = Math.floor(time / 60);
  return `${minutes}:${(time - minutes * 60).toFixed(0).padStart(2, '0')}`;
};
