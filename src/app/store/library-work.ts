/**
 * The library's hands: takes dropped files through the engine one after the other, listens with several lanes at once, and keeps
 * the rows told. The world is passed in. Main thread; whoever makes it disposes it.
 */

import { EarshotError, toWireError, type WireError } from '../../core/errors.ts';
import type { EventRules } from '../../core/events/event-types.ts';
import type { BackendChoice } from '../../core/protocol/messages.ts';
import type { Milliseconds } from '../../core/units.ts';
import type { AudioInput } from '../audio/audio-input.ts';
import type { ClientEvent, EngineClient } from '../client/engine-client.ts';
import type { ModelEntry, SampleEntry } from './catalog.ts';
import type { LibraryStore } from './library.ts';
import type { CompareSource, DroppedFile, LibraryController } from './library-controller.ts';
import { fitModels } from './library-settings.ts';
import type { LivePorts } from './live-controller.ts';
import { looksLikeMedia } from './media-names.ts';
import type { ViewId } from './navigation.ts';
import type { SessionShelf } from './session-shelf.ts';
import type { LaneSetup, Take, TakeId, TakeLane, TakeRow, TakeState } from './take.ts';
import { createTake, emptyTake, foldIntoTake, hasScores, laneIdOf, openLane } from './take-fold.ts';

export interface LibraryPorts
  extends Pick<LivePorts, 'createClient' | 'openMicrophone' | 'openSample' | 'resolveUrl' | 'nowMs' | 'timeOfDay'> {
  goTo(view: ViewId): void;
  /** Where the engine loads a model from. Rejects with `model-not-found`. */
  modelUrl(modelId: string): Promise<string>;
  /** Which engine the person asked for, and which microphone: settings of the live view hold here too. */
  settings(): { readonly backend: BackendChoice; readonly deviceId: string | null };
  samples(): readonly SampleEntry[];
  /** Where recorded sessions are kept; null where the browser refuses storage. */
  readonly shelf: SessionShelf | null;
  /** Milliseconds since the epoch. */
  todayMs(): number;
}

/** Rows are told at most this often while numbers come in. */
const TELL_EVERY_MS = 250;
/** A sample's last chunk is still on its way when its sound ends. */
const TAIL_MS = 1200;
/** Spectrograms kept over all takes; beyond this the oldest ones not being looked at go, scores stay. */
const MEL_BUDGET_BYTES = 160e6;

type Loaded = Pick<TakeLane, 'card' | 'backend'>;

/** An engine with lanes loaded for one list of set-ups. */
interface Bench {
  readonly client: EngineClient;
  readonly key: string;
  readonly loaded: Loaded[];
}

interface Running {
  readonly take: Take;
  readonly beganMs: Milliseconds;
  cancelled: boolean;
  firstMs: Milliseconds | null;
}

