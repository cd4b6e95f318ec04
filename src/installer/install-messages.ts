/** What crosses between page and installer worker: one union per direction, on `type`. Types only. */
import type { WireError } from '../core/errors.ts';
import type { StorageFacts } from '../core/model/card.ts';
import type { InstalledModel, InstallProgress, InstallRequest, PartialDownload, StorageState } from './installer.ts';

export type ToInstaller =
  | { readonly type: 'list' | 'partials' | 'storage'; readonly id: number }
  | { readonly type: 'remove'; readonly id: number; readonly modelId: string }
  | { readonly type: 'discard'; readonly id: number; readonly fileName: string }
  /** Answered by `installed` or `install-failed`. `takenIds`: of models that are not installed, and beside which this one will stand. */
  | {
      readonly type: 'install';
      readonly job: string;
      readonly request: InstallRequest;
      readonly takenIds: readonly string[];
    }
  | { readonly type: 'pause' | 'resume' | 'cancel'; readonly job: string }
  /** Answers to `measure`. */
  | { readonly type: 'measured'; readonly job: string; readonly measured: Measured }
  | { readonly type: 'measure-failed'; readonly job: string; readonly error: WireError };

export type FromInstaller =
  | { readonly type: 'models'; readonly id: number; readonly models: readonly InstalledModel[] }
  | { readonly type: 'partial-downloads'; readonly id: number; readonly partials: readonly PartialDownload[] }
  | { readonly type: 'storage-state'; readonly id: number; readonly storage: StorageState }
  | { readonly type: 'done'; readonly id: number }
  | { readonly type: 'failed'; readonly id: number; readonly error: WireError }
  | { readonly type: 'progress'; readonly job: string; readonly progress: InstallProgress }
  | { readonly type: 'installed'; readonly job: string; readonly model: InstalledModel }
  | { readonly type: 'install-failed'; readonly job: string; readonly error: WireError }
  /** The page has the engine; this thread knows core only. */
  | { readonly type: 'measure'; readonly job: string; readonly wanted: MeasureRequest };

export interface MeasureRequest {
  /** Folders in staging, as the engine's worker takes them. */
  readonly modelUrl: string;
  /** What its scores are to be compared with; null when there is nothing to compare. */
  readonly referenceUrl: string | null;
  readonly weightsBytes: number;
}

export interface Measured {
  /** Label order. */
  readonly selfCheck: readonly number[];
  readonly difference: NonNullable<StorageFacts['difference']> | null;
}
