/**
 * Cuts fixtures/parity out of ../shared/parity: four models, three sounds, a dozen cases, in the same form, so that parity is
 * tested on any clone. `npx tsx scripts/make-parity-fixtures.ts`; what it writes is committed.
 */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { EMBEDDED_PARITY, loadParity, type ParityValues, SHARED_PARITY } from '../fixtures/parity-manifest.ts';

const MODELS = ['sat_t_2s', 'sat_t_1s', 'sat_s_2s', 'audiotransformer_tiny'];
const INPUTS = ['speech', 'short', 'clip'];
const CASES = [
  'sat_t_2s/speech/stream/2s/silence',
  'sat_t_2s/speech/stream/1s/none',
  'sat_t_2s/short/stream/0.16s/silence',
  'sat_t_2s/clip/whole',
  'sat_t_2s/speech/whole/pooling=dm',
  'sat_t_1s/speech/stream/1s/silence',
  'sat_t_1s/clip/stream/2s/none',
  'sat_t_1s/speech/stream/0.5s/silence',
  'sat_s_2s/speech/stream/2s/silence',
  'sat_s_2s/speech/stream/1s/silence',
  'sat_s_2s/clip/stream/1s/none',
  'audiotransformer_tiny/speech/stream/2s/none',
  'audiotransformer_tiny/clip/whole',
];
const SEQUENCES = ['sat_t_2s/sequence'];
const LOAD_CASES = ['half_zip', 'pos_crop'];

const parity = loadParity(SHARED_PARITY);
if (!parity) throw new Error(`${SHARED_PARITY} is not there`);
const Row = v.looseObject({ id: v.string() });
const Source = v.looseObject({
  models: v.record(v.string(), v.looseObject({})),
  inputs: v.record(v.string(), v.looseObject({})),
  derived_inputs: v.record(v.string(), v.looseObject({ concat: v.array(v.string()) })),
  mel: v.array(v.looseObject({ input: v.string(), scope: v.string() })),
  cases: v.array(Row),
  sequences: v.array(Row),
  load_cases: v.array(Row),
});
const source = v.parse(Source, JSON.parse(readFileSync(join(SHARED_PARITY, 'manifest.json'), 'utf8')));

rmSync(join(EMBEDDED_PARITY, 'data'), { recursive: true, force: true });
const copy = (file: string): void => {
  mkdirSync(dirname(join(EMBEDDED_PARITY, file)), { recursive: true });
  copyFileSync(join(SHARED_PARITY, file), join(EMBEDDED_PARITY, file));
};

/** Values kept so far, by file; a reference is moved to where they now lie. */
const kept = new Map<string, number[]>();
const Reference = v.object({ file: v.string(), offset: v.number(), shape: v.array(v.number()) });
function keepValues(reference: ParityValues): ParityValues {
  const values = kept.get(reference.file) ?? [];
  kept.set(reference.file, values);
  const offset = values.length;
  for (const value of parity!.values(reference)) values.push(value);
  return { ...reference, offset };
}
/** Every reference to values in an entry, however deep. */
function moved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(moved);
  if (typeof value !== 'object' || value === null) return value;
  const reference = v.safeParse(Reference, value);
  if (reference.success) return { ...value, ...keepValues(reference.output) };
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, moved(child)]));
}

const pick = (entries: readonly { id: string }[], ids: readonly string[]): unknown[] =>
  ids.map((id) => {
    const entry = entries.find((candidate) => candidate.id === id);
    if (!entry) throw new Error(`the manifest has no "${id}"`);
    return moved(entry);
  });
const only = <T>(record: Readonly<Record<string, T>>, keep: (key: string, value: T) => boolean): Record<string, T> =>
  Object.fromEntries(Object.entries(record).filter(([key, value]) => keep(key, value)));

const manifest = {
  ...source,
  note: 'A part of the parity fixtures, cut by scripts/make-parity-fixtures.ts.',
  inputs: only(source.inputs, (name) => INPUTS.includes(name)),
  derived_inputs: only(source.derived_inputs, (_, { concat }) => concat.every((part) => INPUTS.includes(part))),
  models: only(source.models, (id) => MODELS.includes(id)),
  mel: moved(source.mel.filter(({ input, scope }) => input === 'short' && scope === 'whole')),
  cases: pick(source.cases, CASES),
  sequences: pick(source.sequences, SEQUENCES),
  load_cases: pick(source.load_cases, LOAD_CASES),
  intermediates: [],
  frontend_constants: moved(source['frontend_constants']),
};
for (const name of INPUTS) copy(parity.manifest.inputs[name]!.file);
for (const id of MODELS) copy(parity.manifest.models[id]!.checkpoint!);
for (const { id, checkpoint } of parity.manifest.load_cases) if (LOAD_CASES.includes(id)) copy(checkpoint);
for (const { file } of parity.manifest.reader_fixtures) copy(file);
mkdirSync(join(EMBEDDED_PARITY, 'data'), { recursive: true });
for (const [file, values] of kept) {
  writeFileSync(join(EMBEDDED_PARITY, file), new Uint8Array(Float32Array.from(values).buffer));
}
// JSON.stringify would lose the sign of a zero; the readers are tested on it.
const keepZero = (_key: string, value: unknown): unknown => (Object.is(value, -0) ? '-0.0' : value);
writeFileSync(join(EMBEDDED_PARITY, 'manifest.json'), `${JSON.stringify(manifest, keepZero, 1)}\n`);
