/**
 * One producer (the audio thread), one consumer (the worker), mono float samples at the device's rate.
 * Two forms with one contract: shared memory where the page is cross-origin isolated, a message port elsewhere.
 * The producer never blocks and never allocates; what does not fit is counted as lost, with its length and place.
 */
import type { DeviceSamples, Hertz } from '../units.ts';

/** What is posted so that another thread can open its end. A port is transferred; shared memory is shared. */
export type RingHandle =
  | { readonly kind: 'shared'; readonly buffer: SharedArrayBuffer; readonly rateHz: number }
  | { readonly kind: 'port'; readonly port: MessagePortLike; readonly rateHz: number };

/** The part of MessagePort the ring uses, so that core needs no DOM types. A DOM or Node port is one. */
export interface MessagePortLike {
  // biome-ignore lint/suspicious/noExplicitAny: the DOM wants Transferable[], which core cannot name
  postMessage(message: unknown, transfer: any[]): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  start(): void;
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

/** The producer's end. Calls come from one thread; none of them blocks or throws. */
export interface RingWriter {
  /** Copies `samples[0..count)` in, or counts them as lost. Allocation-free in the shared form. */
  write(samples: Float32Array, count: number): void;
  /** Counts samples that were never there to write: the next block says so. */
  lose(count: DeviceSamples): void;
  /** Shows the reader what is still being gathered (a batch of about 20 ms), e.g. when capture stops. */
  flush(): void;
  /** The last flush; what is written from now on goes nowhere. */
  close(): void;
  /** All samples ever captured, lost ones counted: where the next one goes. */
  readonly captured: DeviceSamples;
  /** Up to here the reader has taken what was captured. */
  readonly taken: DeviceSamples;
}

/** Where a writer goes on: what lies between the two is gone and is told as lost before its first block. */
export interface RingPlace {
  readonly captured: DeviceSamples;
  readonly taken: DeviceSamples;
}

/** About this much sound waits for a reader that is busy; what comes on top is counted as lost. */
export const WAITING_S = 20;

/** The reader is woken once for this much sound: a wake per render quantum (2.7 ms) would cost more than it brings. */
export const BATCH_S = 0.02;

/** @throws RangeError for a rate no audio device has. */
export function checkRate(rateHz: Hertz): void {
  if (!(rateHz >= 1000 && rateHz <= 1_000_000)) {
    throw new RangeError(`rateHz must be from 1000 to 1000000, got ${rateHz}`);
  }
}
