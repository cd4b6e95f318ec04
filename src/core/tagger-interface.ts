import type { ModelCard } from './model/card.ts';
import type { TagFrame } from './scores/tag-frame.ts';
import type { Hertz } from './units.ts';

/**
 * Tags one stream of sound. Implemented here by StreamingTagger and over a worker by TaggerClient.
 *
 * Verbs: **push** in, **finish** the tail, **reset** to silence and second zero, **dispose** for good.
 */
export interface Tagger {
  readonly card: ModelCard;
  /** Mono samples in -1..1 at `rateHz`, any block size. Resolves with the chunks they completed, oldest first. */
  push(samples: Float32Array, rateHz: Hertz): Promise<TagFrame[]>;
  /** Scores what is left (16 frames or more) and ends the stream; `reset` starts the next. */
  finish(): Promise<TagFrame[]>;
  reset(): Promise<void>;
  dispose(): Promise<void>;
}
