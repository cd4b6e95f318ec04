/**
 * The ring over a message port, for pages that are not cross-origin isolated. Sound crosses in batches of 20 ms. The writer may have
 * only so many batches under way (the ring's size); the reader gives buffers back when it drains, so a reader that stalls leads to
 * counted loss and never to a queue without bound. Buffers go round: once the pool is as large as the reader needs, the audio
 * thread makes one small message object per batch and nothing else.
 *
 * A port dies with its worker. The next reader gets a new port and the worklet a new writer, started at the old one's place.
 */
import { type DeviceSamples, deviceSamples } from '../units.ts';
import type { MessagePortLike, RingBlock, RingHandle, RingPlace, RingReader, RingWriter } from './ring.ts';
import { BATCH_S } from './ring.ts';

/** Buffers that wait to be filled; what a stall needed beyond them is let go again. */
const POOLED = 8;

/** Writer to reader; the buffer of `samples` is transferred. */
interface SoundMessage {
  readonly type: 'sound';
  samples: Float32Array<ArrayBuffer>;
  /** How many of `samples` count. */
  count: number;
  start: number;
  lost: number;
}

/** Reader to writer; the buffers are transferred back. */
interface TakenMessage {
  readonly type: 'taken';
  readonly upTo: number;
  readonly buffers: readonly Float32Array<ArrayBuffer>[];
}

const hasType = (data: unknown, type: string): boolean =>
  typeof data === 'object' && data !== null && 'type' in data && data.type === type;
const isSound = (data: unknown): data is SoundMessage => hasType(data, 'sound');
const isTaken = (data: unknown): data is TakenMessage => hasType(data, 'taken');

type PortHandle = Extract<RingHandle, { readonly kind: 'port' }>;

export class PortRingWriter implements RingWriter {
  readonly #port: MessagePortLike;
  readonly #batchSamples: number;
  readonly #maxUnderWay: number;
  readonly #pool: Float32Array<ArrayBuffer>[] = [];
  #underWay = 0;
  #batch: Float32Array<ArrayBuffer> | null = null;
  /** Posting copies it, so one object and one list serve for all. */
  readonly #message: SoundMessage = { type: 'sound', samples: new Float32Array(0), count: 0, start: 0, lost: 0 };
  readonly #transfer: ArrayBuffer[] = [];
  #filled = 0;
  #batchStart = 0;
  #batchLost = 0;
  #captured: number;
  #taken: number;
  /** Lost since the last sample that was kept. */
  #pending: number;
  #open = true;

  constructor(handle: PortHandle, minSamples: number, from?: RingPlace) {
    this.#port = handle.port;
    this.#batchSamples = Math.floor(handle.rateHz * BATCH_S);
    this.#maxUnderWay = Math.ceil(minSamples / this.#batchSamples);
    this.#captured = from?.captured ?? 0;
    this.#taken = from?.taken ?? 0;
    this.#pending = this.#captured - this.#taken;
    for (let i = 0; i < POOLED; i++) this.#pool.push(new Float32Array(this.#batchSamples));
    this.#port.addEventListener('message', ({ data }) => {
      if (!isTaken(data)) return;
      this.#taken = data.upTo;
      this.#underWay -= data.buffers.length;
      for (const buffer of data.buffers) if (this.#pool.length < POOLED) this.#pool.push(buffer);
    });
    this.#port.start();
  }

  get captured(): DeviceSamples {
    return deviceSamples(this.#captured);
  }

  get taken(): DeviceSamples {
    return deviceSamples(this.#taken);
  }

  write(samples: Float32Array, count: number): void {
    const wanted = Math.min(count, samples.length);
    if (!this.#open || !(wanted > 0)) return;
    let done = 0;
    while (done < wanted) {
      const batch = this.#batch ?? this.#begin(done);
      if (!batch) {
        this.#pending += wanted - done;
        break;
      }
      const part = Math.min(wanted - done, batch.length - this.#filled);
      for (let i = 0; i < part; i++) batch[this.#filled + i] = samples[done + i]!;
      this.#filled += part;
      done += part;
      if (this.#filled === batch.length) this.#send(batch);
    }
    this.#captured += wanted;
  }

  lose(count: DeviceSamples): void {
    if (!this.#open || !(count > 0)) return;
    this.flush();
    this.#captured += count;
    this.#pending += count;
  }

  flush(): void {
    if (this.#batch) this.#send(this.#batch);
  }

  close(): void {
    if (!this.#open) return;
    this.flush();
    this.#open = false;
    // What was posted before still arrives.
    this.#port.close();
  }

  /** A batch is begun only when it may be sent, so a batch that was begun is never lost. */
  #begin(offset: number): Float32Array<ArrayBuffer> | null {
    if (this.#underWay >= this.#maxUnderWay) return null;
    const batch = this.#pool.pop() ?? new Float32Array(this.#batchSamples);
    this.#underWay += 1;
    this.#batch = batch;
    this.#filled = 0;
    this.#batchStart = this.#captured + offset;
    this.#batchLost = this.#pending;
    this.#pending = 0;
    return batch;
  }

  #send(batch: Float32Array<ArrayBuffer>): void {
    const message = this.#message;
    message.samples = batch;
    message.count = this.#filled;
    message.start = this.#batchStart;
    message.lost = this.#batchLost;
    this.#transfer[0] = batch.buffer;
    this.#batch = null;
    this.#port.postMessage(message, this.#transfer);
  }
}

export class PortRingReader implements RingReader {
  readonly rateHz: number;
  readonly #port: MessagePortLike;
  /** Bounded by the writer. */
  #queue: SoundMessage[] = [];
  #closed = false;
  #wakeUp: (() => void) | null = null;

  constructor(handle: PortHandle) {
    this.rateHz = handle.rateHz;
    this.#port = handle.port;
    this.#port.addEventListener('message', ({ data }) => {
      if (this.#closed || !isSound(data)) return;
      this.#queue.push(data);
      this.#wake();
    });
    this.#port.start();
  }

  drain(): RingBlock[] {
    const queue = this.#queue;
    const last = queue.at(-1);
    if (this.#closed || !last) return [];
    this.#queue = [];
    const blocks: RingBlock[] = [];
    for (let from = 0; from < queue.length; ) {
      let to = from + 1;
      while (to < queue.length && queue[to]!.lost === 0) to += 1;
      blocks.push(join(queue.slice(from, to)));
      from = to;
    }
    const buffers = queue.map(({ samples }) => samples);
    const taken: TakenMessage = { type: 'taken', upTo: last.start + last.count, buffers };
    this.#port.postMessage(
      taken,
      buffers.map(({ buffer }) => buffer),
    );
    return blocks;
  }

  wait(): Promise<void> {
    if (this.#closed || this.#queue.length > 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wakeUp = resolve;
    });
  }

  close(): void {
    this.#closed = true;
    this.#queue = [];
    this.#port.close();
    this.#wake();
  }

  #wake(): void {
    this.#wakeUp?.();
    this.#wakeUp = null;
  }
}

function join(messages: readonly SoundMessage[]): RingBlock {
  const first = messages[0]!;
  const samples = new Float32Array(messages.reduce((sum, { count }) => sum + count, 0));
  let at = 0;
  for (const message of messages) {
    samples.set(message.samples.subarray(0, message.count), at);
    at += message.count;
  }
  return { samples, start: deviceSamples(first.start), lostBefore: deviceSamples(first.lost) };
}
