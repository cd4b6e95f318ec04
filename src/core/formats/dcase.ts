/** Events as DCASE strong labels: `filename⇥onset⇥offset⇥event_label` with that header. Tables of several files share one. Pure, any thread. */
import type { ExportDocument } from './export-document.ts';
import { tsvLine } from './text.ts';

export const DCASE_HEADER = tsvLine(['filename', 'onset', 'offset', 'event_label']);

/** The rows alone. `fileName`: what the first column says; the recording's name when absent. */
export function* dcaseRows(doc: ExportDocument, fileName = doc.source.fileName): Generator<string> {
  for (const { startS, endS, name } of doc.derived.events) {
    yield tsvLine([fileName, startS.toFixed(6), endS.toFixed(6), name]);
  }
}

export function* dcaseParts(doc: ExportDocument): Generator<string> {
  yield DCASE_HEADER;
  yield* dcaseRows(doc);
}
