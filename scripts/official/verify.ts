/**
 * The acceptance run on the real published files: imports each .pt of a folder, tags the two water recordings chunk by chunk as the
 * original script does, and compares with the scores its README prints. Node only. The weights never leave the folder.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hearFile } from '../../cli/tag-file.ts';
import { createNodeBackend } from '../../src/backends/node.ts';
import { officialModelByFile, officialNetwork } from '../../src/core/catalogue/official-models.ts';
import {
  fetchOfficialRecord,
  licenceNote,
  OFFICIAL_RECORD,
  type OfficialRecord,
} from '../../src/core/catalogue/zenodo-record.ts';
import { LogMel } from '../../src/core/dsp/log-mel.ts';
import { StepSession } from '../../src/core/engine/step-session.ts';
import { EarshotError, toWireError } from '../../src/core/errors.ts';
import { describeNetwork, type MadeModel, makeModel } from '../../src/core/model/make-model.ts';
import { constructorCall } from '../../src/core/model/network.ts';
import { readSafetensors } from '../../src/core/model/safetensors.ts';
import { storedFrontEnd } from '../../src/core/model/stored-front-end.ts';
import { readTorchCheckpoint } from '../../src/core/model/torch-checkpoint.ts';
import { PRINTED_SCORES, type PrintedRun, type PrintedScores, parsePrintedScores } from './printed-scores.ts';

export const VERIFY_USAGE = `usage: npm run verify:official -- DIR [--audio DIR] [--tolerance 0.001] [--offline]
                       [--base-url URL] [--record ID] [--expect FILE.json]

  DIR       the published .pt files, under their published names
  --audio   the recordings jkLRith2wcc.wav and mg4kDY_hy6o.wav; DIR itself when left out
  --offline do not ask the record for MD5 checksums
  --expect  other scores than the README's, for trying this script out

  Ends with 0 when everything required was compared and fits, 1 when something does not fit, 2 when something is missing.`;

/** Four printed decimals round by 0.00005; float32 adds up to 0.0008 on unkind sounds (SPEC section 12). */
const DEFAULT_TOLERANCE = 0.001;

interface Request {
  readonly folder: string;
  readonly audio: string;
  readonly tolerance: number;
  readonly offline: boolean;
  readonly baseUrl: string;
  readonly recordId: string;
  readonly expected: PrintedScores;
}

/** What the end depends on, in sentences. */
interface Findings {
  readonly wrong: string[];
  readonly missing: string[];
  compared: number;
  largest: number;
}

export type Say = (line: string) => void;

export async function verifyOfficial(args: string[], say: Say = console.log): Promise<number> {
  let request: Request;
  try {
    request = readRequest(args);
  } catch (error) {
    say(`verify:official: ${error instanceof Error ? error.message : String(error)}\n${VERIFY_USAGE}`);
    return 2;
  }
  const { folder, expected } = request;
  const found: Findings = { wrong: [], missing: [], compared: 0, largest: 0 };
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.pt'))
    .sort();
  say(
    `${names.length} checkpoints in ${folder}; compared with the ${expected.source}, to within ${request.tolerance}.`,
  );
  const record = await askRecord(request, say);
  for (const name of names) await verifyFile(name, request, record, found, say);
  noteMissing(new Set(names), request, found);
  return conclude(found, say);
}

function readRequest(args: string[]): Request {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      audio: { type: 'string' },
      tolerance: { type: 'string' },
      offline: { type: 'boolean', default: false },
      'base-url': { type: 'string', default: OFFICIAL_RECORD.baseUrl },
      record: { type: 'string', default: OFFICIAL_RECORD.recordId },
      expect: { type: 'string' },
    },
  });
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0) throw new EarshotError('usage', 'one folder is needed.');
  const audio = values.audio ?? folder;
  for (const path of [folder, audio]) {
    if (!existsSync(path) || !statSync(path).isDirectory()) {
      throw new EarshotError('usage', `${path} is not a folder.`);
    }
  }
  const tolerance = Number(values.tolerance ?? DEFAULT_TOLERANCE);
  if (!(tolerance > 0 && tolerance < 1)) {
    throw new EarshotError('usage', `--tolerance must be between 0 and 1, got "${values.tolerance}".`);
  }
  return {
    folder,
    audio,
    tolerance,
    offline: values.offline,
    baseUrl: values['base-url'],
    recordId: values.record,
    expected: values.expect === undefined ? PRINTED_SCORES : parsePrintedScores(readJson(values.expect)),
  };
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new EarshotError('usage', `${path} could not be read as JSON.`, { cause });
  }
}

