/**
 * The models' hands: keeps the list of what can be chosen, runs installations while the page does other things, measures. The world is
 * passed in. Main thread; whoever makes it disposes it.
 */

import { officialModelByFile } from '../../core/catalogue/official-models.ts';
import { type FetchJson, fetchOfficialRecord, type RecordSource } from '../../core/catalogue/zenodo-record.ts';
import { EarshotError, toWireError } from '../../core/errors.ts';
import { type ModelCard, parseCard } from '../../core/model/card.ts';
import type { BackendChoice } from '../../core/protocol/messages.ts';
import type { Installer, InstallJob, InstallProgress, InstallRequest } from '../../installer/installer.ts';
import type { EngineClient } from '../client/engine-client.ts';
import { embeddedEntry, installedEntries, listedFrom, type ModelEntry, parseModels } from './catalog.ts';
import { isAskedFor, type JobRow, type JobState, type ModelsState, type ModelsStore, officialById } from './models.ts';
import type { ModelsController } from './models-controller.ts';
import { jobNews } from './models-news.ts';
import { readSpeeds, runSpeed, withSpeed, writeSpeeds } from './models-speed.ts';
import type { KeyValueStorage } from './settings.ts';

export interface ModelsPorts {
  createClient(): EngineClient;
  /** JSON beside the page, or null where there is none. */
  fetchJson(path: string): Promise<unknown>;
  /** A sound beside the page. */
  fetchFile(path: string): Promise<File>;
  /** For the record's JSON, elsewhere. */
  fetchRecord: FetchJson;
  /** Absolute address of a path beside the page. */
  resolveUrl(path: string): string;
  /** `takenIds`: of the models beside the page; nothing that is installed gets one of these. */
  openInstaller(takenIds: readonly string[]): Promise<Installer>;
  /** The model chosen for listening (by the address?), and the engine. */
  settings(): { readonly modelId: string | null; readonly byAddress: boolean; readonly backend: BackendChoice };
  /** Before a model goes: whoever uses it takes another. True when somebody did. */
  leave(modelId: string): Promise<boolean>;
  readonly storage: KeyValueStorage | null;
  /** performance.now(). */
  nowMs(): number;
  /** Milliseconds since the epoch. */
  todayMs(): number;
}

/** Short enough to wait for, long enough for three windows of 10 s. */
const CLIP = 'samples/half-a-minute.mp3';

interface Running {
  readonly job: InstallJob;
  readonly request: InstallRequest;
}

export class ModelsWork implements ModelsController {
  readonly #store: ModelsStore;
  readonly #ports: ModelsPorts;
  readonly #running = new Map<string, Running>();
  /** Entries of folders beside the page; those at the end were asked for by name and are in no list. */
  #embedded: readonly ModelEntry[] = [];
  #embeddedRead: Promise<void> | null = null;
  #installedRead: Promise<void> | null = null;
  #installer: Installer | null = null;
  #stopWatch: (() => void) | null = null;
  #cardsRead: Promise<void> | null = null;
  #measuring: AbortController | null = null;
  /** Each reading of the installer's lists is a turn; the answer of an older one is old. */
  #turn = 0;

  constructor(store: ModelsStore, ports: ModelsPorts) {
    this.#store = store;
    this.#ports = ports;
    store.setState({ speeds: readSpeeds(ports.storage) });
  }

