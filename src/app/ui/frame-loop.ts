/** At most one redraw per animation frame; every frame while something moves, else only when asked. One owner, disposed by it. */
export class FrameLoop {
  readonly #draw: (atMs: number) => void;
  #handle: number | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #moving = false;
  /** Least time between two frames while moving: 0 for every frame. */
  #paceMs = 0;
  #disposed = false;

  constructor(draw: (atMs: number) => void) {
    this.#draw = draw;
  }

  request(): void {
    if (this.#disposed || this.#handle !== null) return;
    this.#handle = requestAnimationFrame(() => {
      this.#handle = null;
      this.#draw(performance.now());
      if (this.#moving) this.#next();
    });
  }

  move(moving: boolean, paceMs = 0): void {
    this.#moving = moving;
    this.#paceMs = paceMs;
    this.request();
  }

  dispose(): void {
    this.#disposed = true;
    if (this.#handle !== null) cancelAnimationFrame(this.#handle);
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #next(): void {
    if (this.#paceMs === 0) {
      this.request();
      return;
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.request();
    }, this.#paceMs);
  }
}
