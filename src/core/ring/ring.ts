/**
 * One producer (the audio thread), one consumer (the worker), mono float samples at the device's rate.
 * Two forms with one contract: shared memory where the page is cross-origin isolated, a message port elsewhere.
 * The producer never blocks and never allocates; what does not fit is counted as lost, with its length and place.
 */
import type { DeviceSamples } from '../units.ts';

/** What is posted so that another thread can open its end. A port is transferred; shared memory is shared. */
export type RingHandle =
  | { readonly kind: 'shared'; readonly buffer: SharedArrayBuffer; readonly rateHz: number }
  | { readonly kind: 'port'; readonly port: MessagePortLike; readonly rateHz: number };

/** The part of MessagePort the ring uses, so that core needs no DOM types. */
export interface MessagePortLike {
  postMessage(message: unknown, transfer?: unknown[]): void;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  start?(): void;
  close(): void;
}

/** The consumer's end. Read once, by one reader. */
export interface RingReader {
  readonly rateHz: number;
  /** Takes all there is, oldest first. Empty when nothing waits. */
  drain(): RingBlock[];
  /** Resolves when something may be there to drain (or after `close`). Never blocks the thread. */
  wait(): Promise<void>;
  close(): void;
}

/** A run of samples without a hole in it. */
export interface RingBlock {
  /** Mono, -1..1, at the ring's rate. Owned by the receiver. */
  readonly samples: Float32Array;
  /** Place of the first sample in all that was ever captured (lost samples counted). */
  readonly start: DeviceSamples;
  /** Samples lost just before this block. */
  readonly lostBefore: DeviceSamples;
}

/** The producer's end. */
export interface RingWriter {
  /** Copies `samples[0..count)` in, or counts them as lost. Allocation-free in the shared form. */
  write(samples: Float32Array, count: number): void;
}
