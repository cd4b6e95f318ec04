import type { Milliseconds, Seconds } from '../units.ts';

/** What the model says of one chunk. Time is a sample count divided by a rate, counted from the start of the stream. */
export interface TagFrame {
  /** 0-based count of chunks since the stream began (dropped chunks count too). */
  readonly index: number;
  readonly startS: Seconds;
  readonly endS: Seconds;
  /** Probabilities [classes], in the card's label order. */
  readonly probabilities: Float32Array;
}

/** Where one chunk spent its time on the way to the page. Wall-clock, for display only. */
export interface FrameTiming {
  /** performance.timeOrigin + performance.now() when the chunk's last sample reached the worker. */
  readonly heardAtMs: Milliseconds;
  /** From then until the model began. */
  readonly queueMs: Milliseconds;
  /** One model step, mel included in `melMs` apart. */
  readonly computeMs: Milliseconds;
  readonly melMs: Milliseconds;
}
