/** The WASM engine as browsers get it, run in Node: same package, same binary. */
import { expect, test } from 'vitest';
import { wasmRuntimeInNode } from '../../fixtures/ort-wasm-node.ts';
import { sessionContract } from '../core/engine/session.contract.ts';
import { StepSession } from '../core/engine/step-session.ts';
import { createWasmBackend, wasmThreads } from './wasm.ts';

sessionContract('WASM', ({ card, state }) =>
  StepSession.open({ card, state, backend: createWasmBackend(wasmRuntimeInNode(), 'under test') }),
);

test('threads: one for T, more for S and B on an isolated page only', () => {
  expect(wasmThreads(192, true, 16)).toBe(1);
  expect(wasmThreads(384, false, 16)).toBe(1);
  expect(wasmThreads(384, true, 2)).toBe(1);
  expect(wasmThreads(768, true, 16)).toBe(4);
});
