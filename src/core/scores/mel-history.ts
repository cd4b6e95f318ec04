/**
 * The log-mel the model heard, kept for drawing: one byte per cell, by absolute frame. Two neighbouring frames share a column
 * (the louder cell stands for both), which halves the memory and is still finer than a screen: 3 h are 35 MB.
 * Bounded: beyond `maxFrames` the oldest blocks go. What never arrived is 0 and can be told from silence.
 */
import type { Decibels } from '../units.ts';

export interface MelHistoryOptions {
  readonly mels: number;
  readonly framesPerColumn?: number;
  /** 1 100 000 frames of 10 ms are a little over 3 h. */
  readonly maxFrames?: number;
}

/** Byte 1 stands for this level and below, each step above it for 0.5 dB; byte 0 for "not heard". */
export const QUANTISED_FLOOR_DB: Decibels = -84;
export const QUANTISED_STEP_DB: Decibels = 0.5;

export function quantiseDb(db: Decibels): number {
  // A NaN must not pass for a gap.
  const steps = Math.round((db - QUANTISED_FLOOR_DB) / QUANTISED_STEP_DB) || 0;
  return Math.min(255, Math.max(1, steps + 1));
}

const BLOCK_COLUMNS = 1024;

/** A history as plain tables. */
export interface MelSnapshot {
  readonly mels: number;
  readonly framesPerColumn: number;
  readonly endFrame: number;
  /** By block number: bytes [1024, mels]. */
  readonly blocks: readonly (readonly [number, Uint8Array])[];
}

export class MelHistory {
  readonly mels: number;
  readonly framesPerColumn: number;
  readonly #maxBlocks: number;
  /** Column blocks by number; each [BLOCK_COLUMNS, mels]. */
  readonly #blocks = new Map<number, Uint8Array>();
  #endFrame = 0;

  constructor(options: MelHistoryOptions) {
    const { mels, framesPerColumn = 2, maxFrames = 1_100_000 } = options;
    for (const [name, value] of Object.entries({ mels, framesPerColumn, maxFrames })) {
      if (!Number.isInteger(value) || value < 1)
        throw new RangeError(`${name} must be a positive integer, got ${value}`);
    }
    this.mels = mels;
    this.framesPerColumn = framesPerColumn;
    this.#maxBlocks = Math.ceil(maxFrames / framesPerColumn / BLOCK_COLUMNS) + 1;
  }

  /** A history of a snapshot's columns. Throws RangeError when a block has not the size of one. */
  static fromSnapshot({ mels, framesPerColumn, endFrame, blocks }: MelSnapshot): MelHistory {
    const history = new MelHistory({ mels, framesPerColumn, maxFrames: Math.max(1_100_000, endFrame) });
    for (const [number, cells] of blocks) {
      if (cells.length !== BLOCK_COLUMNS * mels) {
        throw new RangeError(`a block of ${BLOCK_COLUMNS * mels} bytes was expected, got ${cells.length}`);
      }
      history.#blocks.set(number, cells.slice());
    }
    history.#endFrame = endFrame;
    return history;
  }

  /** All that is kept, in tables of its own: for storing. */
  snapshot(): MelSnapshot {
    const { mels, framesPerColumn, endFrame } = this;
    return { mels, framesPerColumn, endFrame, blocks: [...this.#blocks].map(([n, cells]) => [n, cells.slice()]) };
  }

  /** One past the newest frame ever pushed. */
  get endFrame(): number {
    return this.#endFrame;
  }
  /** One past the newest column that holds anything. */
  get endColumn(): number {
    return Math.ceil(this.#endFrame / this.framesPerColumn);
  }
  get bytes(): number {
    return this.#blocks.size * BLOCK_COLUMNS * this.mels;
  }

  /** `data`: dB, row-major [frameCount, mels], copied. Frames may be missing between two pushes. */
  push(startFrame: number, frameCount: number, data: Float32Array): void {
    if (!Number.isInteger(startFrame) || startFrame < 0) {
      throw new RangeError(`startFrame must be a whole number from 0, got ${startFrame}`);
    }
    if (data.length !== frameCount * this.mels) {
      throw new RangeError(
        `${frameCount} frames of ${this.mels} bands are ${frameCount * this.mels} values, got ${data.length}`,
      );
    }
    for (let index = 0; index < frameCount; index++) {
      const column = Math.floor((startFrame + index) / this.framesPerColumn);
      const cells = this.#open(column);
      if (!cells) continue;
      const at = (column % BLOCK_COLUMNS) * this.mels;
      for (let band = 0; band < this.mels; band++) {
        const level = quantiseDb(data[index * this.mels + band]!);
        if (level > cells[at + band]!) cells[at + band] = level;
      }
    }
    this.#endFrame = Math.max(this.#endFrame, startFrame + frameCount);
  }

  /** The bytes of one column, lowest band first; null where nothing was heard (or it is forgotten). A view, not a copy. */
  column(column: number): Uint8Array | null {
    const cells = this.#blocks.get(Math.floor(column / BLOCK_COLUMNS));
    if (!cells) return null;
    const at = (column % BLOCK_COLUMNS) * this.mels;
    return cells[at] === 0 ? null : cells.subarray(at, at + this.mels);
  }

  clear(): void {
    this.#blocks.clear();
    this.#endFrame = 0;
  }

  #open(column: number): Uint8Array | null {
    const number = Math.floor(column / BLOCK_COLUMNS);
    const there = this.#blocks.get(number);
    if (there) return there;
    if (this.#blocks.size >= this.#maxBlocks) {
      const oldest = Math.min(...this.#blocks.keys());
      if (number < oldest) return null;
      this.#blocks.delete(oldest);
    }
    const made = new Uint8Array(BLOCK_COLUMNS * this.mels);
    this.#blocks.set(number, made);
    return made;
  }
}
