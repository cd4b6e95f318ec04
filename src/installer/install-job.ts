/**
 * One installation, from the first question to a model on the shelf: ask the record, download, check, read, store, measure, publish.
 * Holds the turn while it works, and gives it away while it is paused. Whatever ends it, nothing half-done is offered: staging is
 * emptied, and a model is one only when its card stands beside its weights.
 */
import { officialModelByFile } from '../core/catalogue/official-models.ts';
import { fetchOfficialRecord, type OfferedModel, type OfficialRecord } from '../core/catalogue/zenodo-record.ts';
import { EarshotError, type EarshotErrorCode } from '../core/errors.ts';
import { type ModelCard, parseCard } from '../core/model/card.ts';
import { cardWithDifference } from '../core/model/make-model.ts';
import { type DownloadPorts, download } from './download.ts';
import { forecast } from './forecast.ts';
import { createHasher, type HashName } from './hashes.ts';
import type { Measured, MeasureRequest } from './install-messages.ts';
import { stagedUrl } from './installed-files.ts';
import type { InstalledModel, InstallOrigin, InstallPhase, InstallProgress, InstallRequest } from './installer.ts';
import { letGo } from './memory.ts';
import { folderOfFiles, folderOfZip, type ModelFolder } from './model-folder.ts';
import { type ModelShelf, partPath } from './model-shelf.ts';
import { freeId, idFromName, importedWords, publishedId, publishedWords } from './model-words.ts';
import { type ByteSource, fileSource, type Pace, readWhole } from './read-whole.ts';
import { Speed } from './speed.ts';
import { type StagedModel, type StagePorts, stageCheckpoint, stageFolder } from './stage-model.ts';
import type { Turns } from './turns.ts';

export interface JobPorts extends DownloadPorts {
  /** Null where the browser keeps nothing. */
  readonly shelf: () => Promise<ModelShelf | null>;
  readonly turns: Turns;
  /** Lets waiting messages in. */
  readonly turn: () => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** What the browser would still give; null where it does not say. */
  readonly freeBytes: () => Promise<number | null>;
  /** @throws EarshotError */
  readonly measure: (wanted: MeasureRequest, signal: AbortSignal) => Promise<Measured>;
  readonly onProgress: (progress: InstallProgress) => void;
  /** Something in storage is another than before. */
  readonly onChange: () => void;
}

type Published = Extract<InstallOrigin, { readonly kind: 'published' }>;

const REPORT_EVERY_MS = 200;
/** With these the bytes that came are of no use, however good their MD5. */
const USELESS: ReadonlySet<EarshotErrorCode> = new Set(['bad-checkpoint', 'bad-weights', 'checksum-mismatch']);

export class InstallRun {
  readonly #request: InstallRequest;
  readonly #takenIds: readonly string[];
  readonly #ports: JobPorts;
  readonly #cancelling = new AbortController();
  readonly #speed = new Speed();
  #endTurn: (() => void) | null = null;
  #phase: InstallPhase = 'asking';
  #doneBytes = 0;
  #totalBytes: number | null = null;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #isPaused = false;
  #wake: () => void = () => undefined;

  constructor(request: InstallRequest, takenIds: readonly string[], ports: JobPorts) {
    this.#request = request;
    this.#takenIds = takenIds;
    this.#ports = ports;
  }

  /** What it downloads; null for files from disk. */
  get fileName(): string | null {
    const { origin } = this.#request;
    return origin.kind === 'published' ? origin.fileName : null;
  }

