/**
 * What the page asks of the installer: models downloaded, checked, converted and kept in the browser's own storage. Types and names
 * only; `create-installer.ts` is the browser's, `app/dev/fake-installer.ts` the one of tests and of `?fake`.
 */
import type { RecordSource } from '../core/catalogue/zenodo-record.ts';
import type { ModelCard } from '../core/model/card.ts';

/** How the weights are stored. The engine computes in float32 whatever they are stored as. */
export type Precision = 'fp32' | 'fp16' | 'int8';
export const PRECISIONS: readonly Precision[] = ['fp32', 'fp16', 'int8'];

/** Address of an installed model's folder, as `load.modelUrl` takes it; the engine's worker reads it from the browser's storage. */
export const INSTALLED_SCHEME = 'installed:';
export const installedUrl = (modelId: string): string => `${INSTALLED_SCHEME}/${modelId}/`;

export interface InstalledModel {
  readonly card: ModelCard;
  /** Of the folder in the browser's storage. */
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly installedAt: number;
  /** For people, and only for who has just installed it: what was ignored, not as asked, or could not be measured. */
  readonly notes?: readonly string[];
}

/** A download that a closed page, a pause or a broken line left; it goes on from there where the server allows it. */
export interface PartialDownload {
  readonly fileName: string;
  readonly source: RecordSource;
  readonly receivedBytes: number;
  readonly totalBytes: number | null;
}

export interface StorageState {
  readonly kind: 'opfs' | 'cache' | 'none';
  readonly usedBytes: number;
  /** What the browser says it would give to this site, null where it does not say. */
  readonly freeBytes: number | null;
  /** Does the browser promise not to clear it by itself? */
  readonly persisted: boolean;
}

export type InstallOrigin =
  /** Downloaded from a record, checked against its MD5. */
  | { readonly kind: 'published'; readonly fileName: string; readonly source: RecordSource }
  /** From disk: one `.pt`/`.pth`/`.ckpt`/`.safetensors`, one zip of a model folder, or the files of a model folder. */
  | { readonly kind: 'files'; readonly files: readonly File[] };

export interface InstallRequest {
  readonly origin: InstallOrigin;
  readonly precision: Precision;
  /** Only for files whose own name says nothing: a constructor of the original project, and the number of heads. */
  readonly arch?: string;
  readonly heads?: number;
}

export type InstallPhase =
  | 'asking' // the record's JSON
  | 'downloading'
  | 'paused'
  | 'checking' // MD5
  | 'reading' // checkpoint to tensors
  | 'storing'
  | 'measuring'; // self-check, and the difference to fp32 on the bundled clip

export interface InstallProgress {
  readonly phase: InstallPhase;
  readonly doneBytes: number;
  readonly totalBytes: number | null;
  /** Over the last seconds; null while nothing is downloaded. */
  readonly bytesPerS: number | null;
}

export interface InstallJob {
  readonly id: string;
  readonly request: InstallRequest;
  /** Also rejects with `cancelled`; never leaves a half-installed model behind. */
  readonly done: Promise<InstalledModel>;
  /** While downloading: stops the transfer, keeps what came. */
  pause(): void;
  resume(): void;
  /** Gives up, and gives up what was downloaded. */
  cancel(): void;
}

export interface Installer {
  /** Whole, checked models only, oldest first. */
  list(): Promise<readonly InstalledModel[]>;
  partials(): Promise<readonly PartialDownload[]>;
  storage(): Promise<StorageState>;
  /** Asks the browser to keep the models for good; true when it promised. */
  persist(): Promise<boolean>;
  install(request: InstallRequest, onProgress: (progress: InstallProgress) => void): InstallJob;
  remove(modelId: string): Promise<void>;
  discardPartial(fileName: string): Promise<void>;
  /** Another tab, or this one, installed or removed something. */
  watch(listener: () => void): () => void;
  dispose(): void;
}