async function askRecord({ offline, baseUrl, recordId }: Request, say: Say): Promise<OfficialRecord | null> {
  if (offline) {
    say('The record was not asked (--offline): checksums are unverified.');
    return null;
  }
  try {
    const ask = (url: string): Promise<Response> => fetch(url, { signal: AbortSignal.timeout(20_000) });
    const record = await fetchOfficialRecord(ask, { baseUrl, recordId });
    say(`${record.pageUrl}: ${record.title ?? 'without a title'}. ${licenceNote(record.licence)}`);
    return record;
  } catch (error) {
    say(`${toWireError(error).message} Checksums are unverified.`);
    return null;
  }
}

async function verifyFile(
  name: string,
  request: Request,
  record: OfficialRecord | null,
  found: Findings,
  say: Say,
): Promise<void> {
  const path = join(request.folder, name);
  say('');
  say(`${name}, ${(statSync(path).size / 1e6).toFixed(1)} MB`);
  await verifyChecksum(name, path, record, found, say);
  let made: MadeModel;
  try {
    made = await importFile(name, path, say);
  } catch (error) {
    if (!(error instanceof EarshotError)) throw error;
    say(`  NOT IMPORTED: ${error.message}`);
    // Whatever else lies in the folder is no matter of the published models.
    const matters = officialModelByFile(name) !== undefined || request.expected.runs.some(({ file }) => file === name);
    if (matters) found.wrong.push(`${name} cannot be imported: ${error.message}`);
    return;
  }
  const runs = request.expected.runs.filter(({ file }) => file === name);
  if (runs.length === 0) {
    say('  imported; no scores were printed for it');
    return;
  }
  await compareRuns(made, runs, request, found, say);
}

async function verifyChecksum(
  name: string,
  path: string,
  record: OfficialRecord | null,
  found: Findings,
  say: Say,
): Promise<void> {
  const offered = record?.offers.find(({ model }) => model.fileName === name);
  const hash = createHash('md5');
  for await (const part of createReadStream(path)) hash.update(part as Uint8Array);
  const md5 = hash.digest('hex');
  for (const note of offered?.notes ?? []) say(`  note: ${note}`);
  const wanted = offered?.file.md5;
  if (!wanted) say(`  MD5 ${md5}: unverified${record && !offered ? ' (the record has no file of this name)' : ''}`);
  else if (wanted === md5) say(`  MD5 ${md5}: as in the record`);
  else {
    say(`  MD5 ${md5}: NOT that of the record, ${wanted}`);
    found.wrong.push(`${name} is not the file of the record (MD5).`);
  }
}

async function importFile(name: string, path: string, say: Say): Promise<MadeModel> {
  const official = officialModelByFile(name);
  const { tensors, config } = readTorchCheckpoint(readFileSync(path));
  const named = constructorCall(config).arch;
  if (official && named !== undefined && named !== official.arch) {
    say(`  note: the file calls its constructor ${named}, its name says ${official.arch}; the name was followed`);
  }
  const made = await makeModel({
    state: tensors,
    config,
    arch: official?.arch,
    id: official?.id ?? 'unknown',
    origin: name,
    sha256: (weights) => createHash('sha256').update(weights).digest('hex'),
  });
  const { network, labels } = made.card;
  say(`  ${describeNetwork(network, labels.mids.length)}`);
  for (const note of made.notes) say(`  note: ${note}`);
  if (official) {
    const { width, depth } = officialNetwork(official.arch);
    if (network.width !== width || network.depth !== depth || labels.mids.length !== official.classes) {
      say(`  note: published is width ${width} in ${depth} layers with ${official.classes} classes`);
    }
  }
  return made;
}

