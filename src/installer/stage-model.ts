/**
 * From the bytes of a file to a model in staging, beside the same model as it came where that is another: what the scores are compared
 * with. Any thread.
 *
 * Memory: the file, and one file of weights made of it. What was read is let go before anything else is read, what was made as soon
 * as it is stored.
 */
import { EarshotError } from '../core/errors.ts';
import type { ModelCard } from '../core/model/card.ts';
import { type CardWords, makeModel, unsavedModel } from '../core/model/make-model.ts';
import { readModelFile } from '../core/model/model-file.ts';
import type { ConstructorCall } from '../core/model/network.ts';
import { isSmaller, storedPrecision, writeInPrecision } from '../core/model/precision.ts';
import { readSafetensors } from '../core/model/safetensors.ts';
import type { StateDict } from '../core/model/tensor.ts';
import { PART_BYTES } from './file-store.ts';
import { createHasher } from './hashes.ts';
import type { Precision } from './installer.ts';
import { letGo, withRoom } from './memory.ts';
import { checkFolder, type ModelFolder } from './model-folder.ts';
import { type ModelShelf, stagingPath, WEIGHTS } from './model-shelf.ts';
import { hashOf, type Pace, pause } from './read-whole.ts';

export interface StagedModel {
  /** Folder in staging. */
  readonly name: string;
  /** Without what only an engine can tell: self-check and difference, unless it came with them and is kept as it came. */
  readonly card: ModelCard;
  /** The same model as it came, also in staging; null where it is kept so. */
  readonly referenceName: string | null;
  /** For people: what was ignored, what is not as it was asked for. */
  readonly notes: readonly string[];
}

export interface StagePorts {
  readonly shelf: ModelShelf;
  readonly pace: Pace;
  /** Before the first byte of a model is stored: how many there will be. */
  readonly onStoring: (totalBytes: number) => void;
}

const MODEL = 'model';
const REFERENCE = 'reference';

/** `bytes` are let go. `words` are asked for once it is known whether the weights are converted. */
export async function stageCheckpoint(
  bytes: Uint8Array<ArrayBuffer>,
  precision: Precision,
  call: ConstructorCall,
  words: (isConverted: boolean) => CardWords,
  ports: StagePorts,
): Promise<StagedModel> {
  const { state, config } = readModelFile(bytes);
  const { pace } = ports;
  const sha256 = async (file: Uint8Array): Promise<string> => hashOf(file, await createHasher('sha256'), pace);
  const isConverted =
    precision !== 'fp32' && isSmaller(precision, unsavedModel({ state, config, ...call, ...words(false) }).state);
  const options = { state, config, ...call, ...words(isConverted), sha256 };
  if (isConverted) {
    const { card, weights } = await withRoom(bytes.length, () => makeModel({ ...options, precision: 'fp32' }));
    await store(REFERENCE, card, weights, ports);
    letGo(weights);
  }
  await pause(pace);
  const { card, weights, notes } = await withRoom(bytes.length, () => makeModel({ ...options, precision }));
  letGo(bytes);
  await store(MODEL, card, weights, ports);
  letGo(weights);
  return {
    name: MODEL,
    card,
    referenceName: isConverted ? REFERENCE : null,
    notes: [...notes, ...unconverted(card.storage?.precision ?? 'fp32', precision)],
  };
}

/** As it is, hash and all, unless its weights are to become smaller. Its buffer is let go. */
export async function stageFolder(
  folder: ModelFolder,
  precision: Precision,
  words: (isConverted: boolean) => Pick<CardWords, 'id'>,
  ports: StagePorts,
): Promise<StagedModel> {
  const { weights } = folder;
  const state = checkFolder(folder, await hashOf(weights, await createHasher('sha256'), ports.pace));
  const isConverted = precision !== 'fp32' && isSmaller(precision, state);
  const original: ModelCard = { ...folder.card, ...words(isConverted) };
  if (!isConverted) {
    await store(MODEL, original, weights, ports);
    letGo(weights);
    return { name: MODEL, card: original, referenceName: null, notes: unconverted(storedPrecision(state), precision) };
  }
  await store(REFERENCE, original, weights, ports);
  const { card, file } = await convert(original, state, precision, ports.pace);
  letGo(weights);
  await store(MODEL, card, file, ports);
  letGo(file);
  return { name: MODEL, card, referenceName: REFERENCE, notes: [] };
}

async function convert(
  original: ModelCard,
  state: StateDict,
  precision: Precision,
  pace: Pace,
): Promise<{ readonly card: ModelCard; readonly file: Uint8Array<ArrayBuffer> }> {
  await pause(pace);
  const file = await withRoom(original.weightsBytes, () => writeInPrecision(state, precision, { format: 'pt' }));
  const card: ModelCard = {
    ...original,
    sha256: await hashOf(file, await createHasher('sha256'), pace),
    weightsBytes: file.length,
    storage: { precision: storedPrecision(readSafetensors(file).tensors) },
    selfCheck: null,
  };
  return { card, file };
}

const unconverted = (is: Precision, asked: Precision): string[] =>
  is === asked ? [] : [`It came as ${is} and stays so: as ${asked} it would not be smaller.`];

async function store(
  name: string,
  card: ModelCard,
  weights: Uint8Array<ArrayBuffer>,
  { shelf, pace, onStoring }: StagePorts,
): Promise<void> {
  onStoring(weights.length);
  const writer = await shelf.store.write(stagingPath(name, WEIGHTS), 'new');
  try {
    for (let at = 0; at < weights.length; at += PART_BYTES) {
      await writer.write(weights.subarray(at, at + PART_BYTES));
      pace.onBytes(writer.bytes);
      await pause(pace);
    }
  } finally {
    await writer.close();
  }
  if (writer.bytes !== weights.length) {
    throw new EarshotError('write-failed', `The browser kept ${writer.bytes} of ${weights.length} bytes of the model.`);
  }
  await shelf.stageCard(name, card);
}
