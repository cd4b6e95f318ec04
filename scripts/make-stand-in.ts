/**
 * `npx tsx scripts/make-stand-in.ts ARCH OUT.pt [--legacy]`: a checkpoint of a published network at its full size, with made-up weights
 * (formula of the parity fixtures), where the real file is wanted and not at hand: memory measurements, downloads, long imports.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { formulaTensor } from '../fixtures/formula-weights.ts';
import {
  bytesOf,
  checkpointOps,
  legacyCheckpoint,
  type TensorPlan,
  zipCheckpoint,
} from '../fixtures/fuzz/write-files.ts';
import { officialNetwork } from '../src/core/catalogue/official-models.ts';
import { requiredTensors } from '../src/core/model/network.ts';
import { elementCount } from '../src/core/model/tensor.ts';

const CLASSES = 527;
/** Any will do; this one is the parity fixtures'. */
const SEED = 1369939969;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { legacy: { type: 'boolean', default: false } },
});
const [arch, out] = positionals;
if (arch === undefined || out === undefined) throw new RangeError('an architecture and a file are needed');

const network = officialNetwork(arch);
const storages: Record<string, Uint8Array> = {};
const plans = [...requiredTensors(network, CLASSES)].map(([name, shape], i): TensorPlan => {
  const numbers = formulaTensor(name, shape, SEED);
  storages[String(i)] = new Uint8Array(numbers.buffer);
  const strides = shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
  return { name, shape, strides, key: String(i), storage: 'FloatStorage', length: numbers.length, offset: 0 };
});
const config = { model: arch, model_args: { num_heads: network.heads, outputdim: CLASSES } };
const pickle = bytesOf(checkpointOps(plans, config));
const file = values.legacy ? legacyCheckpoint(pickle, storages, {}) : zipCheckpoint(pickle, storages);
const descriptor = openSync(out, 'w');
for (let at = 0; at < file.length; ) at += writeSync(descriptor, file, at);
closeSync(descriptor);
console.log(`${out}: ${arch}, ${file.length} bytes`);