export class LibraryWork implements LibraryController {
  readonly #store: LibraryStore;
  readonly #ports: LibraryPorts;
  #fileBench: Bench | null = null;
  #liveBench: Bench | null = null;
  #running: Running | null = null;
  #pumping = false;
  #live: { readonly take: Take; readonly input: AudioInput; readonly stopWatch: () => void } | null = null;
  /** Each start and stop of listening is a new turn; work of an older one undoes itself. */
  #turn = 0;
  readonly #untold = new Set<TakeId>();
  /** Stored sessions that are takes of this visit, too. */
  readonly #stored = new Map<string, TakeId>();
  #tellTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(store: LibraryStore, ports: LibraryPorts) {
    this.#store = store;
    this.#ports = ports;
  }

  /** The list of models is known: set-ups that name absent ones are replaced. */
  acceptModels(models: readonly Pick<ModelEntry, 'id'>[]): void {
    this.#store.setState((state) => {
      const names = (list: readonly LaneSetup[]): string => list.map(({ modelId }) => modelId).join();
      const fit = fitModels(state, models);
      const isSame = fit.fileSetup === state.fileSetup && names(fit.compareSetups) === names(state.compareSetups);
      return isSame ? state : fit;
    });
  }

  addFiles(files: readonly DroppedFile[], setups?: readonly LaneSetup[]): readonly TakeId[] {
    const { fileSetup } = this.#store.getState();
    const good = files.filter(({ file }) => looksLikeMedia(file));
    const left = files.filter(({ file }) => !looksLikeMedia(file) && !file.name.startsWith('.'));
    const takes = good.map(({ file, folder }) =>
      createTake({ name: file.name, folder, kind: 'file', media: file, setups: setups ?? [fileSetup] }),
    );
    this.#store.setState(({ rows }) => ({
      rows: [...rows, ...takes.map(freshRow)],
      notice: left.length === 0 ? null : leftOut(left, good.length),
    }));
    void this.#pump();
    return takes.map(({ id }) => id);
  }

  /** A finished live session of the live view, to be reviewed like any other take. */
  adopt(take: Take): TakeId {
    this.#store.setState(({ rows }) => ({ rows: [...rows, { ...freshRow(take), state: { kind: 'done' } }] }));
    this.#keepMelBudget();
    if (take.media) void this.#shelve(take);
    return take.id;
  }

  /** Reads the list of stored sessions. A browser without storage has none. */
  async openShelf(): Promise<void> {
    const shelf = await this.#ports.shelf?.list().catch(() => []);
    if (shelf) this.#store.setState({ shelf });
  }

  async openStored(key: string): Promise<void> {
    const open = this.#stored.get(key);
    if (open !== undefined && this.#row(open)) return this.open(open);
    try {
      const take = await this.#ports.shelf?.read(key);
      if (!take) return;
      this.#stored.set(key, take.id);
      this.#store.setState(({ rows }) => ({
        rows: [...rows, { ...freshRow(take), state: { kind: 'done' } }],
        notice: null,
      }));
      this.open(take.id);
    } catch (error) {
      this.#store.setState({ notice: toWireError(error).message });
    }
  }

  async removeStored(key: string): Promise<void> {
    try {
      await this.#ports.shelf?.remove(key);
    } catch (error) {
      this.#store.setState({ notice: toWireError(error).message });
    }
    await this.openShelf();
  }

  async #shelve(take: Take): Promise<void> {
    try {
      const entry = await this.#ports.shelf?.keep(take, this.#ports.todayMs());
      if (entry) this.#stored.set(entry.key, take.id);
    } catch (error) {
      this.#store.setState({ notice: toWireError(error).message });
    }
    await this.openShelf();
  }

  /** The take's numbers changed from outside, e.g. its recording arrived. */
  touch(id: TakeId): void {
    this.#tellSoon(id);
  }

  cancel(id: TakeId): void {
    const row = this.#row(id);
    if (row?.state.kind === 'waiting') {
      this.#setState(id, { kind: 'stopped', atS: 0, error: null });
    } else if (this.#running?.take.id === id) {
      this.#running.cancelled = true;
      this.#fileBench?.client.cancelRead().catch(() => undefined);
    } else if (this.#live?.take.id === id) {
      void this.stopLive();
    }
  }

  cancelAll(): void {
    for (const { id, state } of this.#store.getState().rows) if (state.kind === 'waiting') this.cancel(id);
    if (this.#running) this.cancel(this.#running.take.id);
  }

  retry(id: TakeId): void {
    const row = this.#row(id);
    if (!row?.take.media || row.take.kind !== 'file') return;
    if (row.state.kind !== 'stopped' && row.state.kind !== 'failed') return;
    emptyTake(row.take);
    this.#setState(id, { kind: 'waiting' });
    void this.#pump();
  }

  remove(id: TakeId): void {
    this.cancel(id);
    this.#store.setState(({ rows, openId, compareId }) => ({
      rows: rows.filter((row) => row.id !== id),
      openId: openId === id ? null : openId,
      compareId: compareId === id ? null : compareId,
    }));
  }

  clear(): void {
    this.cancelAll();
    for (const { id } of this.#store.getState().rows) if (this.#live?.take.id !== id) this.remove(id);
  }

  open(id: TakeId | null): void {
    this.#store.setState({ openId: id });
    if (id !== null) this.#ports.goTo('review');
  }

  changeRules(change: Partial<EventRules>): void {
    this.#store.setState(({ rules }) => ({ rules: { ...rules, ...change } }));
  }

  changeFileSetup(fileSetup: LaneSetup): void {
    this.#store.setState({ fileSetup });
  }

  changeCompareSetups(compareSetups: readonly LaneSetup[]): void {
    if (compareSetups.length < 1 || compareSetups.length > 3) {
      throw new RangeError(`a comparison has 1 to 3 lanes, got ${compareSetups.length}`);
    }
    this.#store.setState({ compareSetups });
  }

  compareFile(file: DroppedFile): TakeId | null {
    const [id] = this.addFiles([file], this.#store.getState().compareSetups);
    if (id === undefined) return null;
    this.showCompare(id);
    return id;
  }

  showCompare(id: TakeId | null): void {
    this.#store.setState({ compareId: id });
    if (id !== null) this.#ports.goTo('compare');
  }

  async compareLive(source: CompareSource): Promise<TakeId> {
    await this.stopLive();
    const turn = ++this.#turn;
    const { compareSetups: setups } = this.#store.getState();
    const input = await this.#openInput(source);
    const take = createTake({ name: `Live, ${this.#ports.timeOfDay()}`, kind: 'live', media: null, setups });
    if (turn !== this.#turn) {
      await input.dispose();
      throw new EarshotError('cancelled', 'Listening was stopped before it began.');
    }
    this.#store.setState(({ rows }) => ({ rows: [...rows, freshRow(take)], compareId: take.id }));
    const stopEnded = input.onEnded((reason) => {
      setTimeout(() => void (this.#live?.input === input && this.stopLive()), reason === 'finished' ? TAIL_MS : 0);
    });
    this.#live = { take, input, stopWatch: stopEnded };
    try {
      const bench = await this.#prepare(this.#liveBench, setups, take, (made) => {
        this.#liveBench = made;
      });
      if (turn !== this.#turn) return take.id;
      const stopEvents = bench.client.subscribe((event) => {
        if (foldIntoTake(take, event)) this.#tellSoon(take.id);
        else if (event.type === 'broken') void this.#endLive({ code: 'engine-failed', message: event.message });
      });
      this.#live = {
        take,
        input,
        stopWatch: () => {
          stopEnded();
          stopEvents();
        },
      };
      await bench.client.reset();
      await bench.client.watch({ mel: true, audio: false });
      await bench.client.listen(input, 0);
      if (turn === this.#turn) this.#setState(take.id, { kind: 'running' });
    } catch (error) {
      if (turn === this.#turn) await this.#endLive(toWireError(error));
      throw error;
    }
    return take.id;
  }

  stopLive(): Promise<void> {
    return this.#endLive(null);
  }

  async dispose(): Promise<void> {
    this.cancelAll();
    await this.stopLive();
    await this.#drop(this.#fileBench);
    await this.#drop(this.#liveBench);
    if (this.#tellTimer) clearTimeout(this.#tellTimer);
  }

  async #endLive(error: WireError | null): Promise<void> {
    this.#turn++;
    const live = this.#live;
    this.#live = null;
    if (!live) return;
    try {
      await this.#liveBench?.client.unlisten();
    } catch {
      // A worker that is gone listens to nothing.
    }
    live.stopWatch();
    await live.input.dispose();
    const { take } = live;
    if (error) {
      await this.#drop(this.#liveBench);
      this.#liveBench = null;
    }
    if (hasScores(take))
      this.#setState(take.id, error ? { kind: 'stopped', atS: take.readS, error } : { kind: 'done' });
    else if (error) this.#setState(take.id, { kind: 'failed', error });
    else this.remove(take.id);
  }

  #openInput(source: CompareSource): Promise<AudioInput> {
    if (source.kind === 'microphone') {
      const { deviceId } = this.#ports.settings();
      return this.#ports.openMicrophone(deviceId === null ? {} : { deviceId });
    }
    const sample = this.#ports.samples().find(({ id }) => id === source.sampleId);
    if (!sample) return Promise.reject(new EarshotError('not-found', `There is no sample "${source.sampleId}".`));
    return this.#ports.openSample({ url: this.#ports.resolveUrl(`samples/${sample.url}`), audible: true });
  }

  /** One file after the other; what the person looks at comes first. */
  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      for (let next = this.#nextWaiting(); next; next = this.#nextWaiting()) await this.#score(next.take);
    } finally {
      this.#pumping = false;
    }
  }

  #nextWaiting(): TakeRow | undefined {
    const { rows, compareId, openId } = this.#store.getState();
    const waiting = rows.filter(({ state, take }) => state.kind === 'waiting' && take.kind === 'file');
    return waiting.find(({ id }) => id === compareId || id === openId) ?? waiting[0];
  }

  /** Never rejects: how it ended is the row's state. */
  async #score(take: Take, again = false): Promise<void> {
    const running: Running = { take, beganMs: this.#ports.nowMs(), cancelled: false, firstMs: null };
    this.#running = running;
    let restarted = false;
    let stopEvents = (): void => {};
    try {
      const setups = take.lanes.map(({ setup }) => setup);
      const bench = await this.#prepare(this.#fileBench, setups, take, (made) => {
        this.#fileBench = made;
      });
      if (running.cancelled) throw new EarshotError('cancelled', 'Stopped before it began.');
      stopEvents = bench.client.subscribe((event) => {
        if (event.type === 'restarting') restarted = true;
        if (!foldIntoTake(take, event)) return;
        running.firstMs ??= this.#ports.nowMs();
        this.#tellSoon(take.id);
      });
      await bench.client.watch({ mel: true, audio: false });
      if (!take.media) throw new EarshotError('not-found', `The file of ${take.name} is not here any more.`);
      this.#setState(take.id, { kind: 'running' });
      await bench.client.read(take.media);
      this.#setState(take.id, { kind: 'done' });
    } catch (error) {
      const wire = toWireError(error);
      if (restarted && !again && !running.cancelled) {
        // The engine died under the file and another one runs: once more from the start.
        stopEvents();
        emptyTake(take);
        this.#running = null;
        return this.#score(take, true);
      }
      if (wire.code === 'engine-failed' || wire.code === 'device-lost') await this.#dropFileBench();
      const byHand = running.cancelled || wire.code === 'cancelled';
      if (byHand || hasScores(take)) {
        this.#setState(take.id, { kind: 'stopped', atS: take.readS, error: byHand ? null : wire });
      } else {
        this.#setState(take.id, { kind: 'failed', error: wire });
      }
    } finally {
      stopEvents();
      if (this.#running === running) this.#running = null;
      this.#keepMelBudget();
    }
  }

  /** A client with these lanes loaded: the one at hand when it has them. */
  async #prepare(
    at: Bench | null,
    setups: readonly LaneSetup[],
    take: Take,
    keep: (bench: Bench | null) => void,
  ): Promise<Bench> {
    const { backend } = this.#ports.settings();
    const key = JSON.stringify([backend, setups]);
    let bench = at;
    if (bench?.key !== key) {
      await this.#drop(bench);
      keep(null);
      const client = this.#ports.createClient();
      bench = { client, key, loaded: [] };
      let said: string | null = null;
      const stop = client.subscribe((event) => {
        const text = loadingText(event, setups);
        if (text === null || text === said) return;
        said = text;
        this.#setState(take.id, { kind: 'loading', text });
      });
      this.#setState(take.id, { kind: 'loading', text: 'Loading the model…' });
      try {
        for (const [index, { modelId, run }] of setups.entries()) {
          const modelUrl = await this.#ports.modelUrl(modelId);
          bench.loaded.push(await client.load({ lane: laneIdOf(index), modelUrl, backend, run }));
        }
      } catch (error) {
        await client.dispose();
        throw error;
      } finally {
        stop();
      }
      keep(bench);
    }
    for (const [index, loaded] of bench.loaded.entries()) openLane(take, index, loaded);
    return bench;
  }

  async #dropFileBench(): Promise<void> {
    const bench = this.#fileBench;
    this.#fileBench = null;
    await this.#drop(bench);
  }

  async #drop(bench: Bench | null): Promise<void> {
    await bench?.client.dispose().catch(() => undefined);
  }

  #row(id: TakeId): TakeRow | undefined {
    return this.#store.getState().rows.find((row) => row.id === id);
  }

  #setState(id: TakeId, state: TakeState): void {
    this.#untold.delete(id);
    this.#store.setState(({ rows }) => ({ rows: rows.map((row) => (row.id === id ? this.#told(row, state) : row)) }));
  }

  /** Numbers come hundreds of times a second; rows are told a few times. */
  #tellSoon(id: TakeId): void {
    this.#untold.add(id);
    this.#tellTimer ??= setTimeout(() => {
      this.#tellTimer = null;
      const ids = new Set(this.#untold);
      this.#untold.clear();
      this.#store.setState(({ rows }) => ({
        rows: rows.map((row) => (ids.has(row.id) ? this.#told(row, row.state) : row)),
      }));
    }, TELL_EVERY_MS);
  }

  #told(row: TakeRow, state: TakeState): TakeRow {
    const { take } = row;
    const running = state.kind === 'running' && this.#running?.take === take ? this.#running : null;
    const elapsedS = running?.firstMs == null ? 0 : (this.#ports.nowMs() - running.firstMs) / 1000;
    // The first moments say nothing yet.
    const speed = elapsedS > 0.5 && take.readS > 0 ? take.readS / elapsedS : null;
    const known = take.info?.durationS ?? null;
    const remainingS = speed && known !== null ? Math.max(0, (known - take.readS) / speed) : null;
    return { ...row, state, revision: row.revision + 1, speed, remainingS };
  }

  #keepMelBudget(): void {
    const { rows, openId, compareId } = this.#store.getState();
    let bytes = rows.reduce((sum, { take }) => sum + (take.mel?.bytes ?? 0), 0);
    for (const { id, take, state } of rows) {
      if (bytes <= MEL_BUDGET_BYTES) return;
      if (!take.mel || id === openId || id === compareId || state.kind === 'running') continue;
      bytes -= take.mel.bytes;
      take.mel = null;
      this.#tellSoon(id);
    }
  }
}

const freshRow = (take: Take): TakeRow => ({
  id: take.id,
  take,
  state: { kind: 'waiting' },
  revision: 0,
  remainingS: null,
  speed: null,
});

function leftOut(left: readonly DroppedFile[], kept: number): string {
  const names = left.slice(0, 3).map(({ file }) => file.name);
  const more = left.length > 3 ? ` and ${left.length - 3} more` : '';
  const which = `${names.join(', ')}${more}`;
  return kept === 0
    ? `Nothing was added: ${which} ${left.length === 1 ? 'is' : 'are'} neither audio nor video.`
    : `Left out, neither audio nor video: ${which}.`;
}

function loadingText(event: ClientEvent, setups: readonly LaneSetup[]): string | null {
  if (event.type !== 'loading') return null;
  const index = setups.findIndex((_, place) => laneIdOf(place) === event.lane);
  const which = setups.length > 1 ? ` ${index + 1} of ${setups.length}` : '';
  if (event.phase === 'weights' && event.totalBytes) {
    return `Loading model${which}: ${Math.round((100 * event.loadedBytes) / event.totalBytes)} %`;
  }
  return event.phase === 'checking' || event.phase === 'racing'
    ? `Checking the engine for model${which}…`
    : `Loading model${which}…`;
}
