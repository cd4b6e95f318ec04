/** Which engine is taken, and that a driver which computes wrongly is not. On SwiftShader dressed up as a real adapter. */
import { afterEach, describe, expect, test } from 'vitest';
import { tinyModel } from '../../fixtures/tiny-model.ts';
import { selfCheckScores } from '../core/engine/self-check.ts';
import { StepSession } from '../core/engine/step-session.ts';
import { type EngineRequest, type OpenEngine, openEngine } from './choose.ts';
import { createWasmBackend } from './wasm.ts';
import { hasJspi, loadWebRuntime } from './web-runtimes.ts';

const gpu = navigator.gpu;
const adapter = await gpu?.requestAdapter();

/** The same adapter under a name that is not a software rasteriser's. */
const hardware = {
  requestAdapter: async () => {
    const real = await gpu.requestAdapter();
    return (
      real &&
      new Proxy(real, {
        get: (target, key) => {
          if (key === 'info') return { vendor: 'acme', architecture: 'one', description: '', isFallbackAdapter: false };
          const value: unknown = Reflect.get(target, key);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      })
    );
  },
} as unknown as GPU;

if (!adapter) test.skip('choosing an engine: this browser offers no WebGPU adapter', () => undefined);

describe.skipIf(!adapter)('choosing an engine', () => {
  const opened: OpenEngine[] = [];
  afterEach(async () => {
    for (const { session, backend } of opened.splice(0)) {
      await session.dispose();
      await backend.dispose();
    }
  });

  /** A model whose card knows its right scores (from WASM, inside the one runtime a thread can have). */
  const model = (async () => {
    const plain = tinyModel();
    const runtime = await loadWebRuntime(hasJspi() ? 'jspi' : 'webgpu', 1);
    const session = await StepSession.open({
      ...plain,
      backend: createWasmBackend(runtime, 'to know the right scores'),
    });
    const selfCheck = Array.from(await selfCheckScores(session));
    await session.dispose();
    return { card: { ...plain.card, selfCheck }, state: plain.state };
  })();

  async function open(choice: EngineRequest['choice'], on: GPU | undefined): Promise<OpenEngine> {
    const engine = await openEngine({
      ...(await model),
      choice,
      gpu: on,
      isolated: false,
      cores: 2,
      now: () => performance.now(),
    });
    opened.push(engine);
    return engine;
  }

  test('no WebGPU: WASM, and it says so; forced: a clear error', async () => {
    const { session } = await open('auto', undefined);
    expect(session.backend).toMatchObject({ kind: 'wasm', reason: expect.stringContaining('no WebGPU') });
    await expect(open('webgpu', undefined)).rejects.toMatchObject({ code: 'backend-unavailable' });
  });

  test('a software adapter is not tried unless forced', async () => {
    const auto = await open('auto', gpu);
    expect(auto.session.backend).toMatchObject({ kind: 'wasm', reason: expect.stringContaining('software') });
    const forced = await open('webgpu', gpu);
    expect(forced.session.backend).toMatchObject({ kind: 'webgpu', reason: 'chosen by hand' });
    expect(forced.loseDevice).not.toBeNull();
  });

  test('a healthy adapter is raced against WASM, and the slower one is left alone', async () => {
    const { session } = await open('auto', hardware);
    // SwiftShader loses, whatever it is called.
    expect(session.backend.kind).toBe('wasm');
    expect(session.backend.reason).toMatch(/faster here: [\d.]+ ms a chunk on WebGPU, [\d.]+ ms on WASM/);
  });

  test('a driver that computes wrongly fails the self-check: WASM instead, or an error when forced', async () => {
    const create = GPUDevice.prototype.createShaderModule;
    // GELU's constant in the shader, slightly off: plausible numbers, all of them wrong.
    GPUDevice.prototype.createShaderModule = function (descriptor) {
      return create.call(this, { ...descriptor, code: descriptor.code.replaceAll('0.7071067811865475', '0.2') });
    };
    try {
      const { session } = await open('auto', hardware);
      expect(session.backend).toMatchObject({ kind: 'wasm', reason: expect.stringMatching(/computes wrongly/) });
      await expect(open('webgpu', hardware)).rejects.toMatchObject({ code: 'self-check-failed' });
    } finally {
      GPUDevice.prototype.createShaderModule = create;
    }
  });

  test('a device that is lost is told', async () => {
    const { backend, loseDevice } = await open('webgpu', gpu);
    loseDevice?.();
    await expect(backend.lost).resolves.toEqual(expect.any(String));
  });
});
