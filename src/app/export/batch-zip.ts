/**
 * Everything of many takes in one zip: the chosen formats of every lane, folders as they were dropped, settings, and a summary.csv
 * with a row for each. Main thread, in short pieces; can be aborted.
 */
import type { EventRules } from '../../core/events/event-types.ts';
import type { ExportFormat } from '../../core/formats/export-document.ts';
import { modelTag, safeName, uniqueStems } from '../../core/formats/file-names.ts';
import { exportFiles } from '../../core/formats/formats.ts';
import {
  SUMMARY_FILE,
  SUMMARY_HEADER,
  type SummaryRow,
  stoppedState,
  summaryLine,
  topClasses,
} from '../../core/formats/summary.ts';
import type { TakeRow, TakeState } from '../store/take.ts';
import { Breather } from './breather.ts';
import { isExportable, takeDocument, whyStopped } from './take-document.ts';
import { ZipWriter } from './zip-writer.ts';

export interface BatchOptions {
  readonly formats: readonly ExportFormat[];
  readonly rules: EventRules;
  readonly madeAt: Date;
  readonly signal?: AbortSignal;
  /** Takes that are in the zip so far. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Rejects with the signal's reason when it is aborted. */
export async function batchZip(rows: readonly TakeRow[], options: BatchOptions): Promise<Blob> {
  const { formats, rules, madeAt, signal, onProgress } = options;
  const breather = new Breather();
  const zip = new ZipWriter(breather, madeAt);
  const stems = uniqueStems(rows.map(({ take }) => ({ folder: take.folder, fileName: take.name })));
  const summary = [SUMMARY_HEADER];
  for (const [k, { take, state }] of rows.entries()) {
    const lanes = take.lanes.filter(isExportable);
    if (lanes.length === 0) summary.push(summaryLine(unheard(take.folder + take.name, state, take.readS)));
    const names = new Set<string>();
    for (const lane of lanes) {
      // Events are derived here, in one piece: let the page breathe before.
      await breather.rest(signal);
      const doc = takeDocument(take, lane, rules, madeAt, state);
      const { scores } = doc;
      if (scores.to > scores.from) {
        for (const { name, parts } of exportFiles(doc, formats, { settings: true, stem: stems[k]! })) {
          // Two lanes that differ in nothing a name tells are the same lane.
          if (names.has(name)) continue;
          names.add(name);
          await zip.add(`${safeFolder(take.folder)}${name}`, parts(), signal);
        }
      }
      summary.push(
        summaryLine({
          file: take.folder + take.name,
          model: modelTag(doc),
          lengthS: doc.source.durationS,
          chunks: scores.to - scores.from,
          top: topClasses(scores, doc.labels),
          events: doc.derived.events.length,
          state: stateWord(state),
          message: whyStopped(state, take.readS) ?? '',
        }),
      );
    }
    onProgress?.(k + 1, rows.length);
  }
  await zip.add(SUMMARY_FILE, summary, signal);
  return zip.finish();
}

const unheard = (file: string, state: TakeState, readS: number): SummaryRow => ({
  file,
  model: '',
  lengthS: readS,
  chunks: 0,
  top: [],
  events: 0,
  state: stateWord(state),
  message: whyStopped(state, readS) ?? '',
});

const stateWord = (state: TakeState): string => (state.kind === 'stopped' ? stoppedState(state.atS) : state.kind);

/** Each step a safe name, so that unpacking stays where it was asked to. */
const safeFolder = (folder: string): string =>
  folder
    .split('/')
    .filter((step) => step !== '')
    .map((step) => `${safeName(step)}/`)
    .join('');
