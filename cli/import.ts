/** `earshot import`: a model folder (card.json, model.safetensors) out of a PyTorch checkpoint or a .safetensors file. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { EarshotError } from '../src/core/errors.ts';
import { type ModelCard, parseCard } from '../src/core/model/card.ts';
import { describeNetwork, type MadeModel, makeModel } from '../src/core/model/make-model.ts';
import { readModelFile } from '../src/core/model/model-file.ts';
import { CONSTRUCTOR_NAMES } from '../src/core/model/network.ts';

export const IMPORT_USAGE = 'usage: earshot import CKPT --out DIR [--id ID] [--heads N] [--arch NAME]';

export interface ImportHooks {
  /** Scores to be stored in the card, by which an engine later proves itself. */
  readonly selfCheck?: (card: ModelCard, weights: Uint8Array<ArrayBuffer>) => Promise<number[]>;
}

interface Request {
  readonly path: string;
  readonly out: string;
  readonly id: string;
  readonly heads: number | undefined;
  readonly arch: string | undefined;
}

/** Exit code: 0, 1 for a checkpoint that cannot be used, 2 for a command that cannot be understood. One sentence either way. */
export async function runImport(args: string[], hooks: ImportHooks = {}): Promise<number> {
  try {
    console.log(await importCheckpoint(readRequest(args), hooks));
    return 0;
  } catch (error) {
    if (!(error instanceof EarshotError)) throw error;
    console.error(`earshot import: ${error.message}`);
    return error.code === 'usage' ? 2 : 1;
  }
}

function readRequest(args: string[]): Request {
  const { values, positionals } = parse(args);
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0 || !values.out) {
    throw new EarshotError('usage', `One checkpoint and --out are needed (${IMPORT_USAGE}).`);
  }
  const heads = values.heads === undefined ? undefined : Number(values.heads);
  if (heads !== undefined && !(Number.isInteger(heads) && heads > 0)) {
    throw new EarshotError('usage', `--heads must be a positive whole number, got "${values.heads}".`);
  }
  const { arch } = values;
  if (arch !== undefined && !CONSTRUCTOR_NAMES.includes(arch)) {
    throw new EarshotError('usage', `--arch must be one of ${CONSTRUCTOR_NAMES.join(', ')}, got "${arch}".`);
  }
  if (values.id !== undefined && !/^[a-z0-9][a-z0-9._-]*$/i.test(values.id)) {
    throw new EarshotError('usage', `--id must be letters, digits, dots, dashes or underscores, got "${values.id}".`);
  }
  const stem = basename(path, extname(path))
    .replaceAll(/[^a-z0-9._-]+/gi, '-')
    .replace(/^[^a-z0-9]+/i, '');
  return { path, out: values.out, id: values.id ?? (stem || 'imported'), heads, arch };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        out: { type: 'string' },
        id: { type: 'string' },
        heads: { type: 'string' },
        arch: { type: 'string' },
      },
    });
  } catch (error) {
    // An unknown option; parseArgs says which.
    const reason = error instanceof Error ? error.message : String(error);
    throw new EarshotError('usage', `${reason} (${IMPORT_USAGE})`, { cause: error });
  }
}

async function importCheckpoint(request: Request, hooks: ImportHooks): Promise<string> {
  const { out, id } = request;
  const name = basename(request.path);
  const { card, weights, notes } = await makeFromFile(request);
  const selfCheck = (await hooks.selfCheck?.(card, weights)) ?? null;
  const checked = parseCard({ ...card, selfCheck });
  try {
    makeFolder(out);
    writeFileSync(join(out, 'model.safetensors'), weights);
    writeFileSync(join(out, 'card.json'), `${JSON.stringify(checked, null, 1)}\n`);
  } catch (cause) {
    throw new EarshotError('write-failed', `${out} could not be written (${reasonOf(cause)}).`, { cause });
  }
  const made = `${out}: ${describeNetwork(card.network, card.labels.mids.length)} was made from ${name}, ${(weights.length / 1e6).toFixed(1)} MB, as model "${id}".`;
  return [made, ...notes].join('\n');
}

/** Alone, so that the bytes of the file can be let go before an engine is opened for the self-check. */
function makeFromFile({ path, id, heads, arch }: Request): Promise<MadeModel> {
  const bytes = read(path);
  const { state, config } = readModelFile(bytes);
  return makeModel({
    state,
    config,
    id,
    heads,
    arch,
    origin: `Imported from ${basename(path)} (SHA-256 ${sha256(bytes)}).`,
    sha256,
  });
}

/** Not mkdir's own `recursive`: where a folder takes no new ones (/proc), Node 20 tries for ever. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(resolve(path)));
  mkdirSync(path);
}

function read(path: string): Uint8Array {
  try {
    // A view: a copy would be a third of all the memory that importing a large model takes.
    const { buffer, byteOffset, byteLength } = readFileSync(path);
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch (cause) {
    throw new EarshotError('not-found', `${path} could not be read (${reasonOf(cause)}).`, { cause });
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
