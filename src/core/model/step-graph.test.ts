import { expect, test } from 'vitest';
import { tinyModel } from '../../../fixtures/tiny-model.ts';
import { packWeights } from './pack-weights.ts';
import { buildStepGraph } from './step-graph.ts';

const network = { depth: 12, targetFrames: 192, cacheFrames: 192, timePositions: 24 } as const;

function graph(overrides: Parameters<typeof tinyModel>[0], form: 'steady' | 'rolling') {
  const { card, state } = tinyModel(overrides);
  const classes = card.labels.mids.length;
  return { card, built: buildStepGraph(card.network, classes, form, packWeights(state, card.network, classes)) };
}

test('a full chunk takes 153 nodes at depth 12, fewer than the recommended graph’s 168', () => {
  expect(graph(network, 'steady').built.nodeCount).toBe(153);
});

test('inputs and outputs are the card’s, in both forms and with a class token', () => {
  for (const form of ['steady', 'rolling'] as const) {
    for (const pooling of ['mean', 'token'] as const) {
      const { card, built } = graph({ ...network, pooling }, form);
      const { inputs, output, state } = card.io;
      expect(built.inputs).toEqual([...inputs.map(({ name }) => name), ...state.map(({ input }) => input)]);
      expect(built.outputs).toEqual([output.name, ...state.map(({ output: name }) => name)]);
    }
  }
});
