/**
 * `npx tsx scripts/make-stand-in.ts ARCH OUT.pt [--legacy]`: a checkpoint of a published network at its full size, with made-up weights
 * (formula of the parity fixtures), where the real file is wanted and not at hand: memory measurements, downloads, long imports.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { standInCheckpoint } from '../fixtures/stand-in.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { legacy: { type: 'boolean', default: false } },
});
const [arch, out] = positionals;
if (arch === undefined || out === undefined) throw new RangeError('an architecture and a file are needed');

const file = standInCheckpoint(arch, values.legacy ? 'legacy' : 'zip');
const descriptor = openSync(out, 'w');
for (let at = 0; at < file.length; ) at += writeSync(descriptor, file, at);
closeSync(descriptor);
console.log(`${out}: ${arch}, ${file.length} bytes`);
