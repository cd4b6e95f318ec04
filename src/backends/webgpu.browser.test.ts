/** WebGPU for real, on whatever adapter there is (SwiftShader on a machine without a GPU), against stored scores of Node. */
import { expect, test } from 'vitest';
import { tinyModel } from '../../fixtures/tiny-model.ts';
import { selfCheckSegment } from '../core/engine/self-check.ts';
import { sessionContract } from '../core/engine/session.contract.ts';
import { StepSession } from '../core/engine/step-session.ts';
import { hasJspi, loadWebRuntime } from './web-runtimes.ts';
import { createWebGpuBackend, findAdapter } from './webgpu.ts';

const adapter = await findAdapter(navigator.gpu);

if (!adapter) {
  test.skip('WebGPU: this browser offers no adapter, so nothing of it was tested', () => undefined);
} else {
  sessionContract(`WebGPU (${adapter.name})`, async ({ card, state }) => {
    const runtime = await loadWebRuntime(hasJspi() ? 'jspi' : 'webgpu', 1);
    const fresh = await findAdapter(navigator.gpu);
    if (!fresh) throw new Error('the adapter went away');
    return StepSession.open({ card, state, backend: await createWebGpuBackend(runtime, fresh, 'under test') });
  });

  test('GPU buffers alive do not grow over 300 steps', async () => {
    const alive = new Map<GPUBuffer, number>();
    const original = GPUDevice.prototype.createBuffer;
    const destroy = GPUBuffer.prototype.destroy;
    GPUDevice.prototype.createBuffer = function (descriptor) {
      const buffer = original.call(this, descriptor);
      alive.set(buffer, descriptor.size);
      return buffer;
    };
    GPUBuffer.prototype.destroy = function () {
      alive.delete(this);
      return destroy.call(this);
    };
    try {
      const { card, state } = tinyModel();
      const runtime = await loadWebRuntime(hasJspi() ? 'jspi' : 'webgpu', 1);
      const fresh = await findAdapter(navigator.gpu);
      if (!fresh) throw new Error('the adapter went away');
      const session = await StepSession.open({
        card,
        state,
        backend: await createWebGpuBackend(runtime, fresh, 'under test'),
      });
      let memory = await session.initialState();
      const run = async (steps: number): Promise<{ buffers: number; bytes: number }> => {
        for (let i = 0; i < steps; i++) memory = (await session.step(selfCheckSegment(card, i), memory)).state;
        return { buffers: alive.size, bytes: [...alive.values()].reduce((sum, size) => sum + size, 0) };
      };
      const early = await run(30);
      expect(early.buffers).toBeGreaterThan(10);
      expect(await run(270)).toEqual(early);
      await session.discard(memory);
      await session.dispose();
    } finally {
      GPUDevice.prototype.createBuffer = original;
      GPUBuffer.prototype.destroy = destroy;
    }
  });

  test('the adapter is known as what it is', () => {
    expect(adapter.name).not.toBe('');
    if (/swiftshader/i.test(adapter.name)) expect(adapter.software).toBe(true);
  });
}
