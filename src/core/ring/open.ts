/**
 * Making a ring and opening its two ends. The thread that makes it is out of the sound's path once both handles are posted.
 *
 * ```ts
 * const { readerHandle, writerHandle } = createRing({ rateHz: 48_000, shared: false, channel: new MessageChannel() });
 * const writer = openWriter(writerHandle); // on the audio thread
 * const reader = openReader(readerHandle); // in the worker
 * ```
 */
import { PortRingReader, PortRingWriter } from './port-ring.ts';
import type { MessagePortLike, RingHandle, RingPlace, RingReader, RingWriter } from './ring.ts';
import { checkRate, WAITING_S } from './ring.ts';
import { createSharedRing, SharedRingReader, SharedRingWriter } from './shared-ring.ts';

/** A MessageChannel is one; core cannot make it itself. */
export interface MessageChannelLike {
  readonly port1: MessagePortLike;
  readonly port2: MessagePortLike;
}

export type CreateRingOptions =
  | { readonly rateHz: number; readonly shared: true }
  | { readonly rateHz: number; readonly shared: false; readonly channel: MessageChannelLike };

export interface RingEnds {
  /** For the worker. In the shared form it may be opened again after its reader died; a port is transferred once. */
  readonly readerHandle: RingHandle;
  /** For the audio thread. */
  readonly writerHandle: RingHandle;
}

/** @throws RangeError when `rateHz` is no rate of sound. */
export function createRing(options: CreateRingOptions): RingEnds {
  const { rateHz } = options;
  checkRate(rateHz);
  if (options.shared) {
    const handle: RingHandle = { kind: 'shared', buffer: createSharedRing(rateHz, capacityOf(rateHz)), rateHz };
    return { readerHandle: handle, writerHandle: handle };
  }
  const { port1, port2 } = options.channel;
  return {
    readerHandle: { kind: 'port', port: port1, rateHz },
    writerHandle: { kind: 'port', port: port2, rateHz },
  };
}

export function openReader(handle: RingHandle): RingReader {
  return handle.kind === 'shared' ? new SharedRingReader(handle) : new PortRingReader(handle);
}

/**
 * `from`: where a ring that replaces another goes on: the other's writer will do.
 * @throws TypeError when the ring already had a writer.
 */
export function openWriter(handle: RingHandle, from?: RingPlace): RingWriter {
  return handle.kind === 'shared'
    ? new SharedRingWriter(handle, from)
    : new PortRingWriter(handle, capacityOf(handle.rateHz), from);
}

/** What must be transferred when `handle` is posted: `worker.postMessage({ source: handle }, transferOf(handle))`. */
export function transferOf(handle: RingHandle): MessagePortLike[] {
  return handle.kind === 'port' ? [handle.port] : [];
}

const capacityOf = (rateHz: number): number => Math.ceil(rateHz * WAITING_S);
