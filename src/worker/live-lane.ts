/**
 * One model on the live stream: frames what it hears at once, scores chunk by chunk, and never queues without bound. When the
 * engine is slower than the sound, whole chunks are dropped, oldest first, and said so.
 */

import type { FrameTiming, TagFrame } from '../core/scores/tag-frame.ts';
import type { MelChunk } from '../core/stream/mel-chunk.ts';
import type { StreamingTagger } from '../core/tagger.ts';

/** Chunks that may wait behind the one that is being scored. */
const MAX_WAITING = 2;

export interface LiveLaneEvents {
  tags(frame: TagFrame, timing: FrameTiming): void;
  dropped(chunk: MelChunk): void;
  failed(error: unknown): void;
}

interface Waiting {
  readonly chunk: MelChunk;
  readonly heardAtMs: number;
  readonly melMs: number;
}

export class LiveLane {
  readonly tagger: StreamingTagger;
  readonly #events: LiveLaneEvents;
  readonly #now: () => number;
  readonly #waiting: Waiting[] = [];
  #scoring: Promise<void> | null = null;
  /**
   * True until the engine has caught up once: what a ring kept while a worker was being restarted (20 s at most) comes in one
   * burst and is no sign of slowness.
   */
  #catchingUp = true;

  constructor(tagger: StreamingTagger, events: LiveLaneEvents, now: () => number) {
    this.tagger = tagger;
    this.#events = events;
    this.#now = now;
  }

  /** Resolves when the sound is framed, not when it is scored. */
  async hear(samples: Float32Array, rateHz: number): Promise<readonly MelChunk[]> {
    const began = this.#now();
    const chunks = await this.tagger.hear(samples, rateHz);
    const melMs = this.#now() - began;
    for (const chunk of chunks) {
      this.#waiting.push({ chunk, heardAtMs: this.#now(), melMs });
      if (this.#waiting.length > MAX_WAITING && !this.#catchingUp) {
        const oldest = this.#waiting.shift();
        if (oldest) {
          void this.tagger.drop(oldest.chunk);
          this.#events.dropped(oldest.chunk);
        }
      }
    }
    this.#scoring ??= this.#work().finally(() => {
      this.#scoring = null;
    });
    return chunks;
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    while (this.#scoring) await this.#scoring;
  }

  /** Gives up what waits, e.g. when listening stops. */
  clear(): void {
    this.#waiting.length = 0;
    this.#catchingUp = true;
  }

  async #work(): Promise<void> {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      const began = this.#now();
      try {
        const frame = await this.tagger.score(next.chunk);
        const done = this.#now();
        this.#events.tags(frame, {
          heardAtMs: next.heardAtMs,
          queueMs: began - next.heardAtMs,
          computeMs: done - began,
          melMs: next.melMs,
        });
      } catch (error) {
        this.#events.failed(error);
      }
    }
    this.#catchingUp = false;
  }
}
