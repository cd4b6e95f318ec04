/**
 * An installer made of timers: keeps a list in memory and plays the phases of a download, so that the Models view can be looked at
 * (`npm run dev`, `?fake`) and tested without a network and without storage. Never part of a build.
 */
import { officialModelByFile } from '../../core/catalogue/official-models.ts';
import { EarshotError } from '../../core/errors.ts';
import type {
  InstalledModel,
  Installer,
  InstallJob,
  InstallOrigin,
  InstallPhase,
  InstallProgress,
  InstallRequest,
  PartialDownload,
  Precision,
  StorageState,
} from '../../installer/installer.ts';
import { fakeCard } from './fake-engine.ts';

export interface FakeInstallerOptions {
  readonly models?: readonly InstalledModel[];
  readonly partials?: readonly PartialDownload[];
  readonly storage?: Partial<StorageState>;
  /** Between two reports; a test gives 0. */
  readonly tickMs?: number;
  /** What the next jobs end with, in order, when their download is `atShare` done; those after them succeed. */
  readonly failures?: readonly { readonly atShare: number; readonly error: EarshotError }[];
}

const REPORTS_PER_DOWNLOAD = 40;
const REPORTS_PER_PHASE = 4;
const AFTER_DOWNLOAD: readonly InstallPhase[] = ['checking', 'reading', 'storing', 'measuring'];
const SHARE: Readonly<Record<Precision, number>> = { fp32: 1, fp16: 0.5, int8: 0.26 };

interface Running {
  paused: boolean;
  cancelled: boolean;
  wake: () => void;
}

export class FakeInstaller implements Installer {
  #models: InstalledModel[];
  #partials: PartialDownload[];
  #storage: Partial<StorageState>;
  readonly #tickMs: number;
  readonly #failures: { readonly atShare: number; readonly error: EarshotError }[];
  readonly #listeners = new Set<() => void>();
  #jobs = 0;
  #disposed = false;

  constructor(options: FakeInstallerOptions = {}) {
    this.#models = [...(options.models ?? [])];
    this.#partials = [...(options.partials ?? [])];
    this.#storage = options.storage ?? {};
    this.#tickMs = options.tickMs ?? 120;
    this.#failures = [...(options.failures ?? [])];
  }

