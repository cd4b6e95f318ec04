/**
 * WebGPU on a device of our own, without the `subgroups` feature: with it the runtime's attention gives silently wrong numbers on
 * some drivers (shared notes, ORT-WEB 5), and so every device takes the path that our tests take.
 */
import type { InferenceBackend } from '../core/engine/backend.ts';
import { EarshotError } from '../core/errors.ts';
import { OrtBackend } from './ort-backend.ts';
import type { WebRuntime } from './web-runtimes.ts';

export interface WebGpuAdapter {
  readonly adapter: GPUAdapter;
  /** For people: vendor and architecture as far as the browser tells. */
  readonly name: string;
  /** A software rasteriser: correct, and about 100 times slower than WASM. */
  readonly software: boolean;
}

/** Null where there is no WebGPU or no adapter. Never throws. */
export async function findAdapter(gpu: GPU | undefined): Promise<WebGpuAdapter | null> {
  const adapter = await gpu?.requestAdapter({ powerPreference: 'high-performance' }).catch(() => null);
  if (!adapter) return null;
  const { vendor, architecture, description } = adapter.info;
  const words = [vendor, architecture || description].filter((word) => word !== '');
  const name = words.join(' ') || 'unnamed adapter';
  const software =
    adapter.info.isFallbackAdapter === true ||
    /swiftshader|llvmpipe|lavapipe|basic render|software/i.test(`${name} ${description}`);
  return { adapter, name, software };
}

export interface WebGpuBackend extends InferenceBackend {
  /** Diagnostics: destroys the device, as a driver reset would. */
  loseDevice(): void;
}

export async function createWebGpuBackend(
  runtime: WebRuntime,
  { adapter, name }: WebGpuAdapter,
  reason: string,
): Promise<WebGpuBackend> {
  const limits = adapter.limits;
  const device = await adapter
    .requestDevice({
      // B-size layers need more than the default 128 MiB binding only in exotic cases; ask for what the adapter has.
      requiredLimits: {
        maxBufferSize: limits.maxBufferSize,
        maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      },
    })
    .catch((error: unknown) => {
      throw new EarshotError('backend-unavailable', 'The graphics device could not be opened.', { cause: error });
    });
  let closing = false;
  const lost = new Promise<string>((resolve) => {
    void device.lost.then(({ message, reason: why }) => {
      if (!closing) resolve(message || why);
    });
  });
  const backend = new OrtBackend({
    ort: runtime.ort,
    queue: runtime.queue,
    info: { kind: 'webgpu', label: `WebGPU, ${name}`, reason },
    session: { executionProviders: [{ name: 'webgpu', device }], graphOptimizationLevel: 'all' },
    stateLocation: 'gpu-buffer',
    lost,
    release: () => {
      closing = true;
      device.destroy();
    },
  });
  return Object.assign(backend, { loseDevice: () => device.destroy() });
}
