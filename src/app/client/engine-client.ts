/**
 * The page's end of the engine: one worker, any number of lanes on one stream of sound. Restarts the worker when its device is
 * lost, reloads what was loaded and listens on, so that whoever watches sees a gap and a mark, never a dead page.
 */
import type { BackendInfo } from '../../core/engine/engine-session.ts';
import type { ModelCard } from '../../core/model/card.ts';
import type { Announcement, BackendChoice, LaneId, LaneRun } from '../../core/protocol/messages.ts';
import type { AudioInput } from '../audio/audio-input.ts';

export interface LoadRequest {
  readonly lane: LaneId;
  /** Folder of card.json and model.safetensors. */
  readonly modelUrl: string;
  readonly backend: BackendChoice;
  readonly run?: LaneRun;
}

/** Told by the client itself, beside what the worker announces. */
export type ClientEvent =
  | Announcement
  /** A worker was lost and another is being started; `loaded` follows for each lane. */
  | { readonly type: 'restarting'; readonly reason: string }
  /** Nothing more will come until the caller acts. */
  | { readonly type: 'broken'; readonly message: string };

export interface EngineClient {
  load(request: LoadRequest): Promise<{ readonly card: ModelCard; readonly backend: BackendInfo }>;
  /** Drains `input` into every lane, from now until `unlisten`. The stream's clock goes on from `startS`. */
  listen(input: AudioInput, startS: number): Promise<void>;
  unlisten(): Promise<void>;
  /** Sound from a file: into every lane, nothing dropped. Resolves when its chunks are scored. `samples` is given away. */
  push(samples: Float32Array<ArrayBuffer>, rateHz: number): Promise<void>;
  /**
   * An audio or video file into every lane, from second zero. Resolves when all of it is scored; rejects with what went wrong, also
   * `cancelled`. What was told before stays good.
   */
  read(file: File): Promise<void>;
  /** Ends the reading; its promise rejects with `cancelled`. */
  cancelRead(): Promise<void>;
  /** Keeps what is heard from now on; a `recorded` event brings it when `endRecord(true)` is called. */
  record(): Promise<void>;
  endRecord(keep: boolean): Promise<void>;
  /** Scores the tail of what was pushed. */
  finish(): Promise<void>;
  /** Every lane starts anew: silence state, second zero. */
  reset(): Promise<void>;
  watch(wanted: { readonly mel: boolean; readonly audio: boolean }): Promise<void>;
  /** Diagnostics: destroys the GPU device. */
  loseDevice(): Promise<void>;
  /** Diagnostics: what the model heard since `watch.audio` was switched on, as a `heard` event. */
  takeHeard(): Promise<void>;
  subscribe(listener: (event: ClientEvent) => void): () => void;
  dispose(): Promise<void>;
}
