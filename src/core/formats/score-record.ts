/**
 * Chunk scores as JSON. The first five keys are the command line's record (`file, model, framing, labels, chunks`); an export has
 * two more: the settings, and the events by them. One line, so that records of several files can follow each other. Pure, any thread.
 */
import type { TagEvent } from '../events/event-types.ts';
import type { ExportDocument } from './export-document.ts';
import { settingsOf } from './settings-file.ts';
import { score, seconds } from './text.ts';

export interface ScoreRecordOptions {
  /** What `file` says; the recording's name when absent. */
  readonly file?: string;
  /** Settings and events too? Default true. */
  readonly full?: boolean;
  /** Put after `file`: why the record ends early. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** One object and a line end, in parts of one chunk each: hours of scores never become one string here. */
export function* jsonParts(doc: ExportDocument, options: ScoreRecordOptions = {}): Generator<string> {
  const { labels, scores, model, run } = doc;
  const { file = doc.source.fileName, full = true, error } = options;
  const head = {
    file,
    ...(error && { error }),
    model: model.id,
    framing: run.framing,
    labels: labels.mids.map((mid, k) => ({ mid, name: labels.names[k] })),
  };
  yield `${JSON.stringify(head).slice(0, -1)},"chunks":[`;
  for (let frame = scores.from; frame < scores.to; frame++) {
    const chunk = {
      start: seconds(scores.startOf(frame)),
      end: seconds(scores.endOf(frame)),
      scores: Array.from(scores.row(frame), score),
    };
    yield `${frame > scores.from ? ',' : ''}${JSON.stringify(chunk)}`;
  }
  yield ']';
  if (full) {
    yield `,"settings":${JSON.stringify(settingsOf(doc))},"events":[`;
    for (const [k, event] of doc.derived.events.entries()) {
      yield `${k > 0 ? ',' : ''}${JSON.stringify(eventRecord(event))}`;
    }
    yield ']';
  }
  yield '}\n';
}

const eventRecord = (event: TagEvent) => ({
  start: seconds(event.startS),
  end: seconds(event.endS),
  mid: event.mid,
  name: event.name,
  peak: score(event.peak),
  peakAt: seconds(event.peakS),
  mean: score(event.mean),
  chunks: event.chunks,
});
