import { expect, test } from 'vitest';
import { tinyModel } from '../../fixtures/tiny-model.ts';
import { selfCheckSegment } from '../core/engine/self-check.ts';
import { sessionContract } from '../core/engine/session.contract.ts';
import { StepSession } from '../core/engine/step-session.ts';
import { createNodeBackend } from './node.ts';

sessionContract('Node', ({ card, state }) => StepSession.open({ card, state, backend: createNodeBackend() }));

test('a class-token model cannot go on from a short unprimed chunk, and the error says what to do', async () => {
  const { card, state } = tinyModel({ pooling: 'token' });
  const session = await StepSession.open({ card, state, backend: createNodeBackend() });
  const full = selfCheckSegment(card, 0);
  const short = { data: full.data.subarray(0, 32 * 64), frameCount: 32, paddedTo: 32 };
  const first = await session.step(short, await session.initialState('none'));
  expect(first.state.tokens).toBe(9);
  await expect(session.step(short, first.state)).rejects.toMatchObject({ code: 'cache-misaligned' });
  expect(session.liveTensors).toBe(0);
  await session.dispose();
});

test('weights that do not fit the card are refused by name', async () => {
  const { card, state } = tinyModel();
  const without = new Map(state);
  without.delete('blocks.1.mlp.fc1.weight');
  await expect(StepSession.open({ card, state: without, backend: createNodeBackend() })).rejects.toThrow(
    /blocks\.1\.mlp\.fc1\.weight/,
  );
});
