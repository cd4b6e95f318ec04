/**
 * A take: one recording or live session as it was heard, scored by one lane or several on one clock. The numbers live here, outside
 * every store; the library's rows say when they changed. Main thread.
 */
import type { BackendInfo } from '../../core/engine/engine-session.ts';
import type { WireError } from '../../core/errors.ts';
import type { MediaInfo } from '../../core/media-info.ts';
import type { ModelCard } from '../../core/model/card.ts';
import type { LaneId, LaneRun } from '../../core/protocol/messages.ts';
import type { MelHistory } from '../../core/scores/mel-history.ts';
import type { ScoreTimeline } from '../../core/scores/score-timeline.ts';
import type { Milliseconds, Seconds } from '../../core/units.ts';
import type { GapMark } from './live-store.ts';
import type { WaveEnvelope } from './wave-envelope.ts';

export type TakeId = string;

/** What a lane was asked to be. */
export interface LaneSetup {
  readonly modelId: string;
  readonly run: Required<LaneRun>;
}

export interface TakeLane {
  readonly id: LaneId;
  readonly setup: LaneSetup;
  /** Null until its model is loaded. */
  card: ModelCard | null;
  backend: BackendInfo | null;
  scores: ScoreTimeline | null;
  /** Spent in the model so far, and over how much sound. */
  computeMs: Milliseconds;
  scoredS: Seconds;
}

export type TakeState =
  | { readonly kind: 'waiting' }
  /** The model is being loaded; `text` for people. */
  | { readonly kind: 'loading'; readonly text: string }
  /** A file is read, or sound listened to. */
  | { readonly kind: 'running' }
  | { readonly kind: 'done' }
  /** Ended early: cancelled, or the file is broken there. What was scored before is kept. `error` is null when a person stopped it. */
  | { readonly kind: 'stopped'; readonly atS: Seconds; readonly error: WireError | null }
  /** Nothing could be scored. */
  | { readonly kind: 'failed'; readonly error: WireError };

export interface Take {
  readonly id: TakeId;
  /** File name, or "Live, 14:05". */
  readonly name: string;
  /** Folder within a dropped folder, ending in '/'; '' for a file dropped alone. */
  readonly folder: string;
  readonly kind: 'file' | 'live';
  /** What can be played; null for a live session that was not recorded. For a live take, second `mediaStartS` of its clock is where it begins. */
  media: File | null;
  mediaStartS: Seconds;
  info: MediaInfo | null;
  /** First lane first: its spectrogram is the one shown. */
  readonly lanes: readonly TakeLane[];
  mel: MelHistory | null;
  /** Seconds from one log-mel frame to the next. */
  hopS: Seconds;
  readonly wave: WaveEnvelope;
  gaps: readonly GapMark[];
  /** How far it is read; with `durationS` (of what is known so far, at least `readS`). */
  readS: Seconds;
  durationS: Seconds;
}

/** A take as the store shows it: a new object whenever something of it changed. */
export interface TakeRow {
  readonly id: TakeId;
  readonly take: Take;
  readonly state: TakeState;
  /** Grows with each change of the take's numbers, a few times a second at most. */
  readonly revision: number;
  /** Estimated seconds of wall-clock time to the end; null when unknown or not running. */
  readonly remainingS: Seconds | null;
  /** Sound per wall-clock time while it runs: 40 = forty times as fast as listening; null when unknown. */
  readonly speed: number | null;
}

export const DEFAULT_RUN: Required<LaneRun> = { memory: 'on', recompute: 'window' };
