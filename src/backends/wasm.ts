/** WASM with SIMD, threads where the page is isolated and the model is large enough to gain from them. */
import type { InferenceBackend } from '../core/engine/backend.ts';
import { OrtBackend } from './ort-backend.ts';
import type { WebRuntime } from './web-runtimes.ts';

/**
 * Measured (shared notes, ORT-WEB 4): T is small enough for one thread everywhere, and two threads on a busy machine are twice
 * as slow as one; S and B gain.
 */
export function wasmThreads(width: number, isolated: boolean, cores: number): number {
  return isolated && width > 192 ? Math.max(1, Math.min(4, Math.floor(cores / 2))) : 1;
}

export function createWasmBackend(runtime: WebRuntime, reason: string): InferenceBackend {
  const { threads } = runtime;
  return new OrtBackend({
    ort: runtime.ort,
    queue: runtime.queue,
    info: { kind: 'wasm', label: `WASM, ${threads} ${threads === 1 ? 'thread' : 'threads'}`, reason },
    session: { executionProviders: ['wasm'], graphOptimizationLevel: 'all' },
    stateLocation: 'cpu',
  });
}
