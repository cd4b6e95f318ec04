/** A page for the tests of the installer's host: one host on storage that outlives it, answers told apart, measuring played. */

import { EarshotError, fromWireError, toWireError } from '../core/errors.ts';
import { parseCard } from '../core/model/card.ts';
import type { WithoutId } from '../core/protocol/messages.ts';
import { type InstallerEnvironment, InstallHost } from './install-host.ts';
import type { FromInstaller, Measured, MeasureRequest, ToInstaller } from './install-messages.ts';
import type { InstalledModel, InstallPhase, InstallProgress, InstallRequest } from './installer.ts';
import type { MemoryStore } from './memory-store.test-tool.ts';
import { LocalTurns, type Turns } from './turns.ts';

/** Longer than any wait between two tries: the watch over a silent connection. */
const WATCH_MS = 45_000;

export interface PageOptions {
  readonly store: MemoryStore | null;
  readonly turns?: Turns;
  readonly fetch?: InstallerEnvironment['fetch'];
  readonly freeBytes?: number | null;
  readonly takenIds?: readonly string[];
  readonly measure?: (wanted: MeasureRequest) => Promise<Measured>;
  /** After each report, before the job goes on. */
  readonly onProgress?: (progress: InstallProgress, job: PageJob) => void;
}

export interface PageJob {
  readonly done: Promise<InstalledModel>;
  readonly progress: InstallProgress[];
  /** Each once, in order. */
  readonly phases: InstallPhase[];
  tell(type: 'pause' | 'resume' | 'cancel'): void;
}

type Question = WithoutId<ToInstaller>;

export class InstallPage {
  readonly host: InstallHost;
  /** Waits between two tries, in ms. */
  readonly waits: number[] = [];
  changes = 0;
  readonly #options: PageOptions;
  readonly #jobs = new Map<string, (message: FromInstaller) => void>();
  readonly #answers = new Map<number, (message: FromInstaller) => void>();
  readonly #watches = new Set<() => void>();
  #nextId = 1;

  constructor(options: PageOptions) {
    this.#options = options;
    this.host = new InstallHost({
      post: (message) => this.#receive(message),
      openStore: async () => options.store,
      turns: options.turns ?? new LocalTurns(),
      turn: () => new Promise((resolve) => setImmediate(resolve)),
      sleep: (ms, signal) => this.#sleep(ms, signal),
      fetch: options.fetch ?? ((url, init) => fetch(url, init)),
      now: () => Date.now(),
      freeBytes: async () => options.freeBytes ?? null,
      isPersisted: async () => false,
      tellAll: () => {
        this.changes++;
      },
    });
  }

  install(request: InstallRequest): PageJob {
    const id = `job-${this.#nextId++}`;
    const progress: InstallProgress[] = [];
    const phases: InstallPhase[] = [];
    const tell = (type: 'pause' | 'resume' | 'cancel'): void => void this.host.handle({ type, job: id });
    const done = new Promise<InstalledModel>((resolve, reject) => {
      this.#jobs.set(id, (message) => {
        if (message.type === 'installed') resolve(message.model);
        if (message.type === 'install-failed') reject(fromWireError(message.error));
        if (message.type === 'measure') void this.#measure(id, message.wanted);
        if (message.type !== 'progress') return;
        progress.push(message.progress);
        if (phases.at(-1) !== message.progress.phase) phases.push(message.progress.phase);
        this.#options.onProgress?.(message.progress, job);
      });
    });
    done.catch(() => undefined);
    const job: PageJob = { done, progress, phases, tell };
    void this.host.handle({ type: 'install', job: id, request, takenIds: this.#options.takenIds ?? [] });
    return job;
  }

  async ask(question: Question): Promise<FromInstaller> {
    const id = this.#nextId++;
    const answer = new Promise<FromInstaller>((resolve) => {
      this.#answers.set(id, resolve);
    });
    await this.host.handle({ ...question, id } as ToInstaller);
    const message = await answer;
    if (message.type === 'failed') throw fromWireError(message.error);
    return message;
  }

  async modelIds(): Promise<string[]> {
    const answer = await this.ask({ type: 'list' });
    return answer.type === 'models' ? answer.models.map(({ card }) => card.id) : [];
  }

  async partials() {
    const answer = await this.ask({ type: 'partials' });
    return answer.type === 'partial-downloads' ? answer.partials : [];
  }

  /** As if nothing had come for so long that no one waits any more. */
  passSilence(): void {
    for (const end of [...this.#watches]) end();
  }

  #receive(message: FromInstaller): void {
    if ('job' in message) this.#jobs.get(message.job)?.(message);
    else this.#answers.get(message.id)?.(message);
  }

  async #measure(job: string, wanted: MeasureRequest): Promise<void> {
    const card = this.#options.store?.files.get('staging/model/card.json');
    const classes = card ? parseCard(JSON.parse(new TextDecoder().decode(card.bytes))).labels.mids.length : 0;
    const measure = this.#options.measure ?? (async () => measured(wanted, classes));
    try {
      await this.host.handle({ type: 'measured', job, measured: await measure(wanted) });
    } catch (error) {
      await this.host.handle({ type: 'measure-failed', job, error: toWireError(error) });
    }
  }

  #sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (ms < WATCH_MS) {
      this.waits.push(ms);
      return new Promise((resolve, reject) => setImmediate(() => (signal.aborted ? reject(signal.reason) : resolve())));
    }
    return new Promise((resolve, reject) => {
      this.#watches.add(resolve);
      signal.addEventListener('abort', () => {
        this.#watches.delete(resolve);
        reject(signal.reason);
      });
    });
  }
}

/** An answer that fits. Most reduced models have forty classes. */
export async function measured({ referenceUrl }: MeasureRequest, classes = 40): Promise<Measured> {
  const difference = { max: 0.01, mean: 0.001, chunks: 5, clip: 'half-a-minute', engine: 'none' };
  return { selfCheck: new Array<number>(classes).fill(0.5), difference: referenceUrl === null ? null : difference };
}

export const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error instanceof EarshotError ? error.code : String(error)),
  );
