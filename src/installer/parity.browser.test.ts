/**
 * The reference's scores in the page: each checkpoint installed by the installer, run by the engine's own worker on WASM, within the
 * tolerance of the other engines. All nine architectures, all file formats and one network of full size where ../shared/parity is
 * (fixtures/parity-setup.ts brings it here); the four architectures of the repository everywhere.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { largestDifference } from '../../fixtures/run-parity.ts';
import { standInCheckpoint } from '../../fixtures/stand-in.ts';
import { readFixtureWav } from '../../fixtures/wav.ts';
import { fromWireError } from '../core/errors.ts';
import type { FromWorker, ToWorker } from '../core/protocol/messages.ts';
import { createInstaller } from './create-installer.ts';
import { installedUrl } from './installer.ts';

interface Values {
  readonly file: string;
  readonly offset: number;
  readonly shape: readonly number[];
}
interface Case {
  readonly id: string;
  readonly model: string;
  readonly input: string;
  readonly mode: 'stream' | 'whole';
  readonly chunk_seconds?: number | null;
  readonly cache_init: 'silence' | 'none';
  readonly outcome: string;
  readonly options?: object;
  readonly scores: Values | null;
  readonly max_abs_diff_to_float64_run: number | null;
}
interface LoadCase extends Omit<Case, 'model' | 'outcome' | 'scores'> {
  readonly checkpoint: string;
  readonly arch: string;
  readonly config: { readonly num_heads: number };
  readonly scores: Values;
}
interface Manifest {
  readonly inputs: Readonly<Record<string, { readonly file: string }>>;
  readonly models: Readonly<Record<string, { readonly arch: string; readonly checkpoint?: string }>>;
  readonly cases: readonly Case[];
  readonly load_cases: readonly LoadCase[];
  readonly reader_fixtures: readonly { readonly file: string }[];
}

const get = async (root: string, file: string): Promise<Uint8Array<ArrayBuffer> | null> => {
  const response = await fetch(`${root}/${file}`);
  // The server answers what it does not have with its page.
  if (!response.ok || response.headers.get('content-type')?.includes('text/html')) return null;
  return new Uint8Array(await response.arrayBuffer());
};
const shared = await get('/.cache/parity', 'manifest.json');
const ROOT = shared ? '/.cache/parity' : '/fixtures/parity';
const manifest: Manifest = await (await fetch(`${ROOT}/manifest.json`)).json();
if (!shared)
  test.skip('parity in the page: ../shared/parity is not here, so five architectures were not tested', () => undefined);

async function bytes(file: string): Promise<Uint8Array<ArrayBuffer>> {
  const found = await get(ROOT, file);
  if (!found) throw new Error(`${file} is not in ${ROOT}`);
  return found;
}

async function values({ file, offset, shape }: Values): Promise<{ expected: Float32Array; classes: number }> {
  const data = new Float32Array((await bytes(file)).buffer);
  const count = shape.reduce((product, dim) => product * dim, 1);
  return { expected: data.slice(offset, offset + count), classes: shape[1]! };
}

/** As for the other engines: what float32 does to the reference itself, fourfold (fixtures/parity-manifest.ts). */
const tolerance = (diffToFloat64: number | null): number => Math.max(2e-5, 4 * (diffToFloat64 ?? 0));

/** The engine's worker, by its own messages: framing as the reference's script has it. */
class Engine {
  readonly #worker = new Worker(new URL('../worker/tagger.worker.ts', import.meta.url), { type: 'module' });
  #nextId = 1;
  #scores: Float32Array[] = [];

  async scores(modelId: string, item: Pick<Case, 'chunk_seconds' | 'cache_init'>, samples: Float32Array) {
    this.#scores = [];
    await this.#ask({
      type: 'load',
      id: 0,
      lane: 'parity',
      modelUrl: installedUrl(modelId),
      backend: 'wasm',
      framing: 'per-chunk',
      priming: item.cache_init,
      chunkSeconds: item.chunk_seconds ?? 2,
    });
    await this.#ask({ type: 'push', id: 0, samples: samples.slice(), rateHz: 16_000 });
    await this.#ask({ type: 'finish', id: 0 });
    return this.#scores;
  }

  dispose(): void {
    this.#worker.terminate();
  }

  #ask(message: ToWorker): Promise<void> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#worker.onerror = (event) => reject(new Error(event.message));
      this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
        if (data.type === 'tags') this.#scores.push(Float32Array.from(data.frame.probabilities));
        if (data.type === 'loaded') expect(data.backend.kind).toBe('wasm');
        if (data.type === 'done' && data.id === id) resolve();
        if (data.type === 'failed' && data.id === id) reject(fromWireError(data.error));
      };
      this.#worker.postMessage({ ...message, id });
    });
  }
}