async function compareRuns(
  { card, weights }: MadeModel,
  runs: readonly PrintedRun[],
  request: Request,
  found: Findings,
  say: Say,
): Promise<void> {
  const { tensors } = readSafetensors(weights);
  const session = await StepSession.open({ card, state: tensors, backend: createNodeBackend() });
  try {
    const logMel = new LogMel(card.features, storedFrontEnd(card, tensors));
    for (const run of runs) {
      const path = join(request.audio, run.recording);
      if (!existsSync(path)) continue;
      say(`  ${run.recording}, chunks of ${run.chunkSeconds} s${run.required ? '' : ' (beyond what is required)'}`);
      const scores: Float32Array[] = [];
      const ear = {
        session,
        logMel,
        framing: 'per-chunk',
        priming: 'silence',
        chunkSeconds: run.chunkSeconds,
      } as const;
      const heard = await hearFile({ path, folder: '', fileName: run.recording }, ear, {
        keepScores: false,
        onFrame: ({ probabilities }) => void scores.push(probabilities.slice()),
      });
      if (heard.error) {
        found.wrong.push(`${run.recording} could not be heard to its end: ${heard.error.message}`);
        say(`    ${heard.error.message}`);
      }
      if (heard.rateHz !== null && (heard.rateHz !== 16_000 || heard.channels !== 1)) {
        say(
          `    note: ${heard.rateHz} Hz, ${heard.channels} channels; the original takes 16000 Hz and one, so this is another sound`,
        );
      }
      compareChunks(run, scores, card.labels.names, request.tolerance, found, say);
    }
  } finally {
    await session.dispose();
  }
}

function compareChunks(
  run: PrintedRun,
  scores: readonly Float32Array[],
  classes: readonly string[],
  tolerance: number,
  found: Findings,
  say: Say,
): void {
  const where = `${run.file} on ${run.recording} in chunks of ${run.chunkSeconds} s`;
  say(`    ${'from'.padStart(7)}  ${'class'.padEnd(28)} ${'printed'.padStart(8)} ${'here'.padStart(8)} difference`);
  run.chunks.forEach((printed, index) => {
    for (const [name, wanted] of Object.entries(printed)) {
      const start = `${(index * run.chunkSeconds).toFixed(2)} s`.padStart(7);
      const at = classes.indexOf(name);
      const score = at < 0 ? undefined : scores[index]?.[at];
      if (score === undefined) {
        const why = at < 0 ? `the model has no class "${name}"` : `chunk ${index + 1} was never reached`;
        say(`    ${start}  ${name.padEnd(28)} ${wanted.toFixed(4).padStart(8)}        -  MISMATCH: ${why}`);
        found.wrong.push(`${where}: ${why}.`);
        continue;
      }
      const difference = Math.abs(score - wanted);
      // Not "greater": a score that is not a number fits nothing.
      const fits = difference <= tolerance;
      found.compared++;
      found.largest = Math.max(found.largest, difference);
      say(
        `    ${start}  ${name.padEnd(28)} ${wanted.toFixed(4).padStart(8)} ${score.toFixed(4).padStart(8)}    ${difference.toFixed(4)}${fits ? '' : '  MISMATCH'}`,
      );
      if (!fits)
        found.wrong.push(`${where}: ${name} in chunk ${index + 1} is ${score.toFixed(4)}, not ${wanted.toFixed(4)}.`);
    }
  });
}

function noteMissing(names: ReadonlySet<string>, { expected, folder, audio }: Request, found: Findings): void {
  const required = expected.runs.filter((run) => run.required);
  for (const file of new Set(required.map((run) => run.file))) {
    if (!names.has(file)) found.missing.push(`${file} is not in ${folder}.`);
  }
  for (const recording of new Set(required.map((run) => run.recording))) {
    if (!existsSync(join(audio, recording))) found.missing.push(`${recording} is not in ${audio}.`);
  }
}

function conclude({ wrong, missing, compared, largest }: Findings, say: Say): number {
  say('');
  for (const line of wrong) say(`wrong: ${line}`);
  for (const line of missing) say(`missing: ${line}`);
  const count = `${compared} scores were compared, the largest difference is ${largest.toFixed(4)}`;
  if (wrong.length > 0) {
    say(`MISMATCH: ${count}.`);
    return 1;
  }
  if (missing.length > 0) {
    say(`NOT VERIFIED: ${count}; what is missing above is needed for a verdict.`);
    return 2;
  }
  say(`MATCH: ${count}.`);
  return 0;
}
