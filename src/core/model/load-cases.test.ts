/**
 * The forms in which torch saves one network, each imported to the same weights: containers, with and without a config, number
 * formats, device tags, shared and strided storages. The network is made up; the files are put together by fixtures/fuzz.
 */
import { describe, expect, test } from 'vitest';
import {
  bytesOf,
  checkpointOps,
  legacyCheckpoint,
  type Specimen,
  type TensorPlan,
  tinySpecimen,
  zipCheckpoint,
} from '../../../fixtures/fuzz/write-files.ts';
import { seeded } from '../../../fixtures/seeded.ts';
import { makeModel } from './make-model.ts';
import { readModelFile } from './model-file.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';
import { elementCount, type StateDict, toFloat32, toHalf } from './tensor.ts';
import { readTorchCheckpoint } from './torch-checkpoint.ts';

const specimen = tinySpecimen('streaming', 'token', seeded(4));
const values = (plan: TensorPlan): Float32Array => new Float32Array(specimen.storages[plan.key]!.slice().buffer);

type Change = (specimen: Specimen) => Specimen;
const same: Change = (it) => it;

/** All numbers in one storage, one after the other; every tensor a window of it. */
const shared: Change = ({ plans, config }) => {
  let offset = 0;
  const placed = plans.map((plan) => {
    const at = offset;
    offset += elementCount(plan.shape.map(Number));
    return { ...plan, key: 'all', offset: at };
  });
  const all = bytesOf(plans.map((plan) => specimen.storages[plan.key]!));
  return { plans: placed.map((plan) => ({ ...plan, length: offset })), storages: { all }, config };
};

/** Matrices stored column by column, with the strides that say so. */
const transposed: Change = ({ plans, storages, config }) => {
  const turned: Record<string, Uint8Array> = { ...storages };
  const planned = plans.map((plan): TensorPlan => {
    const [rows, columns, ...more] = plan.shape.map(Number);
    if (rows === undefined || columns === undefined || more.length > 0) return plan;
    const source = values(plan);
    const columnwise = new Float32Array(source.length);
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++) columnwise[c * rows + r] = source[r * columns + c]!;
    turned[plan.key] = new Uint8Array(columnwise.buffer);
    return { ...plan, strides: [1, rows] };
  });
  return { plans: planned, storages: turned, config };
};

const stored =
  (storage: string, convert: (source: Float32Array) => ArrayBufferView<ArrayBuffer>): Change =>
  ({ plans, config }) => ({
    plans: plans.map((plan) => ({ ...plan, storage })),
    storages: Object.fromEntries(
      plans.map((plan) => {
        const { buffer, byteOffset, byteLength } = convert(values(plan));
        return [plan.key, new Uint8Array(buffer, byteOffset, byteLength)];
      }),
    ),
    config,
  });
const half = stored('HalfStorage', (source) => Uint16Array.from(source, toHalf));
const brain = stored('BFloat16Storage', (source) => {
  const bits = new Uint32Array(source.slice().buffer);
  return Uint16Array.from(bits, (value) => value >>> 16);
});
const double = stored('DoubleStorage', (source) => Float64Array.from(source));
const onGpu: Change = ({ plans, ...rest }) => ({
  ...rest,
  plans: plans.map((plan) => ({ ...plan, device: 'cuda:0' })),
});

const containers = {
  zip: ({ plans, storages }: Specimen, config: unknown) =>
    zipCheckpoint(bytesOf(checkpointOps(plans, config)), storages),
  zip64: ({ plans, storages }: Specimen, config: unknown) =>
    zipCheckpoint(bytesOf(checkpointOps(plans, config)), storages, { zip64: true }),
  legacy: ({ plans, storages }: Specimen, config: unknown) =>
    legacyCheckpoint(
      bytesOf(checkpointOps(plans, config)),
      storages,
      Object.fromEntries(plans.map((p) => [p.key, p.length])),
    ),
};
const forms: readonly (readonly [name: string, change: Change, within: number])[] = [
  ['float32', same, 0],
  ['float32 from cuda:0', onGpu, 0],
  ['one shared storage', shared, 0],
  ['strided matrices', transposed, 0],
  ['float16', half, 2 ** -11],
  ['bfloat16', brain, 2 ** -7],
  ['float64', double, 0],
];

async function importedState(file: Uint8Array): Promise<StateDict> {
  const { state, config } = readModelFile(file);
  const { weights } = await makeModel({
    state,
    config,
    heads: 2,
    id: 'x',
    origin: 'x',
    sha256: () => '0'.repeat(64),
  });
  return readSafetensors(weights).tensors;
}

describe.each(Object.entries(containers))('%s', (_, write) => {
  describe.each([
    ['with a config', specimen.config],
    ['a bare state dict', undefined],
  ])('%s', (__, config) => {
    test.each(forms)('%s', async (___, change, within) => {
      const state = await importedState(write(change(specimen), config));
      for (const plan of specimen.plans) {
        const read = toFloat32(state.get(plan.name)!);
        const wanted = values(plan);
        expect(read.length, plan.name).toBe(wanted.length);
        const off = wanted.findIndex((value, i) => !(Math.abs(read[i]! - value) <= within * Math.abs(value)));
        expect(off, `${plan.name}, first value that differs`).toBe(-1);
      }
    });

    test('without a tensor, or with one of another shape, it is refused by name', async () => {
      for (const name of ['blocks.0.attn.to_kv.weight', 'init_bn.1.running_var', 'cls_token', 'outputlayer.1.bias']) {
        const plans = specimen.plans.filter((plan) => plan.name !== name);
        const storages = Object.fromEntries(plans.map(({ key }) => [key, specimen.storages[key]!]));
        const without = { ...specimen, plans, storages };
        await expect(importedState(write(without, config)), name).rejects.toThrow(name);
        const flat = specimen.plans.map((plan) =>
          plan.name === name ? { ...plan, shape: [1, ...plan.shape], strides: [1, ...plan.strides] } : plan,
        );
        await expect(importedState(write({ ...specimen, plans: flat }, config)), name).rejects.toThrow(name);
      }
    });
  });
});

test('a .safetensors file is told by its content', async () => {
  const { tensors } = readTorchCheckpoint(containers.zip(specimen, undefined));
  const file = readModelFile(writeSafetensors(tensors));
  expect({ kind: file.kind, names: [...file.state.keys()].sort() }).toEqual({
    kind: 'safetensors',
    names: [...tensors.keys()].sort(),
  });
});

test('a Buffer of Node, whose slice copies nothing, is read as its bytes', async () => {
  const file = containers.legacy(specimen, specimen.config);
  const room = Buffer.alloc(file.length + 3);
  // So that nothing in it is aligned.
  for (const shift of [0, 1, 2, 3]) {
    room.set(file, shift);
    const state = await importedState(room.subarray(shift, shift + file.length));
    for (const [name, { bytes }] of await importedState(file)) {
      expect(Buffer.compare(state.get(name)!.bytes, bytes), name).toBe(0);
    }
  }
});
