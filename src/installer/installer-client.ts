/**
 * The page's end of the installer: asks its worker, runs the measuring (the page has the engine), passes on what changed. Makes its
 * worker when it is first asked for something. The world is passed in; `create-installer.ts` has the browser's.
 */
import { EarshotError, fromWireError, never, toWireError } from '../core/errors.ts';
import type { WithoutId } from '../core/protocol/messages.ts';
import { type MeasurePorts, measureModel, type WorkerLike } from './engine-run.ts';
import type { FromInstaller, MeasureRequest, ToInstaller } from './install-messages.ts';
import type {
  InstalledModel,
  Installer,
  InstallJob,
  InstallProgress,
  InstallRequest,
  PartialDownload,
  StorageState,
} from './installer.ts';

export type InstallerWorker = WorkerLike<ToInstaller, FromInstaller>;

export interface InstallerPorts extends MeasurePorts {
  readonly spawn: () => InstallerWorker;
  /** Ids of models beside the page: what is installed gets others. */
  readonly takenIds: readonly string[];
  readonly persist: () => Promise<boolean>;
  /** Calls when any tab installed or removed something; returns what ends that. */
  readonly onChange: (listener: () => void) => () => void;
}

type Question = WithoutId<ToInstaller>;
type Answer = Extract<FromInstaller, { readonly id: number }>;

interface Pending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

interface Job {
  readonly resolve: (model: InstalledModel) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: (progress: InstallProgress) => void;
  readonly stopMeasuring: AbortController;
}

export class InstallerClient implements Installer {
  readonly #ports: InstallerPorts;
  readonly #pending = new Map<number, Pending>();
  readonly #jobs = new Map<string, Job>();
  readonly #listeners = new Set<() => void>();
  readonly #stopWatching: () => void;
  #worker: InstallerWorker | null = null;
  #nextId = 1;
  #isDisposed = false;

  constructor(ports: InstallerPorts) {
    this.#ports = ports;
    this.#stopWatching = ports.onChange(() => {
      for (const listener of this.#listeners) listener();
    });
  }

  async list(): Promise<readonly InstalledModel[]> {
    const answer = await this.#ask({ type: 'list' });
    return answer.type === 'models' ? answer.models : [];
  }

  async partials(): Promise<readonly PartialDownload[]> {
    const answer = await this.#ask({ type: 'partials' });
    return answer.type === 'partial-downloads' ? answer.partials : [];
  }

  async storage(): Promise<StorageState> {
    const answer = await this.#ask({ type: 'storage' });
    return answer.type === 'storage-state'
      ? answer.storage
      : { kind: 'none', usedBytes: 0, freeBytes: null, persisted: false };
  }

  persist(): Promise<boolean> {
    return this.#ports.persist();
  }

  install(request: InstallRequest, onProgress: (progress: InstallProgress) => void): InstallJob {
    const id = `job-${this.#nextId++}`;
    const stopMeasuring = new AbortController();
    const done = new Promise<InstalledModel>((resolve, reject) => {
      if (this.#isDisposed) {
        reject(closed());
        return;
      }
      this.#jobs.set(id, { resolve, reject, onProgress, stopMeasuring });
      this.#post({ type: 'install', job: id, request, takenIds: this.#ports.takenIds });
    });
    // Whoever cancels may have stopped looking.
    done.catch(() => undefined);
    const tell = (type: 'pause' | 'resume' | 'cancel'): void => {
      if (this.#jobs.has(id)) this.#post({ type, job: id });
    };
    return {
      id,
      request,
      done,
      pause: () => tell('pause'),
      resume: () => tell('resume'),
      cancel: () => {
        tell('cancel');
        stopMeasuring.abort();
      },
    };
  }

  async remove(modelId: string): Promise<void> {
    await this.#ask({ type: 'remove', modelId });
  }

  async discardPartial(fileName: string): Promise<void> {
    await this.#ask({ type: 'discard', fileName });
  }

  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#stopWatching();
    this.#listeners.clear();
    this.#end(closed());
  }

  #ask(question: Question): Promise<Answer> {
    if (this.#isDisposed) return Promise.reject(closed());
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#post({ ...question, id } as ToInstaller);
    });
  }

  #post(message: ToInstaller): void {
    this.#worker ??= this.#start();
    this.#worker.postMessage(message, []);
  }

  #start(): InstallerWorker {
    const worker = this.#ports.spawn();
    worker.onmessage = ({ data }) => {
      if (worker === this.#worker) this.#receive(data);
    };
    const died = (why: string): void => {
      // The next question starts another.
      if (worker === this.#worker)
        this.#end(new EarshotError('write-failed', `The installer stopped by itself: ${why}`));
    };
    worker.onerror = (event) => died(event.message || 'it could not start.');
    worker.onmessageerror = () => died('a message from it could not be read.');
    return worker;
  }

  /** Nobody waits for a worker that is gone. */
  #end(error: EarshotError): void {
    const worker = this.#worker;
    this.#worker = null;
    if (worker) {
      worker.onmessage = worker.onerror = worker.onmessageerror = null;
      worker.terminate();
    }
    const waiting = [...this.#pending.values(), ...this.#jobs.values()];
    for (const { stopMeasuring } of this.#jobs.values()) stopMeasuring.abort();
    this.#pending.clear();
    this.#jobs.clear();
    for (const { reject } of waiting) reject(error);
  }

  #receive(message: FromInstaller): void {
    switch (message.type) {
      case 'models':
      case 'partial-downloads':
      case 'storage-state':
      case 'done':
        this.#settle(message.id)?.resolve(message);
        return;
      case 'failed':
        this.#settle(message.id)?.reject(fromWireError(message.error));
        return;
      case 'progress':
        this.#jobs.get(message.job)?.onProgress(message.progress);
        return;
      case 'installed':
        this.#endJob(message.job)?.resolve(message.model);
        return;
      case 'install-failed':
        this.#endJob(message.job)?.reject(fromWireError(message.error));
        return;
      case 'measure':
        void this.#measure(message.job, message.wanted);
        return;
      default:
        never(message);
    }
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  #endJob(id: string): Job | undefined {
    const job = this.#jobs.get(id);
    this.#jobs.delete(id);
    return job;
  }

  async #measure(id: string, wanted: MeasureRequest): Promise<void> {
    const job = this.#jobs.get(id);
    if (!job) return;
    const totalBytes = wanted.weightsBytes;
    try {
      const measured = await measureModel(wanted, this.#ports, job.stopMeasuring.signal, (share) => {
        const doneBytes = Math.round(share * totalBytes);
        if (this.#jobs.has(id)) job.onProgress({ phase: 'measuring', doneBytes, totalBytes, bytesPerS: null });
      });
      if (this.#jobs.has(id)) this.#post({ type: 'measured', job: id, measured });
    } catch (error) {
      if (this.#jobs.has(id)) this.#post({ type: 'measure-failed', job: id, error: toWireError(error) });
    }
  }
}

const closed = (): EarshotError => new EarshotError('disposed', 'The installer was closed.');
