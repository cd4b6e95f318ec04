/**
 * What crosses between page and worker: one union per direction, on `type`. Requests carry an `id`; announcements do not.
 * Types and one constant. Buffers named "transferred" are gone on the sender's side after posting.
 */
import type { BackendInfo, Priming } from '../engine/engine-session.ts';
import type { WireError } from '../errors.ts';
import type { FileLike, MediaInfo } from '../media-info.ts';
import type { Framing, ModelCard } from '../model/card.ts';
import type { RingHandle } from '../ring/ring.ts';
import type { FrameTiming, TagFrame } from '../scores/tag-frame.ts';
import type { Decibels, Milliseconds, Seconds } from '../units.ts';

/** One model on the stream: "1 s", "2 s" and "10 s" side by side are three lanes on the same samples. */
export type LaneId = string;

export type BackendChoice = 'auto' | 'webgpu' | 'wasm';

/** How a lane runs its model, beside the model's own settings. */
export interface LaneRun {
  /** Off: a streaming model starts every chunk with an empty cache, to show what its memory is worth. */
  readonly memory?: 'on' | 'off';
  /** A full-context model says its word once per window, or every second over the latest window. */
  readonly recompute?: 'window' | 'second';
}

export type ToWorker =
  | {
      readonly type: 'load';
      readonly id: number;
      readonly lane: LaneId;
      /** Folder of card.json and model.safetensors, absolute, ending in '/'. */
      readonly modelUrl: string;
      readonly backend: BackendChoice;
      readonly framing?: Framing;
      /** Length of a chunk where it is not the card's own. */
      readonly chunkSeconds?: Seconds;
      readonly priming?: Priming;
      readonly run?: LaneRun;
    }
  /** From now on the ring is drained into every lane. `startS`: the stream's clock when the ring's sample 0 was captured. */
  | { readonly type: 'listen'; readonly id: number; readonly source: RingHandle; readonly startS: Seconds }
  | { readonly type: 'unlisten'; readonly id: number }
  /** Sound from a file or a test; `samples` is transferred. */
  | { readonly type: 'push'; readonly id: number; readonly samples: Float32Array; readonly rateHz: number }
  | { readonly type: 'finish' | 'reset' | 'dispose'; readonly id: number }
  /**
   * Reads an audio or video file from second zero into every lane; `done` when all of it is scored. What was posted before a
   * `failed` stays good. One at a time; `cancel-read` ends it with `cancelled`.
   */
  | { readonly type: 'read'; readonly id: number; readonly file: FileLike; readonly name: string }
  | { readonly type: 'cancel-read'; readonly id: number }
  /** Keeps what is heard from now on as a compressed recording, on the stream's clock. `keep: false` gives it up. */
  | { readonly type: 'record'; readonly id: number }
  | { readonly type: 'end-record'; readonly id: number; readonly keep: boolean }
  /** Which extra announcements the page wants now. `audio` keeps the samples the model heard, for diagnostics and tests. */
  | { readonly type: 'watch'; readonly id: number; readonly mel: boolean; readonly audio: boolean }
  /** Answered by `heard`, then `done`: what was captured since `watch.audio` was switched on. */
  | { readonly type: 'take-heard'; readonly id: number }
  /** Answered by `self-checked`, then `done`. */
  | { readonly type: 'self-check'; readonly id: number; readonly lane: LaneId }
  /** Diagnostics: destroys the GPU device, as a driver reset would. */
  | { readonly type: 'lose-device'; readonly id: number };

export type RequestType = ToWorker['type'];

export type FromWorker =
  /** Every `tags` of this request was posted before it. */
  | { readonly type: 'done'; readonly id: number }
  | { readonly type: 'failed'; readonly id: number; readonly error: WireError }
  | Announcement;

export type LoadPhase = 'card' | 'runtime' | 'weights' | 'opening' | 'checking' | 'racing' | 'priming';

