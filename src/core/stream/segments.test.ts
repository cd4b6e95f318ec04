import { expect, test } from 'vitest';
import { tinyModel } from '../../../fixtures/tiny-model.ts';
import { cutIntoSegments } from './segments.ts';

const chunk = (frameCount: number) => ({
  data: Float32Array.from({ length: frameCount * 64 }, (_, i) => i),
  frameCount,
  startFrame: 0,
  startSample: 0,
  sampleCount: frameCount * 160,
  gapBefore: 0,
});
const shape = (frames: number, network: ReturnType<typeof tinyModel>['card']['network']) =>
  cutIntoSegments(chunk(frames), network).map(({ frameCount, paddedTo, data }) => [
    data[0]! / 64,
    frameCount,
    paddedTo,
  ]);

const streaming = tinyModel({ targetFrames: 192, cacheFrames: 192, timePositions: 24 }).card.network;
const full = tinyModel({ family: 'full-context', targetFrames: 1012, cacheFrames: 0, timePositions: 63 }).card.network;

test('streaming: up to the target in one piece, beyond it full pieces only (SPEC section 6)', () => {
  expect(shape(16, streaming)).toEqual([[0, 16, 16]]);
  expect(shape(192, streaming)).toEqual([[0, 192, 192]]);
  expect(shape(201, streaming)).toEqual([[0, 192, 192]]);
  expect(shape(384, streaming)).toEqual([
    [0, 192, 192],
    [192, 192, 192],
  ]);
  expect(shape(383, streaming)).toEqual([[0, 192, 192]]);
});

test('streaming with padLast: the last piece is padded to whole patches', () => {
  expect(shape(201, { ...streaming, padLast: true })).toEqual([
    [0, 192, 192],
    [192, 9, 16],
  ]);
});

test('full context: one pass to 1027 frames, then pieces of 1012; an exactly full last piece is thrown away', () => {
  const padded = { ...full, padLast: true };
  expect(shape(1027, padded)).toEqual([[0, 1027, 1027]]);
  expect(shape(1028, padded)).toEqual([
    [0, 1012, 1012],
    [1012, 16, 1012],
  ]);
  expect(shape(2024, padded)).toEqual([[0, 1012, 1012]]);
  expect(shape(2025, { ...full, padLast: false })).toEqual([
    [0, 1012, 1012],
    [1012, 1012, 1012],
  ]);
});

test('fewer frames than a patch are refused with both numbers', () => {
  expect(() => shape(15, streaming)).toThrow(/16 frames.*got 15/);
});
