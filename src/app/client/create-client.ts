/**
 * `EngineClient` over a Web Worker. A worker whose device is lost, or that dies, is ended and another one started: models are
 * loaded again, the ring is read on, and watchers get a `gap` for what was missed. Changing a model does the same, because a
 * WebAssembly heap never shrinks.
 */
import type { BackendInfo } from '../../core/engine/engine-session.ts';
import { EarshotError, fromWireError, never } from '../../core/errors.ts';
import type { ModelCard } from '../../core/model/card.ts';
import type { Announcement, FromWorker, GapReason, LaneId, ToWorker, WithoutId } from '../../core/protocol/messages.ts';
import type { RingHandle } from '../../core/ring/ring.ts';
import type { AudioInput } from '../audio/audio-input.ts';
import type { ClientEvent, EngineClient, LoadRequest } from './engine-client.ts';

/** What the client needs of a worker; the tests bring a fake. */
export interface WorkerLike {
  postMessage(message: ToWorker, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  onmessageerror: ((event: MessageEvent) => void) | null;
  terminate(): void;
}

type Request = WithoutId<ToWorker>;

interface Pending {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface LoadedLane {
  readonly request: LoadRequest;
  readonly loaded: { readonly card: ModelCard; readonly backend: BackendInfo };
}

/** Restarts closer together than this count as one trouble; after two on WebGPU the lanes go to WASM. */
const TROUBLE_WINDOW_MS = 60_000;
const MAX_RESTARTS = 3;

export function createEngineClient(): EngineClient {
  return new WorkerClient(
    () =>
      new Worker(new URL('../../worker/tagger.worker.ts', import.meta.url), { type: 'module', name: 'earshot-engine' }),
  );
}

export class WorkerClient implements EngineClient {
  readonly #spawn: () => WorkerLike;
  readonly #listeners = new Set<(event: ClientEvent) => void>();
  readonly #pending = new Map<number, Pending>();
  readonly #lanes = new Map<LaneId, LoadedLane>();
  #worker: WorkerLike | null = null;
  #nextId = 1;
  #input: { readonly input: AudioInput; readonly startS: number } | null = null;
  #watched = { mel: false, audio: false };
  /** The stream's clock at the last frame, for the gap a restart leaves. */
  #heardToS = 0;
  #gap: { readonly fromS: number; readonly reason: GapReason } | null = null;
  #restarts: number[] = [];
  #restarting: Promise<void> | null = null;
  #startingOver = false;
  #disposed = false;

  constructor(spawn: () => WorkerLike) {
    this.#spawn = spawn;
  }

