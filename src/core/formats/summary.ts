/**
 * The table over many recordings, one row each, of page and command line alike: `summary.csv`. Pure, any thread.
 */
import type { ClassLabels } from '../scores/class-list.ts';
import type { ScoreTimeline } from '../scores/score-timeline.ts';
import type { Probability, Seconds } from '../units.ts';
import { csvLine, seconds } from './text.ts';

export interface SummaryRow {
  /** With the folders below what was dropped or named: `night/owl.mp3`. */
  readonly file: string;
  /** Model id and hash, as in the names of the files beside the table. */
  readonly model: string;
  readonly lengthS: Seconds;
  readonly chunks: number;
  readonly top: readonly TopClass[];
  readonly events: number;
  /** "done", "stopped at 12.3 s", "failed". */
  readonly state: string;
  /** What went wrong, in a sentence; '' when nothing did. */
  readonly message: string;
}

export interface TopClass {
  readonly name: string;
  readonly peak: Probability;
}

export const SUMMARY_FILE = 'summary.csv';
export const SUMMARY_HEADER = csvLine([
  'file',
  'model',
  'length_s',
  'chunks',
  'top_classes',
  'events',
  'state',
  'message',
]);

export const summaryLine = ({ file, model, lengthS, chunks, top, events, state, message }: SummaryRow): string =>
  csvLine([
    file,
    model,
    seconds(lengthS),
    chunks,
    top.map(({ name, peak }) => `${name} ${peak.toFixed(3)}`).join('; '),
    events,
    state,
    message,
  ]);

export const stoppedState = (atS: Seconds): string => `stopped at ${atS.toFixed(1)} s`;

/** The classes with the highest scores anywhere in it. */
export function topClasses(scores: ScoreTimeline, labels: ClassLabels, count = 3): TopClass[] {
  if (scores.to === scores.from) return [];
  return Array.from(scores.peaks(scores.startS, scores.endS), (peak, k) => ({ name: labels.names[k] ?? '', peak }))
    .sort((a, b) => b.peak - a.peak)
    .slice(0, count);
}
