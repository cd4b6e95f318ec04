/** All of ../shared/parity on Node's engine where it is there; the part in fixtures/parity on any clone. */
import { describe, expect, test } from 'vitest';
import { parityContract } from '../../fixtures/parity.contract.ts';
import { EMBEDDED_PARITY, loadParity, parityTolerance, SHARED_PARITY } from '../../fixtures/parity-manifest.ts';
import { largestDifference, runParityCase } from '../../fixtures/run-parity.ts';
import { StepSession } from '../core/engine/step-session.ts';
import type { TagFrame } from '../core/scores/tag-frame.ts';
import { StreamingTagger } from '../core/tagger.ts';
import { createNodeBackend } from './node.ts';

const shared = loadParity(SHARED_PARITY);
const parity = shared ?? loadParity(EMBEDDED_PARITY);
if (!parity) throw new Error('fixtures/parity is missing');
if (!shared) console.warn('../shared/parity is not here: parity is tested on the part in fixtures/parity only.');

const open = (model: Parameters<Parameters<typeof parityContract>[2]>[0]) =>
  StepSession.open({ ...model, backend: createNodeBackend() });

parityContract(shared ? 'Node, all of ../shared/parity' : 'Node, fixtures/parity', parity, open);

if (!shared) test.skip('../shared/parity is not here, most reference cases were not run', () => undefined);

describe('several files without a reset, as the reference’s script does (SPEC section 8)', () => {
  for (const sequence of parity.manifest.sequences) {
    test(sequence.id, async () => {
      const model = parity.model(sequence.model);
      const session = await open(model);
      // Per-chunk framing holds nothing over but the tail: the files are joined by padding none and carrying the state on.
      let state = await session.initialState();
      for (const part of sequence.parts) {
        const frames: TagFrame[] = [];
        const carried = state;
        const tagger = new StreamingTagger({
          session: {
            card: session.card,
            backend: session.backend,
            initialState: async () => carried,
            step: async (segment, from) => {
              const result = await session.step(segment, from);
              state = result.state;
              return result;
            },
            discard: async () => undefined,
            dispose: async () => undefined,
          },
          framing: 'per-chunk',
          chunkSeconds: sequence.chunk_seconds,
        });
        frames.push(...(await tagger.push(parity.input(part.input), 16_000)), ...(await tagger.finish()));
        const scores = frames.map(({ probabilities }) => probabilities);
        const difference = largestDifference(scores, parity.values(part.scores), model.card.labels.mids.length);
        expect(difference).toBeLessThanOrEqual(parityTolerance(part.max_abs_diff_to_float64_run));
      }
      await session.dispose();
    });
  }
});

describe('checkpoints in other containers and forms', () => {
  for (const item of parity.manifest.load_cases) {
    test(item.id, async () => {
      const model = parity.loadCase(item);
      const session = await open(model);
      const { scores, error } = await runParityCase(session, model.state, item, parity.input(item.input));
      expect(error).toBeNull();
      const difference = largestDifference(scores, parity.values(item.scores), model.card.labels.mids.length);
      expect(difference).toBeLessThanOrEqual(parityTolerance(item.max_abs_diff_to_float64_run));
      await session.dispose();
    });
  }
});