  async list(): Promise<readonly InstalledModel[]> {
    return [...this.#models];
  }

  async partials(): Promise<readonly PartialDownload[]> {
    return [...this.#partials];
  }

  async storage(): Promise<StorageState> {
    const usedBytes =
      this.#models.reduce((sum, { bytes }) => sum + bytes, 0) +
      this.#partials.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0);
    return { kind: 'opfs', usedBytes, freeBytes: 3_000_000_000, persisted: false, ...this.#storage };
  }

  async persist(): Promise<boolean> {
    this.#storage = { ...this.#storage, persisted: true };
    return true;
  }

  install(request: InstallRequest, onProgress: (progress: InstallProgress) => void): InstallJob {
    const running: Running = { paused: false, cancelled: false, wake: () => undefined };
    const failure = this.#failures.shift() ?? null;
    const done = this.#play(request, onProgress, running, failure);
    done.catch(() => undefined);
    return {
      id: `job-${++this.#jobs}`,
      request,
      done,
      pause: () => {
        running.paused = true;
      },
      resume: () => {
        running.paused = false;
        running.wake();
      },
      cancel: () => {
        running.cancelled = true;
        running.wake();
      },
    };
  }

  async remove(modelId: string): Promise<void> {
    this.#models = this.#models.filter(({ card }) => card.id !== modelId);
    this.#changed();
  }

  async discardPartial(fileName: string): Promise<void> {
    this.#dropPartial(fileName);
    this.#changed();
  }

  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  dispose(): void {
    this.#disposed = true;
    this.#listeners.clear();
  }

  async #play(
    { origin, precision }: InstallRequest,
    onProgress: (progress: InstallProgress) => void,
    running: Running,
    failure: { readonly atShare: number; readonly error: EarshotError } | null,
  ): Promise<InstalledModel> {
    const total = bytesOf(origin);
    const report = async (phase: InstallPhase, doneBytes: number, bytesPerS: number | null = null): Promise<void> => {
      if (running.cancelled || this.#disposed) throw new EarshotError('cancelled', 'The installation was stopped.');
      onProgress({ phase, doneBytes, totalBytes: total, bytesPerS });
      await new Promise((resolve) => setTimeout(resolve, this.#tickMs));
    };
    try {
      await report('asking', 0);
      if (origin.kind === 'published') await this.#download(origin, total, running, failure, report);
      else if (failure) throw failure.error;
      for (const phase of AFTER_DOWNLOAD) {
        for (let i = 0; i < REPORTS_PER_PHASE; i++) await report(phase, Math.round((total * i) / REPORTS_PER_PHASE));
      }
    } catch (error) {
      if (running.cancelled && origin.kind === 'published') this.#dropPartial(origin.fileName);
      this.#changed();
      throw error;
    }
    const model: InstalledModel = {
      card: fakeInstalledCard(origin, precision),
      bytes: Math.round(total * SHARE[precision]),
      installedAt: Date.now(),
    };
    this.#models = [...this.#models.filter(({ card }) => card.id !== model.card.id), model];
    if (origin.kind === 'published') this.#dropPartial(origin.fileName);
    this.#changed();
    return model;
  }

  async #download(
    { fileName, source }: Extract<InstallOrigin, { kind: 'published' }>,
    total: number,
    running: Running,
    failure: { readonly atShare: number; readonly error: EarshotError } | null,
    report: (phase: InstallPhase, doneBytes: number, bytesPerS?: number | null) => Promise<void>,
  ): Promise<void> {
    let received = this.#partials.find((partial) => partial.fileName === fileName)?.receivedBytes ?? 0;
    while (received < total) {
      if (failure && received >= total * failure.atShare) throw failure.error;
      while (running.paused && !running.cancelled) {
        await report('paused', received);
        await new Promise<void>((resolve) => {
          running.wake = resolve;
          if (!running.paused || running.cancelled) resolve();
        });
      }
      await report('downloading', received, total / REPORTS_PER_DOWNLOAD / Math.max(0.001, this.#tickMs / 1000));
      received = Math.min(total, received + Math.ceil(total / REPORTS_PER_DOWNLOAD));
      this.#dropPartial(fileName);
      this.#partials.push({ fileName, source, receivedBytes: received, totalBytes: total });
    }
  }

  #dropPartial(fileName: string): void {
    this.#partials = this.#partials.filter((partial) => partial.fileName !== fileName);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

function bytesOf(origin: InstallOrigin): number {
  if (origin.kind === 'files') return origin.files.reduce((sum, { size }) => sum + size, 0);
  return officialModelByFile(origin.fileName)?.approximateBytes ?? 22_000_000;
}

/** As the real one would name it. */
export function fakeInstalledCard(origin: InstallOrigin, precision: Precision): InstalledModel['card'] {
  const ending = precision === 'fp32' ? '' : `-${precision}`;
  const known = origin.kind === 'published' ? officialModelByFile(origin.fileName) : undefined;
  const fromName = origin.kind === 'files' ? (origin.files[0]?.name ?? 'model') : origin.fileName;
  const id =
    known?.id ??
    fromName
      .toLowerCase()
      .replace(/\.[a-z]+$/, '')
      .replaceAll(/[^a-z0-9._-]+/g, '-');
  return {
    ...fakeCard(`${id}${ending}`),
    title: known?.title ?? fromName,
    ...(known && { summary: 'Invented numbers.' }),
  };
}

export const createFakeInstaller = (options?: FakeInstallerOptions): Installer => new FakeInstaller(options);
