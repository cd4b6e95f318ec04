/** The reference cases kept in fixtures/parity, on WebGPU in the browser: four architectures, within 1e-3. */
import { afterAll, describe, expect, test } from 'vitest';
import { largestDifference, runParityCase } from '../../fixtures/run-parity.ts';
import { readFixtureWav } from '../../fixtures/wav.ts';
import { StepSession } from '../core/engine/step-session.ts';
import type { ModelCard } from '../core/model/card.ts';
import { canonicalTensors, cardFor } from '../core/model/make-model.ts';
import { constructorCall, deriveNetwork } from '../core/model/network.ts';
import type { StateDict } from '../core/model/tensor.ts';
import { readTorchCheckpoint } from '../core/model/torch-checkpoint.ts';
import { hasJspi, loadWebRuntime } from './web-runtimes.ts';
import { createWebGpuBackend, findAdapter } from './webgpu.ts';

/** A driver's arithmetic differs from a CPU's in the last bits; wrong attention is off by 0.1. */
const TOLERANCE = 1e-3;

interface Values {
  readonly file: string;
  readonly offset: number;
  readonly shape: readonly number[];
}
interface Manifest {
  readonly inputs: Readonly<Record<string, { readonly file: string }>>;
  readonly models: Readonly<Record<string, { readonly arch: string; readonly checkpoint: string }>>;
  readonly cases: readonly {
    readonly id: string;
    readonly model: string;
    readonly input: string;
    readonly mode: 'stream' | 'whole';
    readonly chunk_seconds?: number | null;
    readonly cache_init: 'silence' | 'none';
    readonly outcome: string;
    readonly options?: Readonly<Record<string, string | number | boolean>>;
    readonly scores: Values | null;
  }[];
}

const bytes = async (file: string): Promise<Uint8Array<ArrayBuffer>> => {
  const response = await fetch(`/fixtures/parity/${file}`);
  if (!response.ok) throw new Error(`${file}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
};
const manifest = (await (await fetch('/fixtures/parity/manifest.json')).json()) as Manifest;
const adapter = await findAdapter(navigator.gpu);

if (!adapter) test.skip('WebGPU parity: this browser offers no adapter, so none was tested', () => undefined);

async function readModel(id: string, options: Manifest['cases'][number]['options'] = {}) {
  const model = manifest.models[id];
  if (!model) throw new Error(`no model ${id}`);
  const { tensors, config } = readTorchCheckpoint(await bytes(model.checkpoint));
  const call = constructorCall(config);
  const derived = deriveNetwork(tensors, {
    arch: call.arch ?? model.arch,
    args: new Map<unknown, unknown>([...(call.args ?? []), ...Object.entries(options)]),
  });
  const { tensors: state, storedFrontEnd } = canonicalTensors(derived);
  const card: ModelCard = cardFor({
    id,
    origin: 'parity fixtures',
    network: derived.network,
    classes: derived.classes,
    activation: derived.activation,
    storedFrontEnd,
    sha256: '0'.repeat(64),
    weightsBytes: 1,
  });
  return { card, state };
}

describe.skipIf(!adapter)('parity with the reference: WebGPU', () => {
  const sessions = new Map<string, Promise<{ session: StepSession; state: StateDict }>>();
  const open = (id: string, options: Manifest['cases'][number]['options']) => {
    const key = `${id} ${JSON.stringify(options ?? {})}`;
    let opened = sessions.get(key);
    if (!opened) {
      opened = (async () => {
        const { card, state } = await readModel(id, options);
        const fresh = await findAdapter(navigator.gpu);
        if (!fresh) throw new Error('the adapter went away');
        const runtime = await loadWebRuntime(hasJspi() ? 'jspi' : 'webgpu', 1);
        const backend = await createWebGpuBackend(runtime, fresh, 'under test');
        return { session: await StepSession.open({ card, state, backend }), state };
      })();
      sessions.set(key, opened);
    }
    return opened;
  };
  afterAll(async () => {
    for (const opened of sessions.values()) await (await opened).session.dispose();
  });

  for (const item of manifest.cases) {
    if (item.outcome !== 'ok' || !item.scores) continue;
    const { scores: reference } = item;
    test(item.id, async () => {
      const { session, state } = await open(item.model, item.options);
      expect(session.backend.kind).toBe('webgpu');
      const samples = readFixtureWav(await bytes(manifest.inputs[item.input]!.file));
      const { scores, error } = await runParityCase(session, state, item, samples);
      expect(error).toBeNull();
      const data = new Float32Array((await bytes(reference.file)).buffer);
      const count = reference.shape.reduce((a, b) => a * b, 1);
      const expected = data.subarray(reference.offset, reference.offset + count);
      expect(scores).toHaveLength(reference.shape[0]!);
      expect(largestDifference(scores, expected, reference.shape[1]!)).toBeLessThan(TOLERANCE);
    });
  }
});
