/** The same cases on the WASM engine that browsers get, run in Node. */
import { test } from 'vitest';
import { wasmRuntimeInNode } from '../../fixtures/ort-wasm-node.ts';
import { parityContract } from '../../fixtures/parity.contract.ts';
import { EMBEDDED_PARITY, loadParity, SHARED_PARITY } from '../../fixtures/parity-manifest.ts';
import { StepSession } from '../core/engine/step-session.ts';
import { createWasmBackend } from './wasm.ts';

const shared = loadParity(SHARED_PARITY);
const parity = shared ?? loadParity(EMBEDDED_PARITY);
if (!parity) throw new Error('fixtures/parity is missing');

parityContract(shared ? 'WASM, all of ../shared/parity' : 'WASM, fixtures/parity', parity, (model) =>
  StepSession.open({ ...model, backend: createWasmBackend(wasmRuntimeInNode(), 'under test') }),
);

if (!shared) test.skip('../shared/parity is not here, most reference cases were not run', () => undefined);
