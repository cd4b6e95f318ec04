/**
 * Which models there are, which are on their way, and what is known of them: one store for every view that chooses a model. A vanilla
 * store; what changes it is models-work.ts.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { OFFICIAL_MODELS, type OfficialModel } from '../../core/catalogue/official-models.ts';
import type { WireError } from '../../core/errors.ts';
import type { ModelCard } from '../../core/model/card.ts';
import {
  type InstalledModel,
  type InstallProgress,
  type InstallRequest,
  type PartialDownload,
  PRECISIONS,
  type StorageState,
} from '../../installer/installer.ts';
import type { ModelEntry } from './catalog.ts';
import type { SpeedMeasure } from './models-speed.ts';

export type JobState =
  | { readonly kind: 'running' }
  | { readonly kind: 'done'; readonly modelId: string }
  /** `detail` and all; what came of a download is kept. */
  | { readonly kind: 'failed'; readonly error: WireError };

/** A model on its way into this browser. */
export interface JobRow {
  readonly id: string;
  /** For people: the published name, or the file's. */
  readonly title: string;
  readonly request: InstallRequest;
  readonly progress: InstallProgress;
  readonly state: JobState;
}

/** A model that was asked for and is not here; another one stands in for it. */
export interface MissingModel {
  readonly id: string;
  /** Its title, where it is a published one that can be had. */
  readonly official: OfficialModel | null;
  /** By the address of this page, or by what was chosen on an earlier visit. */
  readonly by: 'address' | 'memory';
}

export interface ModelsState {
  /** All that can be chosen now: those beside the page first, then the installed ones, oldest first. */
  readonly entries: readonly ModelEntry[];
  readonly installed: readonly InstalledModel[];
  /** Of the installed ones: still being read, read, or refused by the browser. */
  readonly listing: 'reading' | 'read' | 'refused';
  /** Cards of the models beside the page, by id; read when a view wants them. */
  readonly cards: ReadonlyMap<string, ModelCard>;
  readonly partials: readonly PartialDownload[];
  readonly storage: StorageState | null;
  /** In the order they were started; finished ones until they are put away. */
  readonly jobs: readonly JobRow[];
  readonly missing: MissingModel | null;
  readonly speeds: readonly SpeedMeasure[];
  /** The model whose speed is being measured, and how many chunks that has taken so far. */
  readonly measuring: { readonly modelId: string; readonly chunks: number } | null;
  /** What became of the last thing a person asked for, in words; null when there is nothing to say. */
  readonly notice: string | null;
  /** The newest sentence for screen readers. */
  readonly said: string;
}

export type ModelsStore = StoreApi<ModelsState>;

export function createModelsStore(): ModelsStore {
  return createStore<ModelsState>(() => ({
    entries: [],
    installed: [],
    listing: 'reading',
    cards: new Map(),
    partials: [],
    storage: null,
    jobs: [],
    missing: null,
    speeds: [],
    measuring: null,
    notice: null,
    said: '',
  }));
}

export const officialById = (id: string): OfficialModel | undefined => OFFICIAL_MODELS.find((model) => model.id === id);

/** Is this the model asked for? A published one may be installed in a smaller form, whose id says which: `sat-t-2s-audioset-fp16`. */
export const isAskedFor = (asked: string, id: string): boolean =>
  id === asked || (officialById(asked) !== undefined && PRECISIONS.some((precision) => id === `${asked}-${precision}`));

/** What listening uses when this is chosen; undefined while nothing is known. */
export const heardWith = (entries: readonly ModelEntry[], chosen: string | null): ModelEntry | undefined =>
  (chosen === null
    ? undefined
    : (entries.find(({ id }) => id === chosen) ?? entries.find(({ id }) => isAskedFor(chosen, id)))) ??
  entries.find(({ family, origin }) => family === 'streaming' && origin === 'embedded');

/** The first installed form of a published model. */
export const installedFormOf = (official: OfficialModel, installed: readonly InstalledModel[]): InstalledModel | null =>
  installed.find(({ card }) => isAskedFor(official.id, card.id)) ?? null;

/** The job that is bringing this file, or did not manage to. */
export const jobOf = (fileName: string, jobs: readonly JobRow[]): JobRow | undefined =>
  jobs.find(
    ({ request: { origin }, state }) =>
      origin.kind === 'published' && origin.fileName === fileName && state.kind === 'running',
  );

export interface OverallProgress {
  readonly running: number;
  /** Of the downloads under way, 0..1; null while none has a known size. */
  readonly share: number | null;
}

/** For the small sign beside the view's name; null when nothing is under way. */
export function overallProgress(jobs: readonly JobRow[]): OverallProgress | null {
  const running = jobs.filter(({ state }) => state.kind === 'running');
  if (running.length === 0) return null;
  const loading = running.filter(({ progress: { phase } }) => phase === 'downloading' || phase === 'paused');
  const known = loading.flatMap(({ progress: { doneBytes, totalBytes } }) =>
    totalBytes !== null && totalBytes > 0 ? [{ doneBytes, totalBytes }] : [],
  );
  const total = known.reduce((sum, { totalBytes }) => sum + totalBytes, 0);
  const done = known.reduce((sum, { doneBytes }) => sum + doneBytes, 0);
  return { running: running.length, share: total > 0 ? Math.min(1, done / total) : null };
}