  /** While it downloads; at any other time there is nothing to pause. */
  pause(): void {
    if (this.#phase !== 'downloading') return;
    this.#isPaused = true;
    this.#report('paused', this.#doneBytes, this.#totalBytes);
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    // Resumed before it had even stopped.
    if (this.#endTurn) this.#report('downloading', this.#doneBytes, this.#totalBytes);
    this.#wake();
  }

  cancel(): void {
    this.#cancelling.abort();
    this.#wake();
  }

  /** Once. @throws EarshotError, `cancelled` among them. */
  async run(): Promise<InstalledModel> {
    const { origin } = this.#request;
    let shelf: ModelShelf | null = null;
    try {
      this.#report('asking', 0, null);
      shelf = await this.#ports.shelf();
      if (!shelf) throw noStorage();
      await this.#take(shelf);
      const model =
        origin.kind === 'published' ? await this.#published(origin, shelf) : await this.#fromFiles(origin.files, shelf);
      return model;
    } catch (error) {
      if (shelf) await this.#tidy(error, shelf);
      if (this.#cancelling.signal.aborted) throw stopped();
      throw error;
    } finally {
      this.#give();
      this.#ports.onChange();
    }
  }

  async #tidy(error: unknown, shelf: ModelShelf): Promise<void> {
    const { origin } = this.#request;
    const isUseless = error instanceof EarshotError && USELESS.has(error.code);
    try {
      if (this.#endTurn) await shelf.clean();
      if (origin.kind !== 'published') return;
      if (isUseless || this.#cancelling.signal.aborted) await shelf.discard(origin.fileName);
    } catch {
      // What cannot be removed now is removed by whoever has the next turn, and offered by nobody.
    }
  }

  /** With the turn comes what an earlier holder may have left. */
  async #take(shelf: ModelShelf): Promise<void> {
    this.#endTurn = await this.#ports.turns.take(this.#cancelling.signal);
    await shelf.clean();
  }

  #give(): void {
    this.#endTurn?.();
    this.#endTurn = null;
  }

  async #published(origin: Published, shelf: ModelShelf): Promise<InstalledModel> {
    const { precision } = this.#request;
    const { source, fileName } = origin;
    const official = officialModelByFile(fileName);
    if (!official) throw new EarshotError('model-not-found', `"${fileName}" is none of the published models.`);
    // Two presses, or two tabs: the second finds what the first one made.
    const there = await shelf.find(publishedId(official, precision));
    if (there) return there;
    const record = await fetchOfficialRecord(
      (url) => this.#ports.fetch(url, { credentials: 'omit', signal: this.#cancelling.signal }),
      source,
    );
    const offer = offered(record, fileName);
    await this.#checkRoom(offer, shelf);
    await this.#download(offer, origin, shelf);
    const bytes = await this.#check(offer, shelf);
    const words = publishedWords(offer, record.licence, precision, this.#ports.now());
    this.#report('reading', 0, bytes.length);
    const staged = await stageCheckpoint(
      bytes,
      precision,
      { arch: official.arch },
      () => words,
      this.#stagePorts(shelf),
    );
    const model = await this.#finish(staged, shelf);
    await shelf.discard(fileName);
    return model;
  }

  /** Before anything is downloaded. */
  async #checkRoom({ file, model }: OfferedModel, shelf: ModelShelf): Promise<void> {
    const there = (await shelf.partials()).find(({ fileName }) => fileName === file.name)?.receivedBytes ?? 0;
    const bytes = file.bytes ?? model.approximateBytes;
    const wanted = forecast(bytes, this.#request.precision, true);
    await this.#askForRoom(wanted.storageBytes - Math.min(there, bytes), wanted.storedBytes);
  }

  async #askForRoom(neededBytes: number, storedBytes: number): Promise<void> {
    const free = await this.#ports.freeBytes();
    if (free === null || free >= neededBytes) return;
    throw new EarshotError(
      'storage-full',
      `Installing needs ${megabytes(neededBytes)} of this browser's storage (${megabytes(storedBytes)} afterwards), and it would give ${megabytes(free)}. Remove another model, or free space on this device.`,
    );
  }

  async #download({ url, file }: OfferedModel, { fileName, source }: Published, shelf: ModelShelf): Promise<void> {
    const there = (await shelf.store.stat(partPath(fileName)))?.bytes ?? 0;
    this.#report('downloading', there, file.bytes);
    await download({ fileName, source, url, totalBytes: file.bytes, md5: file.md5 }, shelf, this.#ports, {
      signal: this.#cancelling.signal,
      isPaused: () => this.#isPaused,
      resumed: () => this.#waitForResume(shelf),
      onBytes: (received, total) => this.#progress(received, total),
    });
  }

  /** Others may work meanwhile. */
  async #waitForResume(shelf: ModelShelf): Promise<void> {
    this.#give();
    this.#ports.onChange();
    while (this.#isPaused && !this.#cancelling.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    await this.#take(shelf);
    this.#report('downloading', this.#doneBytes, this.#totalBytes);
  }

  /** Reads it into memory, and is that the file of the record? */
  async #check({ file }: OfferedModel, shelf: ModelShelf): Promise<Uint8Array<ArrayBuffer>> {
    const path = partPath(file.name);
    const stream = await shelf.store.read(path);
    const stat = await shelf.store.stat(path);
    if (!stream || !stat)
      throw new EarshotError('write-failed', 'The download is no longer in this browser’s storage.');
    this.#report('checking', 0, stat.bytes);
    const hasher = file.md5 === null ? null : await createHasher('md5');
    const source: ByteSource = { name: file.name, bytes: stat.bytes, stream: () => stream };
    const bytes = await readWhole(source, hasher, this.#pace());
    const md5 = hasher?.digest() ?? null;
    if (md5 === file.md5) return bytes;
    letGo(bytes);
    throw new EarshotError(
      'checksum-mismatch',
      `${file.name} is not the published file: its MD5 is ${md5}, the record says ${file.md5}. What came was thrown away.`,
    );
  }

  async #fromFiles(files: readonly File[], shelf: ModelShelf): Promise<InstalledModel> {
    const sources = files.map(fileSource);
    const bytes = sources.reduce((sum, source) => sum + source.bytes, 0);
    const wanted = forecast(bytes, this.#request.precision, false);
    await this.#askForRoom(wanted.storageBytes, wanted.storedBytes);
    this.#report('reading', 0, bytes);
    const taken = new Set([...this.#takenIds, ...(await shelf.ids())]);
    const staged = await this.#stageFiles(sources, taken, this.#stagePorts(shelf));
    return this.#finish(staged, shelf);
  }

  async #stageFiles(
    sources: readonly ByteSource[],
    taken: ReadonlySet<string>,
    ports: StagePorts,
  ): Promise<StagedModel> {
    const { precision, arch, heads } = this.#request;
    const stored = (isConverted: boolean) => (isConverted ? precision : 'fp32');
    const keep = (folder: ModelFolder): Promise<StagedModel> =>
      stageFolder(
        folder,
        precision,
        (isConverted) => ({ id: freeId(folder.card.id, stored(isConverted), taken) }),
        ports,
      );
    const folder = await folderOfFiles(sources, ports.pace);
    if (folder) return keep(folder);
    const [source] = sources;
    if (!source || sources.length > 1) throw notOneModel(sources);
    const hasher = await createHasher('sha256' satisfies HashName);
    const bytes = await readWhole(source, hasher, ports.pace);
    const zipped = await folderOfZip(bytes);
    if (zipped) {
      if (zipped.weights.buffer !== bytes.buffer) letGo(bytes);
      return keep(zipped);
    }
    const sha256 = hasher.digest();
    const now = this.#ports.now();
    const words = (isConverted: boolean) =>
      importedWords(freeId(idFromName(source.name), stored(isConverted), taken), source.name, sha256, now);
    // A published file keeps its name on disk, and that alone tells SAT_S_1s from SAT_S_2s.
    const call = { arch: arch ?? officialModelByFile(source.name)?.arch, heads };
    return stageCheckpoint(bytes, precision, call, words, ports);
  }

  /** Scores that only an engine can tell, and then the model is one. */
  async #finish(staged: StagedModel, shelf: ModelShelf): Promise<InstalledModel> {
    const { card, notes } = await this.#measured(staged);
    this.#alive();
    const model = await shelf.publish(staged.name, parseCard(card));
    await shelf.clean();
    return notes.length === 0 ? model : { ...model, notes };
  }

  async #measured({ name, card, referenceName, notes }: StagedModel): Promise<{
    readonly card: ModelCard;
    readonly notes: readonly string[];
  }> {
    // One of ours that is kept as it came brings its own.
    if (card.selfCheck) return { card, notes };
    this.#report('measuring', 0, card.weightsBytes);
    const wanted: MeasureRequest = {
      modelUrl: stagedUrl(name),
      referenceUrl: referenceName === null ? null : stagedUrl(referenceName),
      weightsBytes: card.weightsBytes,
    };
    try {
      const { selfCheck, difference } = await this.#ports.measure(wanted, this.#cancelling.signal);
      const checked: ModelCard = { ...card, selfCheck: [...selfCheck] };
      return { card: difference ? cardWithDifference(checked, difference) : checked, notes };
    } catch (error) {
      this.#alive();
      // It runs, and gives nonsense: no model.
      if (error instanceof EarshotError && error.code === 'bad-weights') throw error;
      const why = error instanceof Error ? error.message : String(error);
      return { card, notes: [...notes, unmeasured(why, referenceName !== null)] };
    }
  }

  #stagePorts(shelf: ModelShelf): StagePorts {
    return { shelf, pace: this.#pace(), onStoring: (totalBytes) => this.#report('storing', 0, totalBytes) };
  }

  #pace(): Pace {
    return {
      signal: this.#cancelling.signal,
      turn: this.#ports.turn,
      onBytes: (done) => this.#progress(done, this.#totalBytes),
    };
  }

  #alive(): void {
    if (this.#cancelling.signal.aborted) throw stopped();
  }

  #report(phase: InstallPhase, doneBytes: number, totalBytes: number | null): void {
    this.#phase = phase;
    this.#reportedAt = Number.NEGATIVE_INFINITY;
    this.#progress(doneBytes, totalBytes);
  }

  #progress(doneBytes: number, totalBytes: number | null): void {
    const now = this.#ports.now();
    this.#doneBytes = doneBytes;
    this.#totalBytes = totalBytes;
    const bytesPerS = this.#phase === 'downloading' ? this.#speed.at(now, doneBytes) : null;
    const isEnd = doneBytes === totalBytes;
    if (now - this.#reportedAt < REPORT_EVERY_MS && !isEnd) return;
    this.#reportedAt = now;
    this.#ports.onProgress({ phase: this.#phase, doneBytes, totalBytes, bytesPerS });
  }
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;

