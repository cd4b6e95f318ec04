/**
 * Our own model folder, as its two files or in a zip: card.json beside model.safetensors. Whoever made it, the card is parsed and the
 * weights are hashed and checked before anything is kept. Any thread.
 */
import { strFromU8, type UnzipFileInfo, unzipSync } from 'fflate';
import { EarshotError } from '../core/errors.ts';
import { type ModelCard, parseCard } from '../core/model/card.ts';
import { validateState } from '../core/model/network.ts';
import { readSafetensors } from '../core/model/safetensors.ts';
import type { StateDict } from '../core/model/tensor.ts';
import { readZipEntries } from '../core/model/zip-entries.ts';
import { withRoom } from './memory.ts';
import { CARD, WEIGHTS } from './model-shelf.ts';
import { type ByteSource, type Pace, readWhole } from './read-whole.ts';

export interface ModelFolder {
  readonly card: ModelCard;
  readonly weights: Uint8Array<ArrayBuffer>;
}

/** A card with 527 labels and all there is to say about them has some 100 kB. */
const MOST_CARD_BYTES = 8 * 2 ** 20;
/** A checkpoint has a few hundred. */
const MOST_ZIP_ENTRIES = 10_000;

const lastName = (path: string): string => path.split('/').at(-1) ?? '';

function cardOf(json: string): ModelCard {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new EarshotError('bad-card', 'card.json is not JSON.', { cause });
  }
  return parseCard(value);
}

function checkCardBytes(bytes: number): void {
  if (bytes <= MOST_CARD_BYTES) return;
  throw new EarshotError('bad-card', `card.json has ${bytes} bytes; at most ${MOST_CARD_BYTES} were expected.`);
}

/** The two files of a folder; others beside them are no matter. Null when it is none. */
export async function folderOfFiles(files: readonly ByteSource[], pace: Pace): Promise<ModelFolder | null> {
  const card = files.find(({ name }) => name === CARD);
  const weights = files.find(({ name }) => name === WEIGHTS);
  if (!card || !weights) return null;
  checkCardBytes(card.bytes);
  const quiet = { ...pace, onBytes: () => undefined };
  const text = strFromU8(await readWhole(card, null, quiet));
  return { card: cardOf(text), weights: await readWhole(weights, null, pace) };
}

/** Null when it is no zip with a card in it: a checkpoint, perhaps. @throws EarshotError `bad-card`, `card-mismatch`, `out-of-memory`. */
export async function folderOfZip(zip: Uint8Array<ArrayBuffer>): Promise<ModelFolder | null> {
  const names = zipNames(zip);
  const cards = names.filter(({ name }) => lastName(name) === CARD);
  const [found] = cards;
  if (!found) return null;
  if (cards.length > 1) throw new EarshotError('bad-card', `The zip holds ${cards.length} models; one was expected.`);
  const weightsName = found.name.slice(0, -CARD.length) + WEIGHTS;
  const weights = names.find(({ name }) => name === weightsName);
  if (!weights) throw new EarshotError('bad-card', `The zip has a ${CARD} but no ${WEIGHTS} beside it.`);
  checkCardBytes(found.originalSize);
  const card = cardOf(strFromU8(unpacked(zip, found.name)));
  // Before anything as large as it claims is made.
  if (weights.originalSize !== card.weightsBytes) throw mismatch(card, weights.originalSize);
  return {
    card,
    weights: await withRoom(card.weightsBytes, () => stored(zip, weightsName) ?? unpacked(zip, weightsName)),
  };
}

/** Empty when it is no zip. */
function zipNames(zip: Uint8Array): UnzipFileInfo[] {
  const names: UnzipFileInfo[] = [];
  if (zip[0] !== 0x50 || zip[1] !== 0x4b) return names;
  try {
    unzipSync(zip, {
      filter: (info) => {
        names.push(info);
        // The directory may claim any number of entries.
        if (names.length > MOST_ZIP_ENTRIES) throw new RangeError('too many entries');
        return false;
      },
    });
  } catch {
    return [];
  }
  return names;
}

/** A view where nothing is packed, as in a zip that only keeps files together. Null otherwise. */
function stored(zip: Uint8Array<ArrayBuffer>, name: string): Uint8Array<ArrayBuffer> | null {
  try {
    const entry = readZipEntries(zip).get(name);
    return entry ? new Uint8Array(zip.buffer, entry.byteOffset, entry.length) : null;
  } catch (error) {
    if (error instanceof EarshotError) return null;
    throw error;
  }
}

function unpacked(zip: Uint8Array, name: string): Uint8Array<ArrayBuffer> {
  try {
    const file = unzipSync(zip, { filter: (info) => info.name === name })[name];
    if (file) return file;
  } catch (cause) {
    if (cause instanceof RangeError) throw cause;
    throw new EarshotError('bad-card', `${name} in the zip is damaged.`, { cause });
  }
  throw new EarshotError('bad-card', `${name} in the zip is damaged.`);
}

const mismatch = (card: ModelCard, bytes: number): EarshotError =>
  new EarshotError(
    'card-mismatch',
    `The weights have ${bytes} bytes, the card of ${card.id} names ${card.weightsBytes}.`,
  );

/** The tensors, as views. @throws EarshotError `card-mismatch`, `bad-weights`. */
export function checkFolder({ card, weights }: ModelFolder, sha256: string): StateDict {
  if (weights.length !== card.weightsBytes) throw mismatch(card, weights.length);
  if (sha256 !== card.sha256) {
    throw new EarshotError(
      'card-mismatch',
      `The weights of ${card.id} are not the ones its card describes (SHA-256 ${sha256.slice(0, 12)}… instead of ${card.sha256.slice(0, 12)}…).`,
    );
  }
  const { tensors } = readSafetensors(weights);
  validateState(tensors, card.network, card.labels.mids.length);
  return tensors;
}
