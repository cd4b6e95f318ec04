/**
 * What the audio thread does with sound: mean of the channels into the ring, and a count that stays true. Apart from the processor so
 * that it runs in tests. `take` allocates nothing over shared memory.
 *
 * Time is the context's frame count. No input (nothing connected, or a track that gives no channels) is written as silence: the room
 * goes on while the microphone is mute. Frames the context counted but never showed us are counted as lost. Capture begins with the
 * first quantum that follows another one: Chromium tells the very first a frame of some 30 ms ago.
 */
import { openWriter } from '../src/core/ring/open.ts';
import type { RingHandle, RingWriter } from '../src/core/ring/ring.ts';
import { deviceSamples } from '../src/core/units.ts';

/** Web Audio's render quantum; larger ones are allowed to come, and grow the buffer once. */
const QUANTUM = 128;

export class CaptureLine {
  #writer: RingWriter | null = null;
  #mono = new Float32Array(QUANTUM);
  /** The frame that should come next; -1 before the first. */
  #nextFrame = -1;
  #begun = false;
  #stopped = false;

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Goes on in another ring: the reader's thread died, or another form is wanted. */
  useRing(handle: RingHandle): void {
    if (this.#stopped) return;
    const before = this.#writer;
    this.#writer = openWriter(handle, before ?? undefined);
    before?.close();
  }

  /** `channels`: none, one or more of one length. `frame`: the context's count at their first sample; `frames`: how many now. */
  take(channels: readonly Float32Array[], frame: number, frames: number): void {
    const writer = this.#writer;
    const missed = frame - this.#nextFrame;
    this.#nextFrame = frame + frames;
    if (this.#stopped || writer === null) return;
    if (!this.#begun && missed !== 0) return;
    this.#begun = true;
    if (missed > 0) writer.lose(deviceSamples(missed));

    const first = channels[0];
    if (first !== undefined && channels.length === 1) {
      writer.write(first, frames);
      return;
    }
    if (this.#mono.length < frames) this.#mono = new Float32Array(frames);
    const mono = this.#mono;
    mono.fill(0);
    for (let c = 0; c < channels.length; c += 1) {
      const channel = channels[c];
      if (channel !== undefined) for (let i = 0; i < frames; i += 1) mono[i] = (mono[i] ?? 0) + (channel[i] ?? 0);
    }
    if (channels.length > 1) for (let i = 0; i < frames; i += 1) mono[i] = (mono[i] ?? 0) / channels.length;
    writer.write(mono, frames);
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#writer?.flush();
    this.#writer?.close();
  }
}
