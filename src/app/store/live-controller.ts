/**
 * What the buttons do: opens and closes sound and engine, one thing at a time, and tells the store. Everything it touches is
 * passed in, so that it runs under test with fakes. Main thread; whoever makes it disposes it.
 */
import { toWireError } from '../../core/errors.ts';
import type { BackendChoice } from '../../core/protocol/messages.ts';
import type { AudioInput, InputEnd } from '../audio/audio-input.ts';
import type { EngineClient } from '../client/engine-client.ts';
import { type ModelEntry, parseSamples, type SampleEntry } from './catalog.ts';
import { LIVE_LANE, type LiveStore, type SourceInfo } from './live-store.ts';
import { takeOfSession } from './live-take.ts';
import type { ThemeChoice } from './settings.ts';
import type { Take, TakeId } from './take.ts';

export interface MicrophoneChoice {
  readonly deviceId: string;
  readonly label: string;
}

/** The world, as far as the live view needs it. */
export interface LivePorts {
  createClient(): EngineClient;
  openMicrophone(options: { readonly deviceId?: string; readonly signal?: AbortSignal }): Promise<AudioInput>;
  openSample(options: { readonly url: string; readonly audible: boolean }): Promise<AudioInput>;
  listMicrophones(): Promise<readonly MicrophoneChoice[]>;
  watchMicrophones(listener: () => void): () => void;
  /** JSON beside the page, or null where there is none. */
  fetchJson(path: string): Promise<unknown>;
  /** Absolute address of a path beside the page. */
  resolveUrl(path: string): string;
  /** performance.now(). */
  nowMs(): number;
  /** Hours and minutes, for the name of a session. */
  timeOfDay(): string;
  /** The model to listen with: the one asked for, or the one that stands in for it. Rejects with `model-not-found` where there is none. */
  modelFor(modelId: string | null): Promise<ModelEntry>;
  /** A person chose a model: what the address asked for no longer counts. */
  onModelChosen?(): void;
  /** Takes a session that was stopped among the takes; absent where there are none. */
  keep?(take: Take): TakeId;
}

export type Source = { readonly kind: 'microphone' } | { readonly kind: 'sample'; readonly sample: SampleEntry };

/** A sample's last chunk is still on its way when its sound ends. */
const TAIL_MS = 1200;

export class LiveController {
  readonly #store: LiveStore;
  readonly #ports: LivePorts;
  #client: EngineClient | null = null;
  #unsubscribe: (() => void) | null = null;
  #input: AudioInput | null = null;
  #stopInputWatch: (() => void) | null = null;
  #stopDeviceWatch: (() => void) | null = null;
  /** What is being loaded now; asked for again, it is the same load. */
  #loading: { readonly modelId: string; readonly backend: BackendChoice; readonly done: Promise<void> } | null = null;
  #loaded: { readonly modelId: string; readonly backend: BackendChoice } | null = null;
  /** Each start and stop is a new turn; work of an older turn undoes itself. */
  #turn = 0;
  #abort: AbortController | null = null;
  #source: Source = { kind: 'microphone' };
  #beganAt = '';

  constructor(store: LiveStore, ports: LivePorts) {
    this.#store = store;
    this.#ports = ports;
  }

  /** Reads the list of sample sounds beside the page. A missing list is an empty one. */
  async open(): Promise<void> {
    this.#store.setState({ samples: await this.#ports.fetchJson('samples/index.json').then(parseSamples, () => []) });
    this.#stopDeviceWatch = this.#ports.watchMicrophones(() => void this.#refreshMicrophones());
  }

  get source(): Source {
    return this.#source;
  }

