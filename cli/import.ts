/** `earshot import`: a model folder (card.json, model.safetensors) out of a PyTorch checkpoint or a .safetensors file. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { EarshotError } from '../src/core/errors.ts';
import { type ModelCard, parseCard } from '../src/core/model/card.ts';
import {
  cardWithDifference,
  describeNetwork,
  type MadeModel,
  makeModel,
  unsavedModel,
} from '../src/core/model/make-model.ts';
import { readModelFile } from '../src/core/model/model-file.ts';
import { CONSTRUCTOR_NAMES } from '../src/core/model/network.ts';
import { isSmaller, PRECISIONS, type Precision, scoreDifference } from '../src/core/model/precision.ts';
import { readSafetensors } from '../src/core/model/safetensors.ts';
import type { StateDict } from '../src/core/model/tensor.ts';
import type { ClipScores } from './clip.ts';
import { makeFolder } from './make-folder.ts';
import { readBytes } from './read-bytes.ts';

const COMMAND = `earshot import CKPT --out DIR [--id ID] [--heads N] [--arch NAME] [--precision ${PRECISIONS.join('|')}]`;
export const IMPORT_USAGE = `${COMMAND}

  Makes a model folder (card.json, model.safetensors) from a PyTorch checkpoint (.pt) or .safetensors. Runs no code in it.
  --precision      how the weights are stored: fp32 as they came (default), fp16 half of that, int8 a quarter. Scores are always
                   computed in float32; how far they move is measured on a bundled sample and written into the card`;

export interface ImportHooks {
  /** Scores to be stored in the card, by which an engine later proves itself. */
  readonly selfCheck?: (card: ModelCard, weights: Uint8Array<ArrayBuffer>) => Promise<number[]>;
  /** Scores of a bundled sample, before and after the weights become smaller; without it the difference is not measured. */
  readonly clipScores?: (card: ModelCard, state: StateDict) => Promise<ClipScores>;
}

interface Request {
  readonly path: string;
  readonly out: string;
  readonly id: string;
  readonly heads: number | undefined;
  readonly arch: string | undefined;
  readonly precision: Precision;
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
    throw new EarshotError('usage', `One checkpoint and --out are needed (usage: ${COMMAND}).`);
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
  const precision = PRECISIONS.find((name) => name === (values.precision ?? 'fp32'));
  if (precision === undefined) {
    throw new EarshotError('usage', `--precision must be one of ${PRECISIONS.join(', ')}, got "${values.precision}".`);
  }
  const stem = basename(path, extname(path))
    .replaceAll(/[^a-z0-9._-]+/gi, '-')
    .replace(/^[^a-z0-9]+/i, '');
  return { path, out: values.out, id: values.id ?? (stem || 'imported'), heads, arch, precision };
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
        precision: { type: 'string' },
      },
    });
  } catch (error) {
    // An unknown option; parseArgs says which.
    const reason = error instanceof Error ? error.message : String(error);
    throw new EarshotError('usage', `${reason} (usage: ${COMMAND})`, { cause: error });
  }
}

async function importCheckpoint(request: Request, hooks: ImportHooks): Promise<string> {
  const { out, id } = request;
  const name = basename(request.path);
  const { made, reference } = await makeFromFile(request, hooks);
  const { weights, notes } = made;
  const card = reference && hooks.clipScores ? await measured(made, reference, hooks.clipScores) : made.card;
  const selfCheck = (await hooks.selfCheck?.(card, weights)) ?? null;
  const checked = parseCard({ ...card, selfCheck });
  try {
    makeFolder(out);
    writeFileSync(join(out, 'model.safetensors'), weights);
    writeFileSync(join(out, 'card.json'), `${JSON.stringify(checked, null, 1)}\n`);
  } catch (cause) {
    throw new EarshotError('write-failed', `${out} could not be written (${reasonOf(cause)}).`, { cause });
  }
  const sentence = `${out}: ${describeNetwork(card.network, card.labels.mids.length)} was made from ${name}, ${(weights.length / 1e6).toFixed(1)} MB, as model "${id}".`;
  return [[sentence, ...storageWords(card, request.precision)].join(' '), ...notes].join('\n');
}

/** Alone, so that the bytes of the file can be let go before an engine is opened for what was made of them. */
async function makeFromFile(
  { path, id, heads, arch, precision }: Request,
  { clipScores }: ImportHooks,
): Promise<{ readonly made: MadeModel; readonly reference: ClipScores | null }> {
  const bytes = read(path);
  const { state, config } = readModelFile(bytes);
  const origin = `Imported from ${basename(path)} (SHA-256 ${sha256(bytes)}).`;
  const options = { state, config, id, heads, arch, origin };
  let reference: ClipScores | null = null;
  if (clipScores && precision !== 'fp32') {
    const asItCame = unsavedModel(options);
    if (isSmaller(precision, asItCame.state)) reference = await clipScores(asItCame.card, asItCame.state);
  }
  return { made: await makeModel({ ...options, precision, sha256 }), reference };
}

async function measured(
  { card, weights }: MadeModel,
  reference: ClipScores,
  clipScores: NonNullable<ImportHooks['clipScores']>,
): Promise<ModelCard> {
  const { scores, clip, engine } = await clipScores(card, readSafetensors(weights).tensors);
  return cardWithDifference(card, { ...scoreDifference(reference.scores, scores), clip, engine });
}

/** How the weights lie in the file, where it needs saying. */
function storageWords({ storage }: ModelCard, asked: Precision): string[] {
  if (!storage) return [];
  const { precision, difference } = storage;
  if (difference) {
    const { max, mean, chunks, clip } = difference;
    const [most, average] = [max, mean].map((value) => Number(value.toPrecision(2)));
    return [
      `Stored as ${precision}: scores move by ${most} at most and ${average} on average (${chunks} chunks of the sample "${clip}").`,
    ];
  }
  if (precision === asked) return [];
  return [`Stored as ${precision}, as it came${asked === 'fp32' ? '' : `: ${asked} would gain nothing`}.`];
}

function read(path: string): Uint8Array {
  try {
    return readBytes(path);
  } catch (cause) {
    throw new EarshotError('not-found', `${path} could not be read (${reasonOf(cause)}).`, { cause });
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