/** What the worker tells without being asked. The page's store is a fold over these. */
export type Announcement =
  | {
      readonly type: 'loading';
      readonly lane: LaneId;
      readonly phase: LoadPhase;
      readonly loadedBytes: number;
      readonly totalBytes: number | null;
    }
  | { readonly type: 'loaded'; readonly lane: LaneId; readonly card: ModelCard; readonly backend: BackendInfo }
  | { readonly type: 'tags'; readonly lane: LaneId; readonly frame: TagFrame; readonly timing: FrameTiming }
  /** Log-mel frames as they are computed, before the range clamp: dB, row-major [frameCount, mels]; transferred. Only while watched. */
  | {
      readonly type: 'mel';
      readonly startFrame: number;
      readonly frameCount: number;
      readonly mels: number;
      readonly data: Float32Array;
    }
  /** Sound that no chunk was made of: samples lost in capture, or a chunk a slow engine had to drop (`lane` says whose). */
  | {
      readonly type: 'gap';
      readonly lane: LaneId | null;
      readonly startS: Seconds;
      readonly endS: Seconds;
      readonly reason: GapReason;
    }
  /** Input level since the last one, a few times a second while listening. `clockS`: the stream's time now. */
  | { readonly type: 'level'; readonly peakDb: Decibels; readonly rmsDb: Decibels; readonly clockS: Seconds }
  | { readonly type: 'health'; readonly health: EngineHealth }
  /** The GPU device is gone; this worker is of no more use. The client starts another. */
  | { readonly type: 'lost'; readonly error: WireError }
  /** What kind of file is being read; once, before its first sound. */
  | { readonly type: 'file'; readonly info: MediaInfo }
  /**
   * How far the file is read and scored. `peaks`: the waveform since the last one, [min, max] pairs in -127..127, one pair each
   * `WAVE_STEP_S`; transferred.
   */
  | { readonly type: 'progress'; readonly readS: Seconds; readonly scoredS: Seconds; readonly peaks: Int8Array }
  /** Answer to `end-record` that kept it: the recording, starting at `startS` on the stream's clock. */
  | { readonly type: 'recorded'; readonly file: FileLike; readonly startS: Seconds; readonly endS: Seconds }
  /** Answer to `self-check`: the lane's scores of the stored check, to be kept in its card. Label order. */
  | { readonly type: 'self-checked'; readonly lane: LaneId; readonly scores: Float32Array }
  /** Answer to `take-heard`; `samples` is transferred. */
  | {
      readonly type: 'heard';
      readonly samples: Float32Array;
      readonly rateHz: number;
      readonly chunks: readonly HeardChunk[];
    };

/** Of messages that are answered by their `id`: what a sender is given, before it numbers them. One kind at a time, not their union. */
export type WithoutId<Message> = Message extends { readonly id: number } ? Omit<Message, 'id'> : never;

/** Seconds of sound one [min, max] pair of a waveform stands for. */
export const WAVE_STEP_S: Seconds = 0.02;

/** Which input made which chunk: for "live equals file". */
export interface HeardChunk {
  readonly lane: LaneId;
  readonly startSample: number;
  readonly frameCount: number;
  /** FNV-1a over the bytes of the chunk's log-mel data. */
  readonly melHash: string;
}

export type GapReason = 'capture-lost' | 'engine-slow' | 'engine-restarted' | 'model-changed' | 'bad-samples';

/** Degraded or well, and still running. */
export interface EngineHealth {
  readonly backend: BackendInfo | null;
  /** Median of the last steps, per lane. */
  readonly stepMs: Readonly<Record<LaneId, Milliseconds>>;
  /** How far the engine is behind what was captured. */
  readonly lagS: Seconds;
  /** Lost in capture since listening began. */
  readonly lostS: Seconds;
  /** Chunks dropped by a slow engine since listening began. */
  readonly droppedChunks: number;
}
