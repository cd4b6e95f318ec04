/**
 * The ring in shared memory. The writer runs on the audio thread and allocates nothing; the reader runs anywhere and never blocks.
 *
 * Layout: Int32 header words, a log of holes, then Float32 samples (a power of two of them). Each word is written by one side only.
 * The two sides meet in *stored counts*: how many samples went in and out, modulo 2^32. Capacity divides 2^32, so a count masked is
 * an index and the difference of two counts is a length, however often they wrap. Places in the stream, which must not wrap, are
 * the reader's alone: two words, 64 bits, moved on by what it took and by the holes it passed.
 *
 * A hole is written to the log just before the samples that follow it, so it comes out exactly where it was. While the log is full
 * the writer goes on losing; the length is never forgotten.
 */
import { assert } from '../errors.ts';
import { type DeviceSamples, deviceSamples } from '../units.ts';
import type { RingBlock, RingHandle, RingPlace, RingReader, RingWriter } from './ring.ts';
import { BATCH_S } from './ring.ts';

/** Header words, a cache line (16 words) for each side. Exported for tests that start the counts near their wrap. */
export const WORD = {
  /** Set by the one writer when it opens. */
  writerOpen: 0,
  /** Writer: samples stored, modulo 2^32. */
  stored: 16,
  /** Writer: holes logged, modulo 2^32. */
  holes: 17,
  /** Writer: changes whenever the reader should look. */
  wake: 18,
  /** Writer, once, before anything is stored: the place where this ring begins. */
  baseLow: 19,
  baseHigh: 20,
  /** Readers: how many have opened. The last one owns the reader's side; one that lingers gets nothing more. */
  readers: 33,
  /** Reader: which of the two slots below counts. One store commits a whole slot, so a reader killed half-way does no harm. */
  turn: 32,
  /** Reader, two slots of four: samples taken (modulo 2^32), place low, place high, holes taken. */
  slots: 36,
  log: 48,
} as const;

const HOLES = 256;
/** stored count at which the hole lies, length low, length high */
const HOLE_WORDS = 3;
const HEADER_BYTES = Math.ceil(((WORD.log + HOLES * HOLE_WORDS) * 4) / 64) * 64;
const WORD_SPAN = 2 ** 32;

/** `minSamples` is rounded up to a power of two. */
export function createSharedRing(rateHz: number, minSamples: number): SharedArrayBuffer {
  assert(rateHz > 0 && minSamples > 0, 'a ring has a rate and a size');
  let capacity = 1;
  while (capacity < minSamples) capacity *= 2;
  return new SharedArrayBuffer(HEADER_BYTES + capacity * 4);
}

type SharedHandle = Extract<RingHandle, { readonly kind: 'shared' }>;

function views({ buffer }: SharedHandle): { header: Int32Array; data: Float32Array } {
  const capacity = (buffer.byteLength - HEADER_BYTES) / 4;
  if (!(capacity >= 1 && Number.isInteger(Math.log2(capacity)))) {
    throw new TypeError(`buffer must be made by createRing; ${buffer.byteLength} bytes are no ring`);
  }
  return { header: new Int32Array(buffer, 0, HEADER_BYTES / 4), data: new Float32Array(buffer, HEADER_BYTES) };
}

const slotOf = (turn: number): number => WORD.slots + (turn & 1) * 4;
const word = (header: Int32Array, index: number): number => Atomics.load(header, index) >>> 0;

export class SharedRingWriter implements RingWriter {
  readonly #header: Int32Array;
  readonly #data: Float32Array;
  readonly #mask: number;
  readonly #wakeEvery: number;
  readonly #base: number;
  #holes: number;
  /**
   * [captured, pending, stored]: `pending` was lost since the last sample that was stored; `stored` is modulo 2^32. In an array,
   * as a field that outgrows a small integer (2^30 in Chromium, 6 h at 48 kHz) is a new heap number at every write.
   */
  readonly #counts = new Float64Array(3);
  #sinceWake = 0;
  #open = true;

