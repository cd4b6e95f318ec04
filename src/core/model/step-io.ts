/** Names and shapes of the step graph's inputs, output and carried state: what the card says and the graph has. Pure. */
import type { ModelCard, NetworkSpec } from './card.ts';

/** Symbolic dimensions: N patches, S = cached + new tokens, P cached tokens, T time columns. */
export function stepIo(network: NetworkSpec, classes: number): ModelCard['io'] {
  const { width, depth, family, pooling, patch } = network;
  const carried = (stem: string): ModelCard['io']['state'][number] => ({
    input: `past_${stem}`,
    output: `present_${stem}`,
    shape: [1, 'P', width],
  });
  return {
    inputs: [
      { name: 'patches', shape: [1, 'N', patch ** 2] },
      { name: 'positions', shape: [1, 'S', width] },
    ],
    output: { name: 'output', shape: [pooling === 'dm' ? 'T' : 1, classes] },
    // Layer 0 carries its tokens, the others their keys and values (see step-graph.ts).
    state:
      family === 'streaming'
        ? [
            carried('0'),
            ...Array.from({ length: depth - 1 }, (_, i) => [carried(`${i + 1}_k`), carried(`${i + 1}_v`)]).flat(),
          ]
        : [],
  };
}
