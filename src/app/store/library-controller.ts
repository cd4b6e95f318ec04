/** What views may ask of the library. */
import type { EventRules } from '../../core/events/event-types.ts';
import type { LaneSetup, TakeId } from './take.ts';

export interface DroppedFile {
  readonly file: File;
  /** Within a dropped folder, ending in '/'; '' otherwise. */
  readonly folder: string;
}

export type CompareSource = { readonly kind: 'microphone' } | { readonly kind: 'sample'; readonly sampleId: string };

export interface LibraryController {
  /** Adds a take per file and scores them one after the other. Files that are surely no sound (by type and ending) are left out and named in `notice`. Returns the new ids. */
  addFiles(files: readonly DroppedFile[], setups?: readonly LaneSetup[]): readonly TakeId[];
  /** Stops it; what was scored stays. */
  cancel(id: TakeId): void;
  cancelAll(): void;
  /** From the start again, with the same file. */
  retry(id: TakeId): void;
  remove(id: TakeId): void;
  clear(): void;
  /** Opens the review of a take (and the view). */
  open(id: TakeId | null): void;
  /** Opens the review of a stored session. Never rejects: what goes wrong is the `notice`. */
  openStored(key: string): Promise<void>;
  removeStored(key: string): Promise<void>;
  changeRules(change: Partial<EventRules>): void;
  changeFileSetup(setup: LaneSetup): void;
  changeCompareSetups(setups: readonly LaneSetup[]): void;
  /** Scores a file with the compare lanes and shows it in the compare view; null when it is surely no sound (see `notice`). */
  compareFile(file: DroppedFile): TakeId | null;
  /** Listens with the compare lanes until `stopLive`. Rejects when there is no sound to be had. */
  compareLive(
    source: { readonly kind: 'microphone' } | { readonly kind: 'sample'; readonly sampleId: string },
  ): Promise<TakeId>;
  stopLive(): Promise<void>;
  /** Shows a take in the compare view. */
  showCompare(id: TakeId | null): void;
}