  /** Opens the sound and the engine together; resolves when listening began, failed or was stopped. Never rejects. */
  async start(source: Source): Promise<void> {
    const stopping = this.stop();
    const turn = ++this.#turn;
    await stopping;
    if (turn !== this.#turn) return;
    const abort = new AbortController();
    this.#abort = abort;
    this.#source = source;
    const store = this.#store;
    store.setPhase({ kind: 'asking' });
    let input: AudioInput | null = null;
    try {
      const opening = this.#open(source, abort.signal);
      // The model loads while the person reads the browser's question; a refusal must not leave this promise unheard.
      const loading = this.#load();
      loading.catch(() => {});
      input = await opening;
      if (turn !== this.#turn) return void (await input.dispose());
      if (source.kind === 'microphone') void this.#refreshMicrophones();
      if (this.#loading) store.showLoading();
      await loading;
      const client = this.#needClient();
      if (turn === this.#turn) await client.reset();
      if (turn !== this.#turn) return void (await input.dispose());
      store.startFresh();
      this.#take(input);
      this.#beganAt = this.#ports.timeOfDay();
      await client.watch({ mel: true, audio: false });
      if (store.getState().settings.record) await this.record();
      await client.listen(input, 0);
      if (turn !== this.#turn) return;
      store.setPhase({ kind: 'listening', source: describe(input) });
    } catch (error) {
      if (turn !== this.#turn) {
        await input?.dispose();
        return;
      }
      await this.#close();
      if (input && input !== this.#input) await input.dispose();
      store.setPhase({ kind: 'failed', error: toWireError(error) });
    }
  }

  /** Ends what is under way; what was heard stays to be looked at. */
  async stop(note: string | null = null): Promise<void> {
    const { kind } = this.#store.getState().phase;
    const turn = ++this.#turn;
    this.#abort?.abort();
    this.#abort = null;
    await this.#close();
    // Someone pressed Listen meanwhile: the page is theirs.
    if (turn !== this.#turn) return;
    if (kind === 'listening') this.#store.setPhase({ kind: 'stopped', note });
    else if (kind === 'asking' || kind === 'loading') this.#store.setPhase({ kind: 'idle' });
  }

  /** Takes another model, from now on; listening goes on with it. Null: the first one beside the page. */
  async changeModel(modelId: string | null): Promise<void> {
    this.#ports.onModelChosen?.();
    this.#store.changeSettings({ modelId });
    await this.#reload();
  }

  async changeBackend(backend: BackendChoice): Promise<void> {
    this.#store.changeSettings({ backend });
    await this.#reload();
  }

  /** Another microphone; when one is open, the stream goes on with the new one. */
  async changeMicrophone(deviceId: string | null): Promise<void> {
    this.#store.changeSettings({ deviceId });
    const { phase } = this.#store.getState();
    if (phase.kind !== 'listening' || phase.source.kind !== 'microphone') return;
    const turn = this.#turn;
    try {
      const input = await this.#open({ kind: 'microphone' });
      if (turn !== this.#turn) return void (await input.dispose());
      const client = this.#needClient();
      const atS = this.#store.history.clock.nowS(this.#ports.nowMs());
      await client.unlisten();
      const before = this.#input;
      this.#take(input);
      await before?.dispose();
      await client.listen(input, atS);
      this.#store.addMark('input', `Microphone: ${input.label}`);
      this.#store.setPhase({ kind: 'listening', source: describe(input) });
    } catch (error) {
      this.#store.setState({ notice: `The microphone was not changed. ${toWireError(error).message}` });
    }
  }

  /** Keeps the sound from now on, until listening stops. */
  async record(): Promise<void> {
    if (this.#store.getState().recording) return;
    await this.#needClient().record();
    this.#store.setState({ recording: true, notice: null });
  }

  changeTheme(theme: ThemeChoice): void {
    this.#store.changeSettings({ theme });
  }

  async dispose(): Promise<void> {
    await this.stop();
    this.#stopDeviceWatch?.();
    await this.#dropClient();
  }

  async #open(source: Source, signal?: AbortSignal): Promise<AudioInput> {
    if (source.kind === 'sample') {
      return this.#ports.openSample({ url: this.#ports.resolveUrl(`samples/${source.sample.url}`), audible: true });
    }
    const { deviceId } = this.#store.getState().settings;
    return this.#ports.openMicrophone({ ...(deviceId === null ? {} : { deviceId }), ...(signal ? { signal } : {}) });
  }

  #take(input: AudioInput): void {
    this.#stopInputWatch?.();
    this.#input = input;
    const stopEnded = input.onEnded((reason) => void this.#ended(input, reason));
    // Muted by a switch, held back by the browser: such things come and go while it listens.
    const stopWarnings = input.onWarnings?.(() => {
      const { phase } = this.#store.getState();
      if (phase.kind === 'listening' && input === this.#input) {
        this.#store.setPhase({ kind: 'listening', source: describe(input) });
      }
    });
    this.#stopInputWatch = () => {
      stopEnded();
      stopWarnings?.();
    };
  }

  async #ended(input: AudioInput, reason: InputEnd): Promise<void> {
    if (input !== this.#input) return;
    const turn = this.#turn;
    if (reason === 'finished') {
      await new Promise((resolve) => setTimeout(resolve, TAIL_MS));
      if (turn === this.#turn) await this.stop('The sample is over.');
      return;
    }
    const wasListening = this.#store.getState().phase.kind === 'listening';
    await this.stop();
    if (wasListening) {
      const message =
        reason === 'unplugged'
          ? 'The microphone was unplugged, or its permission was withdrawn.'
          : 'The sound stopped coming in.';
      this.#store.setPhase({ kind: 'failed', error: { code: 'mic-ended', message } });
    }
  }

  #needClient(): EngineClient {
    if (this.#client) return this.#client;
    const client = this.#ports.createClient();
    this.#client = client;
    this.#unsubscribe = client.subscribe((event) => {
      if (client !== this.#client) return;
      this.#store.applyEvent(event, this.#ports.nowMs());
      if (event.type === 'broken') {
        this.#turn += 1;
        void this.#close().then(() => this.#dropClient());
      }
    });
    return client;
  }

  async #dropClient(): Promise<void> {
    const client = this.#client;
    this.#unsubscribe?.();
    this.#unsubscribe = null;
    this.#client = null;
    this.#loaded = null;
    this.#loading = null;
    await client?.dispose();
  }

  /** Loads what the settings ask for, unless it is there already. */
  async #load(): Promise<void> {
    const { settings } = this.#store.getState();
    const { id: modelId, url: modelUrl } = await this.#ports.modelFor(settings.modelId);
    const wanted = { modelId, backend: settings.backend };
    if (this.#loaded?.modelId === wanted.modelId && this.#loaded.backend === wanted.backend) return;
    if (this.#loading?.modelId === wanted.modelId && this.#loading.backend === wanted.backend)
      return this.#loading.done;
    const client = this.#needClient();
    this.#loaded = null;
    const done = client.load({ lane: LIVE_LANE, modelUrl, backend: wanted.backend }).then(
      () => {
        if (this.#loading !== loading) return;
        this.#loaded = wanted;
        this.#loading = null;
      },
      (error: unknown) => {
        if (this.#loading === loading) this.#loading = null;
        throw error;
      },
    );
    const loading = { ...wanted, done };
    this.#loading = loading;
    await done;
  }

  /** After a change of model or engine: at once while listening, at the next start otherwise. A refused change is taken back. */
  async #reload(): Promise<void> {
    const store = this.#store;
    if (store.getState().phase.kind !== 'listening') return;
    const before = this.#loaded;
    const turn = this.#turn;
    store.setState({ changing: 'Changing…', notice: null });
    try {
      await this.#load();
      store.setState({ changing: null });
    } catch (error) {
      if (turn !== this.#turn) return;
      store.setState({ changing: null, notice: `The change was not made. ${toWireError(error).message}` });
      if (!before) return;
      store.changeSettings(before);
      try {
        await this.#load();
      } catch (second) {
        await this.stop();
        store.setPhase({ kind: 'failed', error: toWireError(second) });
      }
    }
  }

  async #close(): Promise<void> {
    const input = this.#input;
    this.#input = null;
    this.#stopInputWatch?.();
    this.#stopInputWatch = null;
    this.#store.history.clock.stop();
    this.#store.setState({ changing: null });
    if (!input) return;
    try {
      await this.#client?.unlisten();
      if (this.#store.getState().recording) await this.#client?.endRecord(true);
    } catch (error) {
      // A worker that is gone listens to nothing; a recorder may also fail by itself, which is worth a word.
      if (this.#store.getState().recording) {
        this.#store.setState({ notice: `The recording could not be kept. ${toWireError(error).message}` });
      }
    }
    this.#store.setState({ recording: false });
    await input.dispose();
    const take = takeOfSession(this.#store, `Live, ${this.#beganAt}`);
    if (take && this.#ports.keep) this.#store.setState({ takeId: this.#ports.keep(take) });
  }

  async #refreshMicrophones(): Promise<void> {
    try {
      this.#store.setState({ microphones: await this.#ports.listMicrophones() });
    } catch {
      // Names come only with permission; the browser's default microphone is there without them.
    }
  }
}

const describe = (input: AudioInput): SourceInfo => ({
  kind: input.kind,
  label: input.label,
  deviceId: input.deviceId,
  warnings: input.warnings,
});