const installer = createInstaller({ baseUrl: new URL('/', location.href).href });
let engine: Engine;
beforeAll(() => {
  engine = new Engine();
});
afterAll(async () => {
  engine.dispose();
  for (const { card } of await installer.list()) await installer.remove(card.id);
  installer.dispose();
});

const inputs = new Map<string, Float32Array>();
async function input(name: string): Promise<Float32Array> {
  const known = inputs.get(name) ?? readFixtureWav(await bytes(manifest.inputs[name]!.file));
  inputs.set(name, known);
  return known;
}

async function install(file: Uint8Array<ArrayBuffer>, name: string, call: { arch?: string; heads?: number }) {
  const files = [new File([file], name)];
  return installer.install({ origin: { kind: 'files', files }, precision: 'fp32', ...call }, () => undefined).done;
}

async function expectScores(modelId: string, item: Case | LoadCase): Promise<void> {
  if (!item.scores) throw new Error(`${item.id} has no scores`);
  const scores = await engine.scores(modelId, item, await input(item.input));
  const { expected, classes } = await values(item.scores);
  expect(scores, item.id).toHaveLength(expected.length / classes);
  expect(largestDifference(scores, expected, classes), item.id).toBeLessThanOrEqual(
    tolerance(item.max_abs_diff_to_float64_run),
  );
}

/** Chunks of some half a second and more; the shortest ones are run by the other engines' tests. */
const isWanted = (item: Case): boolean =>
  item.mode === 'stream' &&
  item.outcome === 'ok' &&
  item.scores !== null &&
  item.options === undefined &&
  item.input in manifest.inputs &&
  (item.chunk_seconds ?? 0) >= 0.5;

/** Spread over the whole list, so that inputs, lengths and priming all come. */
function some<T>(list: readonly T[], most: number): T[] {
  const step = Math.max(1, list.length / most);
  return Array.from({ length: Math.min(most, list.length) }, (_, i) => list[Math.floor(i * step)]!);
}

describe('architectures', () => {
  const reduced = Object.entries(manifest.models).filter(([, { checkpoint }]) => checkpoint !== undefined);
  test('all nine are here, or the four of the repository', () => {
    expect(reduced).toHaveLength(shared ? 9 : 4);
  });

  test.each(reduced)('%s', async (id, { checkpoint }) => {
    const { card } = await install(await bytes(checkpoint!), `${id}.pt`, {});
    const cases = some(
      manifest.cases.filter((item) => item.model === id && isWanted(item)),
      6,
    );
    expect(cases.length).toBeGreaterThan(0);
    for (const item of cases) await expectScores(card.id, item);
  });
});

describe('formats', () => {
  test.each(manifest.load_cases.map((item) => [item.id, item] as const))('%s', async (id, item) => {
    const { card } = await install(await bytes(item.checkpoint), `${id}.pt`, {
      arch: item.arch,
      heads: item.config.num_heads,
    });
    await expectScores(card.id, item);
  });

  test.each(manifest.reader_fixtures.map(({ file }) => file))('%s holds tensors and no network', async (file) => {
    const refused = install(await bytes(file), 'tensors.pt', {});
    await expect(refused).rejects.toMatchObject({
      code: 'bad-checkpoint',
      message: expect.stringContaining('no tensors by name'),
    });
  });

  test('no file of the folder was left out', () => {
    const used = [
      ...manifest.load_cases.map(({ checkpoint }) => checkpoint),
      ...manifest.reader_fixtures.map(({ file }) => file),
    ];
    const here = new Set(used.filter((file) => file.startsWith('formats/')));
    expect(here.size).toBe(shared ? 10 : 3);
  });
});

test.skipIf(!shared)('a network of full size, SAT_T_2s with 527 classes, as a checkpoint of 22 MB', async () => {
  const file = Uint8Array.from(standInCheckpoint('SAT_T_2s'));
  const { card } = await install(file, 'full.pt', {});
  expect(card.weightsBytes).toBeGreaterThan(21e6);
  const cases = manifest.cases.filter((item) => item.model === 'full/SAT_T_2s' && isWanted(item));
  expect(cases.map(({ input: name }) => name)).toEqual(['speech', 'short', 'clip']);
  for (const item of cases) await expectScores(card.id, item);
});
