/** What an export is written from: one lane's scores or events of one recording, with all that says how they were made. */
import type { DerivedEvents, EventRules } from '../events/event-types.ts';
import type { ClassLabels } from '../scores/class-list.ts';
import type { ScoreTimeline } from '../scores/score-timeline.ts';
import type { Hertz, Seconds } from '../units.ts';

export interface ExportSource {
  /** Name of the recording as the person knows it, without folders: `rain.mp3`. */
  readonly fileName: string;
  /** Length of the recording; what was read of it when it is broken. */
  readonly durationS: Seconds;
  readonly rateHz: Hertz | null;
  readonly channels: number | null;
  /** Where reading stopped early, in a sentence; null when all of it was read. */
  readonly stopped: string | null;
}

export interface ExportModel {
  readonly id: string;
  readonly title: string;
  readonly revision: string;
  /** SHA-256 of the weights, lower-case hex. */
  readonly sha256: string;
  readonly licence: string;
}

/** How the model was run. */
export interface ExportRun {
  readonly framing: 'continuous' | 'per-chunk' | 'whole';
  /** Length of one chunk and from one chunk to the next. */
  readonly chunkS: Seconds;
  readonly strideS: Seconds;
  /** False: a streaming model run with an empty cache at every chunk. Null: the model has no memory. */
  readonly memory: boolean | null;
  readonly priming: 'silence' | 'none';
  /** Engine, in words: "Node native", "WebGPU, nvidia". */
  readonly backend: string;
}

export interface ExportDocument {
  readonly source: ExportSource;
  readonly model: ExportModel;
  readonly run: ExportRun;
  readonly labels: ClassLabels;
  readonly scores: ScoreTimeline;
  readonly rules: EventRules;
  readonly derived: DerivedEvents;
  /** Moment of export; passed in, so that tests can pin it. */
  readonly madeAt: Date;
}

/** Names as the command line and the page's menu know them. */
export const EXPORT_FORMATS = ['csv', 'json', 'audacity', 'raven', 'dcase', 'jams', 'webvtt', 'sed-scores'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];