  subscribe(listener: (event: ClientEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async load(request: LoadRequest): Promise<LoadedLane['loaded']> {
    await this.#restarting;
    const replaced = this.#lanes.get(request.lane);
    if (!replaced) return this.#loadHere(request);
    // A lane that changes takes a new worker; the others come along.
    this.#lanes.delete(request.lane);
    const others = [...this.#lanes.values()].map((lane) => lane.request);
    try {
      await this.#startOver([...others, request], 'model-changed');
    } catch (error) {
      // What worked before goes on working.
      await this.#startOver([...others, replaced.request], 'model-changed');
      throw error;
    }
    const lane = this.#lanes.get(request.lane);
    if (!lane) throw new EarshotError('engine-failed', 'The model was not loaded.');
    return lane.loaded;
  }

  async listen(input: AudioInput, startS: number): Promise<void> {
    await this.#restarting;
    this.#input = { input, startS };
    this.#heardToS = startS;
    this.#gap = null;
    await this.#listenHere();
  }

  async unlisten(): Promise<void> {
    this.#input = null;
    await this.#restarting;
    if (this.#worker) await this.#request({ type: 'unlisten' });
  }

  async push(samples: Float32Array<ArrayBuffer>, rateHz: number): Promise<void> {
    await this.#restarting;
    await this.#request({ type: 'push', samples, rateHz }, [samples.buffer]);
  }

  async read(file: File): Promise<void> {
    await this.#restarting;
    await this.#request({ type: 'read', file, name: file.name });
  }

  async cancelRead(): Promise<void> {
    if (this.#worker) await this.#request({ type: 'cancel-read' });
  }

  async record(): Promise<void> {
    await this.#restarting;
    await this.#request({ type: 'record' });
  }

  async endRecord(keep: boolean): Promise<void> {
    await this.#restarting;
    if (this.#worker) await this.#request({ type: 'end-record', keep });
  }

  async finish(): Promise<void> {
    await this.#restarting;
    await this.#request({ type: 'finish' });
  }

  async reset(): Promise<void> {
    await this.#restarting;
    await this.#request({ type: 'reset' });
  }

  async watch(wanted: { readonly mel: boolean; readonly audio: boolean }): Promise<void> {
    this.#watched = { ...wanted };
    await this.#restarting;
    if (this.#worker) await this.#request({ type: 'watch', ...this.#watched });
  }

  async loseDevice(): Promise<void> {
    await this.#request({ type: 'lose-device' });
  }

  async takeHeard(): Promise<void> {
    await this.#request({ type: 'take-heard' });
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    this.#input = null;
    this.#end('The engine was closed.');
    this.#listeners.clear();
  }

  async #loadHere(request: LoadRequest): Promise<LoadedLane['loaded']> {
    const { lane, modelUrl, backend, run } = request;
    let loaded: LoadedLane['loaded'] | null = null;
    const stop = this.subscribe((event) => {
      if (event.type === 'loaded' && event.lane === lane) loaded = { card: event.card, backend: event.backend };
    });
    try {
      const url = new URL(modelUrl.endsWith('/') ? modelUrl : `${modelUrl}/`, document.baseURI).href;
      await this.#request({ type: 'load', lane, modelUrl: url, backend, ...(run && { run }) });
    } finally {
      stop();
    }
    if (!loaded) throw new EarshotError('engine-failed', 'The worker said done without having loaded the model.');
    this.#lanes.set(lane, { request, loaded });
    return loaded;
  }

  async #listenHere(): Promise<void> {
    if (!this.#input) return;
    const { input, startS } = this.#input;
    const source = input.openHandle();
    await this.#request({ type: 'listen', source, startS }, portsOf(source));
  }

  #request(request: Request, transfer: Transferable[] = []): Promise<void> {
    if (this.#disposed) return Promise.reject(new EarshotError('disposed', 'The engine was closed.'));
    const id = this.#nextId++;
    const worker = this.#worker ?? this.#start();
    return new Promise<void>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      worker.postMessage({ ...request, id } as ToWorker, transfer);
    });
  }

  #start(): WorkerLike {
    const worker = this.#spawn();
    this.#worker = worker;
    worker.onmessage = ({ data }) => {
      if (worker === this.#worker) this.#receive(data);
    };
    worker.onerror = (event) => {
      if (worker === this.#worker) this.#trouble(event.message || 'The engine could not start.');
    };
    worker.onmessageerror = () => {
      if (worker === this.#worker) this.#trouble('A message from the engine could not be read.');
    };
    if (this.#watched.mel || this.#watched.audio)
      void this.#request({ type: 'watch', ...this.#watched }).catch(() => undefined);
    return worker;
  }

  /** Ends the worker; whoever waits for it is told. */
  #end(why: string): void {
    const worker = this.#worker;
    this.#worker = null;
    if (worker) {
      worker.onmessage = worker.onerror = worker.onmessageerror = null;
      worker.terminate();
    }
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of waiting) reject(new EarshotError('engine-failed', why));
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case 'done':
        this.#pending.get(message.id)?.resolve();
        this.#pending.delete(message.id);
        return;
      case 'failed':
        this.#pending.get(message.id)?.reject(fromWireError(message.error));
        this.#pending.delete(message.id);
        return;
      case 'lost':
        this.#tell(message);
        this.#trouble(message.error.message);
        return;
      case 'tags':
        if (this.#gap) {
          const { fromS, reason } = this.#gap;
          this.#gap = null;
          const endS = Math.max(fromS, message.frame.startS);
          this.#tell({ type: 'gap', lane: null, startS: fromS, endS, reason });
        }
        this.#heardToS = Math.max(this.#heardToS, message.frame.endS);
        this.#tell(message);
        return;
      case 'loading':
      case 'loaded':
      case 'mel':
      case 'gap':
      case 'level':
      case 'health':
      case 'heard':
      case 'file':
      case 'progress':
      case 'recorded':
      case 'self-checked':
        this.#tell(message);
        return;
      default:
        never(message);
    }
  }

  #tell(event: ClientEvent | Announcement): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** A worker that died by itself. Restarts it, a few times; WebGPU lanes go to WASM when it keeps happening. */
  #trouble(reason: string): void {
    if (this.#disposed) return;
    if (this.#startingOver) {
      // Whoever is starting over finds its request rejected and decides.
      this.#end(reason);
      return;
    }
    const nothingRuns = this.#lanes.size === 0;
    const requests = [...this.#lanes.values()].map(({ request, loaded }) => ({ request, kind: loaded.backend.kind }));
    const now = performance.now();
    this.#restarts = [...this.#restarts.filter((at) => now - at < TROUBLE_WINDOW_MS), now];
    if (nothingRuns || this.#restarts.length > MAX_RESTARTS) {
      this.#lanes.clear();
      this.#end(reason);
      this.#tell({ type: 'broken', message: reason });
      return;
    }
    this.#tell({ type: 'restarting', reason });
    const giveUpGpu = this.#restarts.length >= 2;
    const wanted = requests.map(({ request, kind }) =>
      giveUpGpu && kind === 'webgpu' ? { ...request, backend: 'wasm' as const } : request,
    );
    this.#restarting = this.#startOver(wanted)
      .catch(async (error: unknown) => {
        // No fresh device to be had: WASM always works.
        if (wanted.some(({ backend }) => backend !== 'wasm')) {
          await this.#startOver(wanted.map((request) => ({ ...request, backend: 'wasm' as const })));
          return;
        }
        throw error;
      })
      .catch((error: unknown) => {
        this.#lanes.clear();
        this.#end(reason);
        this.#tell({ type: 'broken', message: error instanceof Error ? error.message : String(error) });
      })
      .finally(() => {
        this.#restarting = null;
      });
  }

  /** A fresh worker with these lanes, listening on. */
  async #startOver(requests: readonly LoadRequest[], reason: GapReason = 'engine-restarted'): Promise<void> {
    this.#end('The engine was restarted.');
    this.#lanes.clear();
    if (this.#input) this.#gap ??= { fromS: this.#heardToS, reason };
    this.#startingOver = true;
    try {
      for (const request of requests) await this.#loadHere(request);
      await this.#listenHere();
    } finally {
      this.#startingOver = false;
    }
  }
}

const portsOf = (handle: RingHandle): Transferable[] =>
  handle.kind === 'port' && handle.port instanceof MessagePort ? [handle.port] : [];