  /** Reads both lists side by side; resolves when both are read. Never rejects: a missing list is an empty one. */
  async open(): Promise<void> {
    await Promise.all([this.#readEmbedded(), this.#readInstalled()]);
    await this.modelFor(this.#ports.settings().modelId).catch(() => undefined);
  }

  /**
   * The model to listen with. One that is not here is replaced by the first one beside the page, and `missing` says so. Waits for the
   * installed ones only when it is none of those beside the page. Rejects with `model-not-found` when there is none at all.
   */
  async modelFor(modelId: string | null): Promise<ModelEntry> {
    const found = modelId === null ? null : await this.#find(modelId);
    if (found) {
      if (this.#store.getState().missing) this.#store.setState({ missing: null });
      return found;
    }
    await this.#readEmbedded();
    const standIn = this.#embedded.find(({ family }) => family === 'streaming');
    if (modelId !== null) this.#sayMissing(modelId);
    if (!standIn) {
      throw new EarshotError(
        'model-not-found',
        'This copy of the page has no model: models/index.json is missing or empty.',
      );
    }
    return standIn;
  }

  /** Where the engine loads it from. Rejects with `model-not-found`, naming it. */
  async modelUrl(modelId: string): Promise<string> {
    const entry = await this.#find(modelId);
    if (!entry) {
      throw new EarshotError('model-not-found', `The model "${modelId}" is not here; choose another one.`);
    }
    return entry.url;
  }

  async readCards(): Promise<void> {
    this.#cardsRead ??= this.#readEmbedded().then(async () => {
      await Promise.all(this.#embedded.map(({ id }) => this.#readCard(id)));
    });
    await this.#cardsRead;
  }

  readRecord(source: RecordSource) {
    return fetchOfficialRecord(this.#ports.fetchRecord, source);
  }

  readSample(url: string): Promise<File> {
    return this.#ports.fetchFile(`samples/${url}`);
  }

  install(request: InstallRequest): void {
    void this.#install(request);
  }

  pause(jobId: string): void {
    this.#running.get(jobId)?.job.pause();
  }

  resume(jobId: string): void {
    this.#running.get(jobId)?.job.resume();
  }

  cancel(jobId: string): void {
    this.#running.get(jobId)?.job.cancel();
  }

  retry(jobId: string): void {
    const row = this.#store.getState().jobs.find(({ id }) => id === jobId);
    if (row?.state.kind !== 'failed') return;
    this.dismiss(jobId);
    this.install(row.request);
  }

  dismiss(jobId: string): void {
    if (!this.#running.has(jobId)) this.#dropJob(jobId);
  }

  async discardPartial(fileName: string): Promise<void> {
    await this.#say(async (installer) => {
      await installer.discardPartial(fileName);
      return null;
    });
  }

  async remove(modelId: string): Promise<void> {
    const title = this.#store.getState().entries.find(({ id }) => id === modelId)?.title ?? modelId;
    await this.#say(async (installer) => {
      const wasUsed = await this.#ports.leave(modelId);
      await installer.remove(modelId);
      const standIn = this.#embedded.find(({ family }) => family === 'streaming')?.title;
      return `${title} is removed.${wasUsed && standIn !== undefined ? ` It was in use: ${standIn} takes its place.` : ''}`;
    });
  }

  async persist(): Promise<void> {
    await this.#say(async (installer) =>
      (await installer.persist())
        ? 'The browser promised to keep the models.'
        : 'The browser did not promise to keep the models: it may clear them when the disk is nearly full. Some browsers agree once the page is used often, bookmarked or installed.',
    );
  }

  async refreshStorage(): Promise<void> {
    await this.#readInstalled();
    await this.#refresh();
  }