const stopped = (): EarshotError => new EarshotError('cancelled', 'The installation was stopped.');

const noStorage = (): EarshotError =>
  new EarshotError(
    'storage-full',
    'This browser keeps nothing for this page (a private window, perhaps), so no model can be installed.',
  );

const unmeasured = (why: string, isConverted: boolean): string =>
  `It was installed, but could not be measured here (${why.replace(/\.$/, '')}): ${
    isConverted ? 'how far its scores are from the original’s is not known, and ' : ''
  }engines cannot be checked against stored scores.`;

function offered(record: OfficialRecord, fileName: string): OfferedModel {
  const offer = record.offers.find(({ file }) => file.name === fileName);
  if (offer) return offer;
  throw new EarshotError('model-not-found', `The record ${record.pageUrl} has no file ${fileName}.`);
}

function notOneModel(sources: readonly ByteSource[]): EarshotError {
  const names = sources.slice(0, 4).map(({ name }) => name);
  const more = sources.length > names.length ? ` and ${sources.length - names.length} more` : '';
  const came = sources.length === 0 ? 'no file' : `${names.join(', ')}${more}`;
  return new EarshotError(
    'usage',
    `One checkpoint (.pt, .safetensors), one zip of a model folder, or card.json and model.safetensors together were expected; ${came} came.`,
  );
}
