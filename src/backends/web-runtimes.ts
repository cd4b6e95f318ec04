/**
 * The three builds of onnxruntime-web that we use, each behind a dynamic import, so that a page downloads exactly one of their
 * .wasm files: plain WASM, and WebGPU with JSPI (small, where the browser can suspend WebAssembly) or asyncify.
 */
import { OneAtATime } from '../core/engine/one-at-a-time.ts';
import type { OrtModule } from './ort-backend.ts';

export type WebRuntimeName = 'wasm' | 'jspi' | 'webgpu';

export interface WebRuntime {
  readonly name: WebRuntimeName;
  readonly ort: OrtModule;
  readonly queue: OneAtATime;
  readonly threads: number;
}

let loaded: Promise<WebRuntime> | null = null;

/** True where WebAssembly can be suspended for a promise (JSPI). */
export const hasJspi = (): boolean => 'Suspending' in WebAssembly;

/** Loads a runtime; a thread has one at a time, so asking for another afterwards is our own mistake. */
export async function loadWebRuntime(name: WebRuntimeName, threads: number): Promise<WebRuntime> {
  loaded ??= load(name, threads);
  const runtime = await loaded;
  // The WebGPU builds have the WASM engine in them too.
  if (runtime.name !== name && name !== 'wasm') {
    throw new Error(`this thread already runs the ${runtime.name} runtime; a worker of its own is needed for ${name}`);
  }
  return runtime;
}

async function load(name: WebRuntimeName, threads: number): Promise<WebRuntime> {
  const { ort, wasm, mjs } = await sources[name]();
  // Absolute: the runtime resolves these from places of its own.
  ort.env.wasm.wasmPaths = { wasm: new URL(wasm, import.meta.url).href, mjs: new URL(mjs, import.meta.url).href };
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = 'error';
  return { name, ort, queue: new OneAtATime(), threads };
}

const sources = {
  wasm: async () => ({
    ort: await import('onnxruntime-web/wasm'),
    wasm: (await import('onnxruntime-web/ort-wasm-simd-threaded.wasm?url')).default,
    mjs: (await import('onnxruntime-web/ort-wasm-simd-threaded.mjs?url')).default,
  }),
  jspi: async () => ({
    ort: await import('onnxruntime-web/jspi'),
    wasm: (await import('onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?url')).default,
    mjs: (await import('onnxruntime-web/ort-wasm-simd-threaded.jspi.mjs?url')).default,
  }),
  webgpu: async () => ({
    ort: await import('onnxruntime-web/webgpu'),
    wasm: (await import('onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url')).default,
    mjs: (await import('onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url')).default,
  }),
};
