/** What views may ask of the models. */
import type { OfficialRecord, RecordSource } from '../../core/catalogue/zenodo-record.ts';
import type { InstallRequest } from '../../installer/installer.ts';

export interface ModelsController {
  /** Reads the cards of the models beside the page, once. */
  readCards(): Promise<void>;
  /** What the record offers now. Nothing is asked of it before. Rejects with `download-failed`. */
  readRecord(source: RecordSource): Promise<OfficialRecord>;
  /** A sample sound as a file; `url` as in the list of samples. */
  readSample(url: string): Promise<File>;
  /** Begins; the job is among `jobs` from now on. A published file that is already on its way is not begun twice. */
  install(request: InstallRequest): void;
  pause(jobId: string): void;
  resume(jobId: string): void;
  /** Gives up what is running. */
  cancel(jobId: string): void;
  /** The same once more, from where it came to. */
  retry(jobId: string): void;
  /** Puts a finished job away. */
  dismiss(jobId: string): void;
  discardPartial(fileName: string): Promise<void>;
  /** Whoever uses it gets another first, which the `notice` says. */
  remove(modelId: string): Promise<void>;
  /** Asks the browser to keep the models for good. */
  persist(): Promise<void>;
  refreshStorage(): Promise<void>;
  /** What goes wrong is the `notice`. */
  measureSpeed(modelId: string): Promise<void>;
  stopMeasuring(): void;
  closeNotice(): void;
}
