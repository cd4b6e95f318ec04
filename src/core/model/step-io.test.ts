import { describe, expect, test } from 'vitest';
import type { NetworkSpec } from './card.ts';
import { stepIo } from './step-io.ts';

const network: NetworkSpec = {
  family: 'streaming',
  width: 48,
  depth: 3,
  heads: 3,
  patch: 16,
  pooling: 'mean',
  targetFrames: 192,
  cacheFrames: 192,
  timePositions: 24,
  segmentAverage: 'mean',
  padLast: false,
};

describe('stepIo', () => {
  test('a streaming network carries tokens of layer 0, keys and values of the others', () => {
    const io = stepIo(network, 40);
    expect(io.state.map(({ input }) => input)).toEqual(['past_0', 'past_1_k', 'past_1_v', 'past_2_k', 'past_2_v']);
    expect(io.state.map(({ output }) => output.replace('present', 'past'))).toEqual(io.state.map(({ input }) => input));
    expect(new Set(io.state.map(({ shape }) => shape.join()))).toEqual(new Set(['1,P,48']));
    expect(io.inputs.map(({ shape }) => shape)).toEqual([
      [1, 'N', 256],
      [1, 'S', 48],
    ]);
    expect(io.output.shape).toEqual([1, 40]);
  });

  test('full context carries nothing; dm gives a row for each time column', () => {
    expect(stepIo({ ...network, family: 'full-context', cacheFrames: 0 }, 2).state).toEqual([]);
    expect(stepIo({ ...network, pooling: 'dm' }, 2).output.shape).toEqual(['T', 2]);
    expect(stepIo({ ...network, depth: 1 }, 2).state).toHaveLength(1);
  });
});
