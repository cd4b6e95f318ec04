/**
 * Picks the engine for a model in a worker: by adapter kind, a golden self-check and a short measured race. A software adapter is
 * about 100 times slower than WASM, so it is not even tried unless forced. Says in words why it chose.
 */
import type { InferenceBackend } from '../core/engine/backend.ts';
import type { BackendInfo } from '../core/engine/engine-session.ts';
import { selfCheck, selfCheckSegment } from '../core/engine/self-check.ts';
import { StepSession } from '../core/engine/step-session.ts';
import { EarshotError } from '../core/errors.ts';
import type { ModelCard } from '../core/model/card.ts';
import type { StateDict } from '../core/model/tensor.ts';
import type { BackendChoice, LoadPhase } from '../core/protocol/messages.ts';
import { createWasmBackend, wasmThreads } from './wasm.ts';
import { hasJspi, loadWebRuntime } from './web-runtimes.ts';
import { createWebGpuBackend, findAdapter, type WebGpuBackend } from './webgpu.ts';

export interface EngineRequest {
  readonly card: ModelCard;
  readonly state: StateDict;
  readonly choice: BackendChoice;
  readonly gpu: GPU | undefined;
  readonly isolated: boolean;
  readonly cores: number;
  readonly now: () => number;
  readonly onPhase?: (phase: LoadPhase) => void;
}

export interface OpenEngine {
  readonly session: StepSession;
  readonly backend: InferenceBackend;
  /** Only on WebGPU: for diagnostics. */
  readonly loseDevice: (() => void) | null;
}

const RACE_STEPS = 3;

export async function openEngine(request: EngineRequest): Promise<OpenEngine> {
  const { choice, gpu, card } = request;
  const threads = wasmThreads(card.network.width, request.isolated, request.cores);
  const wasmOnly = async (reason: string): Promise<OpenEngine> => {
    request.onPhase?.('runtime');
    return openWasm(request, reason, threads);
  };
  if (choice === 'wasm') return wasmOnly('chosen by hand');

  const found = await findAdapter(gpu);
  if (!found) {
    if (choice === 'webgpu') {
      throw new EarshotError('backend-unavailable', 'This browser offers no WebGPU adapter here; choose WASM or Auto.');
    }
    return wasmOnly(gpu ? 'no WebGPU adapter here' : 'this browser has no WebGPU');
  }
  if (found.software && choice === 'auto') return wasmOnly(`the only WebGPU adapter is software (${found.name})`);

  request.onPhase?.('runtime');
  const runtime = await loadWebRuntime(hasJspi() ? 'jspi' : 'webgpu', threads);
  const webgpu = await createWebGpuBackend(
    runtime,
    found,
    choice === 'webgpu' ? 'chosen by hand' : 'passed its self-check',
  );
  let session: StepSession | null = null;
  try {
    session = await openChecked(request, webgpu);
  } catch (error) {
    await webgpu.dispose();
    if (choice === 'webgpu') throw error;
    const why = error instanceof EarshotError ? error.message : 'WebGPU could not run the model';
    return openWasm(request, why, threads);
  }
  if (choice === 'webgpu') return gpuEngine(session, webgpu);

  request.onPhase?.('racing');
  const wasm = await openWasm(request, '', threads);
  const gpuMs = await medianStepMs(session, request.now);
  const wasmMs = await medianStepMs(wasm.session, request.now);
  const result = `${gpuMs.toFixed(1)} ms a chunk on WebGPU, ${wasmMs.toFixed(1)} ms on WASM`;
  if (gpuMs <= wasmMs) {
    await wasm.session.dispose();
    await wasm.backend.dispose();
    return gpuEngine(renamed(session, webgpu.info, `faster here: ${result}`), webgpu);
  }
  await session.dispose();
  await webgpu.dispose();
  return { ...wasm, session: renamed(wasm.session, wasm.backend.info, `faster here: ${result}`) };
}

const gpuEngine = (session: StepSession, backend: WebGpuBackend): OpenEngine => ({
  session,
  backend,
  loseDevice: () => backend.loseDevice(),
});

/** The reason is known only after the race. */
function renamed(session: StepSession, info: BackendInfo, reason: string): StepSession {
  session.describe({ ...info, reason });
  return session;
}

async function openChecked(request: EngineRequest, backend: InferenceBackend): Promise<StepSession> {
  request.onPhase?.('opening');
  const session = await StepSession.open({ card: request.card, state: request.state, backend });
  try {
    request.onPhase?.('checking');
    await selfCheck(session);
    return session;
  } catch (error) {
    await session.dispose().catch(() => undefined);
    throw error;
  }
}

async function openWasm(request: EngineRequest, reason: string, threads: number): Promise<OpenEngine> {
  const backend = createWasmBackend(await loadWebRuntime('wasm', threads), reason);
  return { session: await openChecked(request, backend), backend, loseDevice: null };
}

async function medianStepMs(session: StepSession, now: () => number): Promise<number> {
  const times: number[] = [];
  let state = await session.initialState('silence');
  for (let i = 0; i <= RACE_STEPS; i++) {
    const began = now();
    state = (await session.step(selfCheckSegment(session.card, i), state)).state;
    // The first is a warm-up: shaders and JIT.
    if (i > 0) times.push(now() - began);
  }
  await session.discard(state);
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
}
