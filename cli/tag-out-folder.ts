/** `earshot tag --out DIR`: files for each input, sub-folders as they were, and a summary that grows as it works. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EarshotError } from '../src/core/errors.ts';
import type { ExportDocument, ExportFormat } from '../src/core/formats/export-document.ts';
import { modelTag, uniqueStems } from '../src/core/formats/file-names.ts';
import { exportFiles } from '../src/core/formats/formats.ts';
import { SUMMARY_FILE, SUMMARY_HEADER, stoppedState, summaryLine, topClasses } from '../src/core/formats/summary.ts';
import { makeFolder } from './make-folder.ts';
import type { HeardFile } from './tag-file.ts';
import type { TagInput } from './tag-inputs.ts';
import type { TagOutput } from './tag-output.ts';

/** @throws EarshotError `write-failed`, here and from `end`: without a place to write to there is no going on. */
export function folderOutput(out: string, formats: readonly ExportFormat[], inputs: readonly TagInput[]): TagOutput {
  const stems = uniqueStems(inputs);
  const stemOfInput = new Map(inputs.map((input, k) => [input, stems[k]!]));
  const summary = join(out, SUMMARY_FILE);
  write(summary, [SUMMARY_HEADER], 'w');
  return {
    keepsScores: true,
    begin: () => {},
    frame: () => {},
    end: async (input, heard, document) => {
      const doc = document();
      const isNothing = heard.error !== null && heard.scores.to === heard.scores.from;
      if (!isNothing) {
        const stem = stemOfInput.get(input)!;
        for (const { name, parts } of exportFiles(doc, formats, { settings: true, stem })) {
          write(join(out, input.folder, name), parts(), 'w');
        }
      }
      write(summary, [summaryRow(input, heard, doc)], 'a');
    },
  };
}

function summaryRow({ folder, fileName }: TagInput, heard: HeardFile, doc: ExportDocument): string {
  const { scores, heardS, error } = heard;
  return summaryLine({
    file: `${folder}${fileName}`,
    model: modelTag(doc),
    lengthS: heardS,
    chunks: scores.to - scores.from,
    top: topClasses(scores, doc.labels),
    events: doc.derived.events.length,
    state: error === null ? 'done' : heardS > 0 ? stoppedState(heardS) : 'failed',
    message: error?.message ?? '',
  });
}

/** Part by part, so that hours of scores never become one string. */
function write(path: string, parts: Iterable<string>, flags: 'w' | 'a'): void {
  try {
    makeFolder(dirname(path));
    const file = openSync(path, flags);
    try {
      for (const text of joined(parts)) writeSync(file, text);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EarshotError('write-failed', `${path} could not be written (${reason}).`);
  }
}

/** Parts of a line each are too small to be written one by one. */
function* joined(parts: Iterable<string>): Generator<string> {
  let text = '';
  for (const part of parts) {
    text += part;
    if (text.length < 1 << 16) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}
