/**
 * Where the nodes of the step graph run, and in how many dispatches. A file of its own: the runtime takes hold of the console when
 * it starts, once a page, and its log is the only place that tells.
 */
import { expect, test, vi } from 'vitest';
import { tinyModel } from '../../fixtures/tiny-model.ts';
import { selfCheckSegment } from '../core/engine/self-check.ts';
import { StepSession } from '../core/engine/step-session.ts';
import { OrtBackend } from './ort-backend.ts';
import { hasJspi, loadWebRuntime } from './web-runtimes.ts';
import { findAdapter } from './webgpu.ts';

const adapter = await findAdapter(navigator.gpu);

test.skipIf(!adapter)(
  'every node runs on the GPU, in no more dispatches than the recommended graph (155)',
  async () => {
    if (!adapter) return;
    const model = tinyModel({ depth: 12, width: 48, heads: 3, targetFrames: 192, cacheFrames: 192, timePositions: 24 });
    const { card, state } = model;
    const runtime = await loadWebRuntime(hasJspi() ? 'jspi' : 'webgpu', 1);
    const device = await adapter.adapter.requestDevice();
    const log: string[] = [];
    const watched = (['log', 'warn', 'error', 'info', 'debug'] as const).map((level) =>
      vi.spyOn(console, level).mockImplementation((...words: unknown[]) => {
        log.push(words.join(' '));
      }),
    );
    const dispatch = vi.spyOn(GPUComputePassEncoder.prototype, 'dispatchWorkgroups');
    try {
      const backend = new OrtBackend({
        ort: runtime.ort,
        queue: runtime.queue,
        info: { kind: 'webgpu', label: 'WebGPU', reason: 'under test' },
        session: {
          executionProviders: [{ name: 'webgpu', device }],
          logSeverityLevel: 0,
          logVerbosityLevel: 0,
        },
        stateLocation: 'gpu-buffer',
      });
      const session = await StepSession.open({ card, state, backend });
      expect(log.join('\n')).toMatch(/All nodes placed on \[WebGpuExecutionProvider\]/);
      const primed = await session.initialState();
      dispatch.mockClear();
      const { state: next } = await session.step(selfCheckSegment(card, 0), primed);
      expect(dispatch.mock.calls.length).toBeGreaterThan(50);
      expect(dispatch.mock.calls.length).toBeLessThanOrEqual(155);
      await session.discard(next);
      await session.dispose();
      for (const spy of watched) spy.mockRestore();
      console.log(`dispatches per chunk at depth 12: ${dispatch.mock.calls.length}`);
    } finally {
      for (const spy of [...watched, dispatch]) spy.mockRestore();
    }
  },
);
