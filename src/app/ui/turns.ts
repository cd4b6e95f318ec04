/**
 * Work of the page that comes in one moment and need not be done in one: each piece gets a frame of its own, so that none of them
 * together holds the page. Main thread.
 */
import { useEffect, useRef, useState } from 'react';

type Piece = () => void;

/** One queue for the page. */
export class Turns {
  readonly #waiting = new Set<Piece>();
  readonly #nextFrame: (run: () => void) => void;
  #isRunning = false;

  constructor(nextFrame: (run: () => void) => void) {
    this.#nextFrame = nextFrame;
  }

  /** Runs `piece` in a coming frame, behind those that wait; a piece that waits already keeps its place. */
  add(piece: Piece): void {
    this.#waiting.add(piece);
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#nextFrame(() => this.#run());
  }

  remove(piece: Piece): void {
    this.#waiting.delete(piece);
  }

  #run(): void {
    const [piece] = this.#waiting;
    if (!piece) {
      this.#isRunning = false;
      return;
    }
    this.#waiting.delete(piece);
    this.#nextFrame(() => this.#run());
    piece();
  }
}

const turns = new Turns((run) => requestAnimationFrame(run));

/** The value as it was when this component last had its turn: null before the first. The latest value always arrives. */
export function useTurn<T>(value: T): T | null {
  const [shown, setShown] = useState<T | null>(null);
  const latest = useRef(value);
  latest.current = value;
  const piece = useRef<Piece>(() => setShown(latest.current));
  useEffect(() => {
    if (shown !== value) turns.add(piece.current);
  }, [value, shown]);
  useEffect(() => {
    const mine = piece.current;
    return () => turns.remove(mine);
  }, []);
  return shown;
}
