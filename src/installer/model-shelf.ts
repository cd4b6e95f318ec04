/**
 * Where models stand in the browser's storage:
 *
 *     models/ID/model.safetensors, card.json      a model: whole once its card is there, which comes last
 *     staging/NAME/…                              being made; nobody is offered it
 *     downloads/FILE.part, FILE.json              being downloaded, and what is known of it
 *
 * Whoever writes holds the turn (`turns.ts`): two tabs do not disturb each other. Reading needs none.
 */
import * as v from 'valibot';
import { EarshotError } from '../core/errors.ts';
import { type ModelCard, parseCard } from '../core/model/card.ts';
import { type FileStore, readText, type StoredFile, writeText } from './file-store.ts';
import type { InstalledModel, PartialDownload } from './installer.ts';

export const WEIGHTS = 'model.safetensors';
export const CARD = 'card.json';
const MODELS = 'models';
const STAGING = 'staging';
const DOWNLOADS = 'downloads';

export const modelPath = (id: string, file: string): string => `${MODELS}/${id}/${file}`;
export const stagingPath = (name: string, file: string): string => `${STAGING}/${name}/${file}`;
export const partPath = (fileName: string): string => `${DOWNLOADS}/${fileName}.part`;
const notePath = (fileName: string): string => `${DOWNLOADS}/${fileName}.json`;

/** Beside a partial download. */
const NoteSchema = v.object({
  fileName: v.string(),
  source: v.object({ baseUrl: v.string(), recordId: v.string() }),
  url: v.string(),
  /** What the server calls this state of the file, as `If-Range` takes it: a strong ETag or a date. */
  validator: v.nullable(v.string()),
  totalBytes: v.nullable(v.number()),
  /** Of the whole file, as the record says. */
  md5: v.nullable(v.string()),
});
export type DownloadNote = v.InferOutput<typeof NoteSchema>;

export class ModelShelf {
  readonly store: FileStore;

  constructor(store: FileStore) {
    this.store = store;
  }

  /** Whole models, oldest first. */
  async list(): Promise<readonly InstalledModel[]> {
    const models: InstalledModel[] = [];
    for (const [id, files] of await this.#folders()) {
      const model = await this.#model(id, files);
      if (model) models.push(model);
    }
    return models.sort((a, b) => a.installedAt - b.installedAt);
  }

  async find(id: string): Promise<InstalledModel | null> {
    const files = (await this.#folders()).get(id);
    return files ? this.#model(id, files) : null;
  }

  /** Names that are taken, by damaged models too. */
  async ids(): Promise<ReadonlySet<string>> {
    return new Set((await this.#folders()).keys());
  }

  async #folders(): Promise<ReadonlyMap<string, readonly StoredFile[]>> {
    const folders = new Map<string, StoredFile[]>();
    for (const file of await this.store.list(MODELS)) {
      const id = file.path.split('/')[1] ?? '';
      folders.set(id, [...(folders.get(id) ?? []), file]);
    }
    return folders;
  }

  /** Null unless its card can be read, is its own, and names as many bytes as there are. Their hash is checked at every load. */
  async #model(id: string, files: readonly StoredFile[]): Promise<InstalledModel | null> {
    const cardFile = files.find(({ path }) => path === modelPath(id, CARD));
    const weights = files.find(({ path }) => path === modelPath(id, WEIGHTS));
    if (!cardFile || !weights) return null;
    try {
      const card = parseCard(JSON.parse((await readText(this.store, cardFile.path)) ?? ''));
      if (card.id !== id || card.weightsBytes !== weights.bytes) return null;
      return { card, bytes: cardFile.bytes + weights.bytes, installedAt: cardFile.modifiedAt };
    } catch (error) {
      if (error instanceof SyntaxError || (error instanceof EarshotError && error.code === 'bad-card')) return null;
      throw error;
    }
  }

  /** A card in staging, beside its weights, so that an engine can load it. */
  async stageCard(name: string, card: ModelCard): Promise<void> {
    await writeText(this.store, stagingPath(name, CARD), `${JSON.stringify(card, null, 1)}\n`);
  }

  /** A staged model becomes one. Its card has to be there, and its id. */
  async publish(name: string, card: ModelCard): Promise<InstalledModel> {
    await this.stageCard(name, card);
    // Only what is damaged can be there.
    await this.store.remove(`${MODELS}/${card.id}`);
    await this.store.move(stagingPath(name, WEIGHTS), modelPath(card.id, WEIGHTS));
    await this.store.move(stagingPath(name, CARD), modelPath(card.id, CARD));
    await this.unstage(name);
    const model = await this.find(card.id);
    if (!model) throw new EarshotError('write-failed', `The model ${card.id} was not kept by this browser's storage.`);
    return model;
  }

  async unstage(name: string): Promise<void> {
    await this.store.remove(`${STAGING}/${name}`);
  }

  /** The card first: from then on it is no model. */
  async remove(id: string): Promise<void> {
    await this.store.remove(modelPath(id, CARD));
    await this.store.remove(`${MODELS}/${id}`);
  }

  /** What a closed page left, and no one can use. Not while someone has the turn. */
  async clean(): Promise<void> {
    await this.store.remove(STAGING);
    for (const [id, files] of await this.#folders()) {
      // A card that this version cannot read may be one of a later version.
      if (!files.some(({ path }) => path === modelPath(id, CARD))) await this.store.remove(`${MODELS}/${id}`);
    }
    const downloads = await this.store.list(DOWNLOADS);
    const known = new Set((await this.partials()).map(({ fileName }) => fileName));
    for (const { path } of downloads) {
      const fileName = path.slice(DOWNLOADS.length + 1).replace(/\.(part|json)$/, '');
      if (!known.has(fileName)) await this.store.remove(path);
    }
  }

  /** Downloads of which something is there. */
  async partials(): Promise<readonly PartialDownload[]> {
    const files = await this.store.list(DOWNLOADS);
    const partials: PartialDownload[] = [];
    for (const { path, bytes } of files) {
      if (!path.endsWith('.part') || bytes === 0) continue;
      const note = await this.note(path.slice(DOWNLOADS.length + 1, -'.part'.length));
      if (!note) continue;
      const { fileName, source, totalBytes } = note;
      partials.push({ fileName, source, receivedBytes: bytes, totalBytes });
    }
    return partials;
  }

  async note(fileName: string): Promise<DownloadNote | null> {
    const text = await readText(this.store, notePath(fileName));
    if (text === null) return null;
    try {
      const parsed = v.safeParse(NoteSchema, JSON.parse(text));
      return parsed.success && parsed.output.fileName === fileName ? parsed.output : null;
    } catch {
      // Broken off while it was written.
      return null;
    }
  }

  async writeNote(note: DownloadNote): Promise<void> {
    await writeText(this.store, notePath(note.fileName), JSON.stringify(note));
  }

  async discard(fileName: string): Promise<void> {
    await this.store.remove(partPath(fileName));
    await this.store.remove(notePath(fileName));
  }

  /** Of everything that is ours. */
  async usedBytes(): Promise<number> {
    let used = 0;
    for (const folder of [MODELS, STAGING, DOWNLOADS]) {
      for (const { bytes } of await this.store.list(folder)) used += bytes;
    }
    return used;
  }
}
