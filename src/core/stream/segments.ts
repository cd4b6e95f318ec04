/**
 * Cuts the frames of one front-end call into the segments that the network runs one after the other (SPEC section 6). Pure.
 *
 * Where the reference fails, we go on where that is honest: a full-context call of 1024..1027 frames (64 patches, 63 positions)
 * runs on the 63 patches that have a position, as 1008..1023 frames do.
 */
import { EarshotError } from '../errors.ts';
import type { NetworkSpec } from '../model/card.ts';
import type { MelChunk } from './mel-chunk.ts';

export interface Segment {
  /** dB, row-major [frameCount, mels]. */
  readonly data: Float32Array;
  readonly frameCount: number;
  /** Frames the network sees: what is missing is zero after the batch norm (not silence). */
  readonly paddedTo: number;
}

export function cutIntoSegments(chunk: MelChunk, network: NetworkSpec): Segment[] {
  const { patch, targetFrames, padLast, family } = network;
  const { frameCount } = chunk;
  const mels = chunk.data.length / frameCount;
  if (frameCount < patch) {
    throw new EarshotError('too-short', `A chunk needs at least ${patch} frames for one patch, got ${frameCount}.`);
  }
  const piece = (start: number, count: number, paddedTo = count): Segment => ({
    data: chunk.data.subarray(start * mels, (start + count) * mels),
    frameCount: count,
    paddedTo,
  });

  const onePass = family === 'streaming' ? targetFrames : targetFrames + patch - 1;
  if (frameCount <= onePass) return [piece(0, frameCount)];

  const segments: Segment[] = [];
  let start = 0;
  for (; start + targetFrames <= frameCount; start += targetFrames) segments.push(piece(start, targetFrames));
  const rest = frameCount - start;
  if (family === 'streaming') {
    if (padLast && rest > 0) segments.push(piece(start, rest, Math.ceil(rest / patch) * patch));
  } else if (rest === 0) {
    // The reference throws a last piece away that is exactly full.
    segments.pop();
  } else if (padLast) {
    segments.push(piece(start, rest, targetFrames));
  }
  return segments;
}