  async measureSpeed(modelId: string): Promise<void> {
    if (this.#measuring) return;
    const abort = new AbortController();
    this.#measuring = abort;
    this.#store.setState({ measuring: { modelId, chunks: 0 }, notice: null });
    const client = this.#ports.createClient();
    try {
      const [modelUrl, clip] = await Promise.all([this.modelUrl(modelId), this.#ports.fetchFile(CLIP)]);
      const measured = await runSpeed({
        client,
        modelUrl,
        clip,
        backend: this.#ports.settings().backend,
        nowMs: () => this.#ports.nowMs(),
        onChunk: (chunks) => this.#store.setState({ measuring: { modelId, chunks } }),
        signal: abort.signal,
      });
      this.#store.setState(({ speeds }) => ({
        speeds: withSpeed(speeds, { ...measured, atMs: this.#ports.todayMs() }),
      }));
      writeSpeeds(this.#ports.storage, this.#store.getState().speeds);
    } catch (error) {
      const { code, message } = toWireError(error);
      if (code !== 'cancelled' && !abort.signal.aborted) {
        this.#store.setState({ notice: `The speed was not measured. ${message}` });
      }
    } finally {
      this.#measuring = null;
      this.#store.setState({ measuring: null });
      await client.dispose().catch(() => undefined);
    }
  }

  stopMeasuring(): void {
    this.#measuring?.abort();
  }

  closeNotice(): void {
    this.#store.setState({ notice: null });
  }

  dispose(): void {
    this.stopMeasuring();
    this.#stopWatch?.();
    this.#installer?.dispose();
  }

  async #find(modelId: string): Promise<ModelEntry | null> {
    const among = (entries: readonly ModelEntry[]): ModelEntry | undefined =>
      entries.find(({ id }) => id === modelId) ?? entries.find(({ id }) => isAskedFor(modelId, id));
    await this.#readEmbedded();
    const beside = among(this.#embedded);
    if (beside) return beside;
    await this.#readInstalled();
    const known = among(this.#store.getState().entries);
    if (known || officialById(modelId)) return known ?? null;
    return this.#unlisted(modelId);
  }

  /** A folder beside the page that no list names; who asks for it by name gets it. */
  async #unlisted(modelId: string): Promise<ModelEntry | null> {
    const card = await this.#readCard(modelId);
    if (!card) return null;
    const entry = embeddedEntry({ ...listedFrom(card), id: modelId }, (path) => this.#ports.resolveUrl(path));
    if (!this.#embedded.some(({ id }) => id === modelId)) this.#embedded = [...this.#embedded, entry];
    this.#tellEntries();
    return entry;
  }

  #sayMissing(modelId: string): void {
    const { missing } = this.#store.getState();
    if (missing?.id === modelId) return;
    const official = officialById(modelId) ?? null;
    this.#store.setState({
      missing: { id: modelId, official, by: this.#ports.settings().byAddress ? 'address' : 'memory' },
    });
  }

  #readEmbedded(): Promise<void> {
    this.#embeddedRead ??= this.#ports
      .fetchJson('models/index.json')
      .then(parseModels, () => [])
      .then((listed) => {
        this.#embedded = listed.map((one) => embeddedEntry(one, (path) => this.#ports.resolveUrl(path)));
        this.#tellEntries();
      });
    return this.#embeddedRead;
  }

  #readInstalled(): Promise<void> {
    this.#installedRead ??= this.#openInstaller();
    return this.#installedRead;
  }

  async #openInstaller(): Promise<void> {
    try {
      await this.#readEmbedded();
      const installer = await this.#ports.openInstaller(this.#embedded.map(({ id }) => id));
      this.#installer = installer;
      this.#stopWatch = installer.watch(() => void this.#refresh());
      await this.#refresh();
    } catch {
      this.#store.setState({ listing: 'refused' });
    }
  }

  /** Never rejects: a list that cannot be read leaves what was known. */
  async #refresh(): Promise<void> {
    const installer = this.#installer;
    if (!installer) return;
    const turn = ++this.#turn;
    try {
      const [installed, partials, storage] = await Promise.all([
        installer.list(),
        installer.partials(),
        installer.storage(),
      ]);
      if (turn !== this.#turn) return;
      this.#store.setState({ installed, partials, storage, listing: 'read' });
      this.#tellEntries();
    } catch {
      if (turn === this.#turn && this.#store.getState().listing === 'reading') {
        this.#store.setState({ listing: 'refused' });
      }
    }
  }

