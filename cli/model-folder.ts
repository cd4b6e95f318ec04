/** Model folders on disk: `card.json` beside `model.safetensors`, by id (public/models) or by path. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createNodeBackend } from '../src/backends/node.ts';
import { selfCheckScores } from '../src/core/engine/self-check.ts';
import { StepSession } from '../src/core/engine/step-session.ts';
import { EarshotError } from '../src/core/errors.ts';
import { type ModelCard, parseCard } from '../src/core/model/card.ts';
import { validateState } from '../src/core/model/network.ts';
import { readSafetensors } from '../src/core/model/safetensors.ts';
import type { StateDict } from '../src/core/model/tensor.ts';
import { readBytes } from './read-bytes.ts';

const embedded = fileURLToPath(new URL('../public/models/', import.meta.url));

export interface ModelFolder {
  readonly card: ModelCard;
  readonly state: StateDict;
}

/** An id such as `sat-t-2s`, or a folder. */
export function findModel(idOrFolder: string): string {
  for (const folder of [join(embedded, idOrFolder), resolve(idOrFolder)]) {
    if (existsSync(join(folder, 'card.json'))) return folder;
  }
  throw new EarshotError(
    'model-not-found',
    `There is no model "${idOrFolder}": neither an embedded id nor a folder with a card.json.`,
  );
}

export function readModelFolder(folder: string): ModelFolder {
  const card = parseCard(readJson(join(folder, 'card.json')));
  const path = join(folder, 'model.safetensors');
  if (!existsSync(path)) throw new EarshotError('model-not-found', `${folder} has a card but no model.safetensors.`);
  const bytes = readBytes(path);
  const hash = createHash('sha256').update(bytes).digest('hex');
  if (hash !== card.sha256) {
    throw new EarshotError(
      'card-mismatch',
      `${path} is not the file its card describes (SHA-256 ${hash.slice(0, 12)}… instead of ${card.sha256.slice(0, 12)}…).`,
    );
  }
  const { tensors } = readSafetensors(bytes);
  validateState(tensors, card.network, card.labels.mids.length);
  return { card, state: tensors };
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new EarshotError('bad-card', `${path} is not JSON.`, { cause });
  }
}

/** The scores to be stored in a new model's card, from the native engine. */
export async function makeSelfCheck(card: ModelCard, weights: Uint8Array): Promise<number[]> {
  const { tensors } = readSafetensors(weights);
  const backend = createNodeBackend();
  const session = await StepSession.open({ card, state: tensors, backend });
  try {
    return Array.from(await selfCheckScores(session), (score) => Number(score.toFixed(6)));
  } finally {
    await session.dispose();
  }
}
