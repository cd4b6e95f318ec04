/** How far one decoding of a recording is shifted against another, and how alike they are. For tests. */
import type { OpenMedia } from './decode.ts';

export interface Sound {
  readonly samples: Float32Array;
  readonly rateHz: number;
}

/** All blocks as one; what came before an error, and the error. */
export async function drain(media: OpenMedia): Promise<Sound & { blockSizes: number[]; error: unknown }> {
  const blocks: Float32Array[] = [];
  let rateHz = 0;
  let error: unknown = null;
  try {
    for await (const block of media.blocks()) {
      blocks.push(block.samples);
      rateHz = block.rateHz;
    }
  } catch (caught) {
    error = caught;
  } finally {
    media.dispose();
  }
  const samples = new Float32Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    samples.set(block, at);
    at += block.length;
  }
  return { samples, rateHz, blockSizes: blocks.map((block) => block.length), error };
}

export interface Alignment {
  /** Above zero: `sound` is late. */
  readonly lagMs: number;
  /** Correlation at that lag, -1..1. */
  readonly likeness: number;
}

/** Best lag within ±60 ms over half a second at `atS`, looked for at the reference's rate. */
export function align(reference: Sound, sound: Sound, atS: number): Alignment {
  const { rateHz } = reference;
  const from = Math.round(atS * rateHz);
  const count = Math.round(0.5 * rateHz);
  const range = Math.round(0.06 * rateHz);
  const ratio = sound.rateHz / rateHz;
  // Once, by straight lines between samples: good enough for what sound there is below a quarter of the rate.
  const other = Float32Array.from({ length: count + 2 * range }, (_, i) => {
    const x = (from - range + i) * ratio;
    const j = Math.floor(x);
    return (sound.samples[j] ?? 0) * (1 - x + j) + (sound.samples[j + 1] ?? 0) * (x - j);
  });
  const likenessAt = (lag: number): number => {
    let cross = 0;
    let a = 0;
    let b = 0;
    for (let i = 0; i < count; i += 2) {
      const x = reference.samples[from + i]!;
      const y = other[range + lag + i]!;
      cross += x * y;
      a += x * x;
      b += y * y;
    }
    return cross / Math.sqrt(a * b + 1e-20);
  };
  let best = 0;
  let likeness = likenessAt(0);
  for (let lag = -range; lag <= range; lag++) {
    const now = likenessAt(lag);
    if (now > likeness) {
      likeness = now;
      best = lag;
    }
  }
  return { lagMs: (1000 * best) / rateHz, likeness };
}