  /** @throws TypeError when the ring already has a writer. */
  constructor(handle: SharedHandle, from?: RingPlace) {
    const { header, data } = views(handle);
    if (Atomics.compareExchange(header, WORD.writerOpen, 0, 1) !== 0) {
      throw new TypeError('a ring has one writer in its life, and this one had its own');
    }
    this.#header = header;
    this.#data = data;
    this.#mask = data.length - 1;
    this.#wakeEvery = Math.floor(handle.rateHz * BATCH_S);
    this.#counts[2]! = word(header, WORD.stored);
    this.#holes = word(header, WORD.holes);
    this.#counts[0] = from?.captured ?? 0;
    this.#counts[1] = this.#counts[0]! - (from?.taken ?? 0);
    // The first hole counts from where the other ring was last read.
    this.#base = this.#counts[0]! - this.#counts[1]!;
    Atomics.store(header, WORD.baseLow, (this.#base % WORD_SPAN) | 0);
    Atomics.store(header, WORD.baseHigh, Math.floor(this.#base / WORD_SPAN));
  }

  get captured(): DeviceSamples {
    return deviceSamples(this.#counts[0]!);
  }

  get taken(): DeviceSamples {
    const header = this.#header;
    for (;;) {
      const turn = Atomics.load(header, WORD.turn);
      const slot = slotOf(turn);
      const place = word(header, slot + 1) + word(header, slot + 2) * WORD_SPAN;
      if (Atomics.load(header, WORD.turn) === turn) return deviceSamples(this.#base + place);
    }
  }

  write(samples: Float32Array, count: number): void {
    const wanted = Math.min(count, samples.length);
    if (!this.#open || !(wanted > 0)) return;
    const header = this.#header;
    const slot = slotOf(Atomics.load(header, WORD.turn));
    let free = this.#data.length - ((this.#counts[2]! - Atomics.load(header, slot)) >>> 0);
    if (this.#counts[1]! > 0 && (this.#holes - Atomics.load(header, slot + 3)) >>> 0 >= HOLES) free = 0;
    const fits = Math.min(wanted, free);
    if (fits > 0) {
      if (this.#counts[1]! > 0) this.#logHole();
      const data = this.#data;
      const mask = this.#mask;
      // A loop: `subarray` would make an object per quantum.
      for (let i = 0, at = this.#counts[2]!; i < fits; i++, at++) data[at & mask] = samples[i]!;
      this.#counts[2]! = (this.#counts[2]! + fits) >>> 0;
      Atomics.store(header, WORD.stored, this.#counts[2]! | 0);
    }
    this.#counts[0]! += wanted;
    this.#counts[1]! += wanted - fits;
    this.#sinceWake += wanted;
    if (this.#sinceWake >= this.#wakeEvery) this.flush();
  }

  lose(count: DeviceSamples): void {
    if (!this.#open || !(count > 0)) return;
    this.#counts[0]! += count;
    this.#counts[1]! += count;
  }

  flush(): void {
    this.#sinceWake = 0;
    Atomics.add(this.#header, WORD.wake, 1);
    Atomics.notify(this.#header, WORD.wake);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.flush();
  }

  #logHole(): void {
    const header = this.#header;
    const entry = WORD.log + (this.#holes % HOLES) * HOLE_WORDS;
    Atomics.store(header, entry, this.#counts[2]! | 0);
    Atomics.store(header, entry + 1, (this.#counts[1]! % WORD_SPAN) | 0);
    Atomics.store(header, entry + 2, Math.floor(this.#counts[1]! / WORD_SPAN));
    this.#holes = (this.#holes + 1) >>> 0;
    Atomics.store(header, WORD.holes, this.#holes | 0);
    this.#counts[1]! = 0;
  }
}

/** Goes on where the last reader of this ring stopped, whatever became of it. */
export class SharedRingReader implements RingReader {
  readonly rateHz: number;
  readonly #header: Int32Array;
  readonly #data: Float32Array;
  readonly #reader: number;
  #turn: number;
  #taken: number;
  /** From the ring's own beginning, holes counted. */
  #place: number;
  #holes: number;
  #seenWake: number;
  #closed = false;
  #wakeUp: (() => void) | null = null;

  constructor(handle: SharedHandle) {
    const { header, data } = views(handle);
    this.rateHz = handle.rateHz;
    this.#header = header;
    this.#data = data;
    this.#reader = Atomics.add(header, WORD.readers, 1) + 1;
    this.#turn = Atomics.load(header, WORD.turn);
    const slot = slotOf(this.#turn);
    this.#taken = word(header, slot);
    this.#place = word(header, slot + 1) + word(header, slot + 2) * WORD_SPAN;
    this.#holes = word(header, slot + 3);
    this.#seenWake = Atomics.load(header, WORD.wake);
    // What waits already was announced to somebody else.
    if (word(header, WORD.stored) !== this.#taken) this.#seenWake = (this.#seenWake - 1) | 0;
  }

  drain(): RingBlock[] {
    const blocks: RingBlock[] = [];
    const header = this.#header;
    if (this.#closed || Atomics.load(header, WORD.readers) !== this.#reader) return blocks;
    // Before the count: a wake that comes in between is then seen by the next wait.
    this.#seenWake = Atomics.load(header, WORD.wake);
    const stored = word(header, WORD.stored);
    const holes = word(header, WORD.holes);
    const base = word(header, WORD.baseLow) + word(header, WORD.baseHigh) * WORD_SPAN;
    let waiting = (stored - this.#taken) >>> 0;
    while (waiting > 0) {
      let lost = 0;
      let run = waiting;
      while (this.#holes !== holes) {
        const entry = WORD.log + (this.#holes % HOLES) * HOLE_WORDS;
        const ahead = (word(header, entry) - this.#taken) >>> 0;
        if (ahead > 0) {
          // A hole at `waiting` or beyond was logged after we looked; its samples are not ours yet.
          run = Math.min(waiting, ahead);
          break;
        }
        lost += word(header, entry + 1) + word(header, entry + 2) * WORD_SPAN;
        this.#holes = (this.#holes + 1) >>> 0;
      }
      this.#place += lost;
      blocks.push({
        samples: this.#copy(run),
        start: deviceSamples(base + this.#place),
        lostBefore: deviceSamples(lost),
      });
      this.#place += run;
      this.#taken = (this.#taken + run) >>> 0;
      waiting -= run;
    }
    if (blocks.length > 0) this.#commit();
    return blocks;
  }

  wait(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    const woken = Atomics.waitAsync(this.#header, WORD.wake, this.#seenWake);
    if (!woken.async) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wakeUp = resolve;
      void woken.value.then(() => resolve());
    });
  }

  close(): void {
    this.#closed = true;
    this.#wakeUp?.();
    this.#wakeUp = null;
  }

  #copy(count: number): Float32Array {
    const data = this.#data;
    const from = this.#taken & (data.length - 1);
    const first = Math.min(count, data.length - from);
    const samples = new Float32Array(count);
    samples.set(data.subarray(from, from + first));
    samples.set(data.subarray(0, count - first), first);
    return samples;
  }

  #commit(): void {
    const header = this.#header;
    this.#turn = (this.#turn + 1) | 0;
    const slot = slotOf(this.#turn);
    Atomics.store(header, slot, this.#taken | 0);
    Atomics.store(header, slot + 1, (this.#place % WORD_SPAN) | 0);
    Atomics.store(header, slot + 2, Math.floor(this.#place / WORD_SPAN));
    Atomics.store(header, slot + 3, this.#holes | 0);
    Atomics.store(header, WORD.turn, this.#turn);
  }
}
