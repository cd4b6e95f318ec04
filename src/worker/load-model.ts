/** Fetches a model folder: card, then weights with progress; checks that they belong together. */
import { EarshotError } from '../core/errors.ts';
import { type ModelCard, parseCard } from '../core/model/card.ts';
import { validateState } from '../core/model/network.ts';
import { readSafetensors } from '../core/model/safetensors.ts';
import type { StateDict } from '../core/model/tensor.ts';

export interface LoadedModel {
  readonly card: ModelCard;
  readonly state: StateDict;
}

export interface ModelSource {
  readonly fetch: (url: string) => Promise<Response>;
  /** Lower-case hex, or null where the platform cannot (insecure pages): then the hash goes unchecked. */
  readonly sha256: ((bytes: Uint8Array<ArrayBuffer>) => Promise<string>) | null;
  readonly onBytes?: (loaded: number, total: number | null) => void;
}

export async function loadModel(folderUrl: string, source: ModelSource): Promise<LoadedModel> {
  const cardResponse = await get(source, new URL('card.json', folderUrl).href);
  const card = parseCard(await json(cardResponse));
  const response = await get(source, new URL('model.safetensors', folderUrl).href);
  const bytes = await readAll(response, card.weightsBytes, source.onBytes);
  const hash = await source.sha256?.(bytes);
  if (hash !== undefined && hash !== card.sha256) {
    throw new EarshotError(
      'card-mismatch',
      `The weights of ${card.id} are not the ones its card describes (SHA-256 ${hash.slice(0, 12)}… instead of ${card.sha256.slice(0, 12)}…).`,
    );
  }
  const { tensors } = readSafetensors(bytes);
  validateState(tensors, card.network, card.labels.mids.length);
  return { card, state: tensors };
}

async function get(source: ModelSource, url: string): Promise<Response> {
  let response: Response;
  try {
    response = await source.fetch(url);
  } catch (error) {
    if (error instanceof EarshotError) throw error;
    throw new EarshotError('download-failed', `The model could not be downloaded (${url}). Check the connection.`, {
      cause: error,
    });
  }
  if (response.status === 404) throw new EarshotError('model-not-found', `There is no model at ${url}.`);
  if (!response.ok) {
    throw new EarshotError('download-failed', `The server answered ${response.status} for ${url}.`);
  }
  return response;
}

async function json(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    // A single-page server answers an unknown path with its index page.
    throw new EarshotError('model-not-found', `There is no card.json at ${response.url}.`, { cause: error });
  }
}

/** Reads into one buffer of the announced size, so that a large model is never held twice. */
async function readAll(
  response: Response,
  expected: number,
  onBytes: ModelSource['onBytes'],
): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Uint8Array(expected);
  let length = 0;
  if (!response.body) throw new EarshotError('download-failed', 'The server sent no data.');
  for await (const part of chunksOf(response.body)) {
    if (length + part.length > expected) {
      throw new EarshotError('card-mismatch', `The weights are longer than the ${expected} bytes that the card names.`);
    }
    out.set(part, length);
    length += part.length;
    onBytes?.(length, expected);
  }
  if (length !== expected) {
    throw new EarshotError('download-failed', `The download ended after ${length} of ${expected} bytes.`);
  }
  return out;
}

/** Not every browser can iterate a stream yet. */
async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.releaseLock();
  }
}
