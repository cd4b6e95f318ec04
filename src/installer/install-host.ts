/**
 * What the installer's worker does, without being a worker: messages in through `handle`, answers out through `post`. Testable in Node
 * with storage in memory. Jobs work one after the other, over all tabs; one that waits is `asking`.
 */
import { EarshotError, fromWireError, never, toWireError } from '../core/errors.ts';
import type { DownloadPorts } from './download.ts';
import type { FileStore } from './file-store.ts';
import { InstallRun } from './install-job.ts';
import type { FromInstaller, Measured, MeasureRequest, ToInstaller } from './install-messages.ts';
import type { InstalledModel, StorageState } from './installer.ts';
import { ModelShelf } from './model-shelf.ts';
import type { Turns } from './turns.ts';

export interface InstallerEnvironment extends DownloadPorts {
  readonly post: (message: FromInstaller) => void;
  /** Null where the browser keeps nothing. Asked once. */
  readonly openStore: () => Promise<FileStore | null>;
  readonly turns: Turns;
  readonly turn: () => Promise<void>;
  readonly now: () => number;
  readonly freeBytes: () => Promise<number | null>;
  readonly isPersisted: () => Promise<boolean>;
  /** Tells all tabs, this one too, that what is stored is another. */
  readonly tellAll: () => void;
}

interface Waiting {
  readonly resolve: (measured: Measured) => void;
  readonly reject: (error: Error) => void;
}

export class InstallHost {
  readonly #env: InstallerEnvironment;
  readonly #jobs = new Map<string, { readonly run: InstallRun; readonly ended: Promise<InstalledModel> }>();
  readonly #measuring = new Map<string, Waiting>();
  #shelf: Promise<ModelShelf | null> | null = null;

  constructor(env: InstallerEnvironment) {
    this.#env = env;
  }

  /** Never rejects. */
  async handle(message: ToInstaller): Promise<void> {
    switch (message.type) {
      case 'list':
      case 'partials':
      case 'storage':
      case 'remove':
      case 'discard':
        return this.#ask(message);
      case 'install':
        return this.#install(message);
      case 'pause':
        return this.#jobs.get(message.job)?.run.pause();
      case 'resume':
        return this.#jobs.get(message.job)?.run.resume();
      case 'cancel':
        return this.#jobs.get(message.job)?.run.cancel();
      case 'measured':
        return this.#measuring.get(message.job)?.resolve(message.measured);
      case 'measure-failed':
        return this.#measuring.get(message.job)?.reject(fromWireError(message.error));
      default:
        return never(message);
    }
  }

  async #ask(message: Extract<ToInstaller, { readonly id: number }>): Promise<void> {
    const { id } = message;
    try {
      this.#env.post(await this.#answer(message));
    } catch (error) {
      this.#env.post({ type: 'failed', id, error: toWireError(error, 'write-failed') });
    }
  }

  async #answer(message: Extract<ToInstaller, { readonly id: number }>): Promise<FromInstaller> {
    const { id } = message;
    const shelf = await this.#open();
    switch (message.type) {
      case 'list':
        return { type: 'models', id, models: (await shelf?.list()) ?? [] };
      case 'partials':
        return { type: 'partial-downloads', id, partials: (await shelf?.partials()) ?? [] };
      case 'storage':
        return { type: 'storage-state', id, storage: await this.#storage(shelf) };
      case 'remove':
        await shelf?.remove(message.modelId);
        break;
      case 'discard':
        await this.#discard(message.fileName, shelf);
        break;
      default:
        return never(message);
    }
    this.#env.tellAll();
    return { type: 'done', id };
  }

  /** Whoever is downloading it gives it up first. */
  async #discard(fileName: string, shelf: ModelShelf | null): Promise<void> {
    for (const { run, ended } of this.#jobs.values()) {
      if (run.fileName !== fileName) continue;
      run.cancel();
      await ended.catch(() => undefined);
    }
    await shelf?.discard(fileName);
  }

  async #storage(shelf: ModelShelf | null): Promise<StorageState> {
    return {
      kind: shelf?.store.kind ?? 'none',
      usedBytes: (await shelf?.usedBytes()) ?? 0,
      freeBytes: shelf ? await this.#env.freeBytes() : null,
      persisted: shelf ? await this.#env.isPersisted() : false,
    };
  }

  /** And tidies up after a closed page, unless somebody is at work in another tab. */
  #open(): Promise<ModelShelf | null> {
    this.#shelf ??= (async () => {
      const store = await this.#env.openStore();
      if (!store) return null;
      const shelf = new ModelShelf(store);
      const end = await this.#env.turns.tryTake();
      try {
        if (end) await shelf.clean();
      } finally {
        end?.();
      }
      return shelf;
    })();
    return this.#shelf;
  }

  async #install({ job, request, takenIds }: Extract<ToInstaller, { readonly type: 'install' }>): Promise<void> {
    const run = new InstallRun(request, takenIds, {
      ...this.#env,
      shelf: () => this.#open(),
      measure: (wanted, signal) => this.#measure(job, wanted, signal),
      onProgress: (progress) => this.#env.post({ type: 'progress', job, progress }),
      onChange: this.#env.tellAll,
    });
    const ended = run.run();
    this.#jobs.set(job, { run, ended });
    try {
      this.#env.post({ type: 'installed', job, model: await ended });
    } catch (error) {
      this.#env.post({ type: 'install-failed', job, error: toWireError(error, 'write-failed') });
    } finally {
      this.#jobs.delete(job);
    }
  }

  async #measure(job: string, wanted: MeasureRequest, signal: AbortSignal): Promise<Measured> {
    let stop = (): void => undefined;
    try {
      return await new Promise<Measured>((resolve, reject) => {
        stop = () => reject(new EarshotError('cancelled', 'The installation was stopped.'));
        signal.addEventListener('abort', stop, { once: true });
        this.#measuring.set(job, { resolve, reject });
        this.#env.post({ type: 'measure', job, wanted });
      });
    } finally {
      signal.removeEventListener('abort', stop);
      this.#measuring.delete(job);
    }
  }
}