  /** An installed model never hides one beside the page. */
  #tellEntries(): void {
    const beside = new Set(this.#embedded.map(({ id }) => id));
    this.#store.setState(({ installed, missing }) => {
      const fresh = installedEntries(installed).filter(({ id }) => !beside.has(id));
      const entries = [...this.#embedded, ...fresh];
      const isHere = missing !== null && entries.some(({ id }) => isAskedFor(missing.id, id));
      return { entries, missing: isHere ? null : missing };
    });
  }

  async #readCard(modelId: string): Promise<ModelCard | null> {
    try {
      const card = parseCard(await this.#ports.fetchJson(`models/${modelId}/card.json`));
      this.#store.setState(({ cards }) => ({ cards: new Map(cards).set(modelId, card) }));
      return card;
    } catch {
      return null;
    }
  }

  async #install(request: InstallRequest): Promise<void> {
    await this.#readInstalled();
    const installer = this.#installer;
    if (!installer) {
      this.#store.setState({ notice: 'This browser gives the page no storage, so no model can be installed.' });
      return;
    }
    const isUnderWay = [...this.#running.values()].some(({ request: other }) => sameOrigin(request, other));
    if (isUnderWay) return;
    // A try before this one has had its say.
    for (const { id, request: other, state } of this.#store.getState().jobs) {
      if (state.kind !== 'running' && sameOrigin(request, other)) this.#dropJob(id);
    }
    let row: JobRow | null = null;
    const job = installer.install(request, (progress) => {
      if (row) this.#changeJob(row.id, { progress });
    });
    row = { id: job.id, title: titleOf(request), request, progress: ASKING, state: { kind: 'running' } };
    const { id } = row;
    this.#running.set(id, { job, request });
    this.#addJob(row);
    try {
      const { card } = await job.done;
      this.#running.delete(id);
      await this.#refresh();
      this.#endJob(id, { kind: 'done', modelId: card.id });
    } catch (error) {
      this.#running.delete(id);
      const wire = toWireError(error, 'download-failed');
      if (wire.code === 'cancelled') this.#dropJob(id);
      else this.#endJob(id, { kind: 'failed', error: wire });
      await this.#refresh();
    }
  }

  #addJob(row: JobRow): void {
    this.#store.setState(({ jobs, said }) => ({ jobs: [...jobs, row], said: jobNews(undefined, row) ?? said }));
  }

  #endJob(id: string, state: JobState): void {
    this.#changeJob(id, { state });
  }

  #changeJob(id: string, change: Partial<Pick<JobRow, 'progress' | 'state'>>): void {
    this.#store.setState(({ jobs, said }) => {
      let news: string | null = null;
      const changed = jobs.map((row) => {
        if (row.id !== id || row.state.kind !== 'running') return row;
        const next = { ...row, ...change };
        news = jobNews(row, next);
        return next;
      });
      return { jobs: changed, said: news ?? said };
    });
  }

  #dropJob(id: string): void {
    this.#store.setState(({ jobs }) => ({ jobs: jobs.filter((row) => row.id !== id) }));
  }

  /** Does it, reads the lists again, and says how it went. */
  async #say(act: (installer: Installer) => Promise<string | null>): Promise<void> {
    await this.#readInstalled();
    if (!this.#installer) return;
    let notice: ModelsState['notice'];
    try {
      notice = await act(this.#installer);
    } catch (error) {
      notice = toWireError(error).message;
    }
    await this.#refresh();
    this.#store.setState({ notice });
  }
}

const ASKING: InstallProgress = { phase: 'asking', doneBytes: 0, totalBytes: null, bytesPerS: null };

function titleOf({ origin }: InstallRequest): string {
  if (origin.kind === 'published') return officialModelByFile(origin.fileName)?.title ?? origin.fileName;
  const [first] = origin.files;
  return first?.webkitRelativePath?.split('/').at(-2) ?? first?.name ?? 'A model';
}

function sameOrigin({ origin: a }: InstallRequest, { origin: b }: InstallRequest): boolean {
  if (a.kind === 'published') return b.kind === 'published' && a.fileName === b.fileName;
  return b.kind === 'files' && a.files.length === b.files.length && a.files.every((file, at) => file === b.files[at]);
}
