/**
 * All export formats: what they are called, what they are for, and how they are written. Menu and command line are made from this
 * list. Pure, any thread.
 */
import { audacityParts } from './audacity.ts';
import { csvParts } from './chunk-scores.ts';
import { dcaseParts } from './dcase.ts';
import type { ExportDocument, ExportFormat } from './export-document.ts';
import { modelTag, rulesTag, settingsFileName, stemOf } from './file-names.ts';
import { jamsParts } from './jams.ts';
import { ravenParts } from './raven.ts';
import { jsonParts } from './score-record.ts';
import { sedScoresParts } from './sed-scores.ts';
import { writeSettings } from './settings-file.ts';
import { webvttParts } from './webvtt.ts';

export interface FormatWriter {
  readonly format: ExportFormat;
  readonly title: string;
  /** Without the leading dot; no two of one file are the same. */
  readonly extension: string;
  readonly mimeType: string;
  /** One sentence for people. */
  readonly what: string;
  readonly holds: 'scores' | 'events';
  /** Does the file itself say model, hash and settings? Else they go beside it. */
  readonly carriesSettings: boolean;
  /** The text in order, in parts of about a chunk or an event, so that hours can be written without holding up a page. */
  parts(doc: ExportDocument): Iterable<string>;
  write(doc: ExportDocument): string;
}

const writer = (it: Omit<FormatWriter, 'write'>): FormatWriter => ({
  ...it,
  write: (doc) => [...it.parts(doc)].join(''),
});

export const FORMATS: readonly FormatWriter[] = [
  writer({
    format: 'csv',
    title: 'CSV',
    extension: 'csv',
    mimeType: 'text/csv',
    what: 'Every score of every class, one row a chunk, for spreadsheets and R.',
    holds: 'scores',
    carriesSettings: false,
    parts: csvParts,
  }),
  writer({
    format: 'json',
    title: 'JSON',
    extension: 'json',
    mimeType: 'application/json',
    what: 'Every score, the events and all settings in one file, for programs.',
    holds: 'scores',
    carriesSettings: true,
    parts: (doc) => jsonParts(doc),
  }),
  writer({
    format: 'audacity',
    title: 'Audacity labels',
    extension: 'txt',
    mimeType: 'text/plain',
    what: 'Events as a label track, to see them under the sound in Audacity.',
    holds: 'events',
    carriesSettings: false,
    parts: audacityParts,
  }),
  writer({
    format: 'raven',
    title: 'Raven selections',
    extension: 'selections.txt',
    mimeType: 'text/plain',
    what: 'Events as a selection table, for bioacoustics in Raven.',
    holds: 'events',
    carriesSettings: true,
    parts: ravenParts,
  }),
  writer({
    format: 'dcase',
    title: 'DCASE strong labels',
    extension: 'events.tsv',
    mimeType: 'text/tab-separated-values',
    what: 'Events as sound event detection challenges write them, for evaluation.',
    holds: 'events',
    carriesSettings: false,
    parts: dcaseParts,
  }),
  writer({
    format: 'jams',
    title: 'JAMS',
    extension: 'jams',
    mimeType: 'application/json',
    what: 'Events as annotations for Python’s jams and audio research tools.',
    holds: 'events',
    carriesSettings: true,
    parts: jamsParts,
  }),
  writer({
    format: 'webvtt',
    title: 'WebVTT captions',
    extension: 'vtt',
    mimeType: 'text/vtt',
    what: 'Events as captions such as [Dog barking], for people who cannot hear the video.',
    holds: 'events',
    carriesSettings: true,
    parts: webvttParts,
  }),
  writer({
    format: 'sed-scores',
    title: 'sed_scores_eval',
    extension: 'tsv',
    mimeType: 'text/tab-separated-values',
    what: 'Every score without gaps, for threshold-free evaluation with sed_scores_eval.',
    holds: 'scores',
    carriesSettings: false,
    parts: sedScoresParts,
  }),
];

export function formatOf(name: ExportFormat): FormatWriter {
  const found = FORMATS.find(({ format }) => format === name);
  if (!found)
    throw new RangeError(`format must be one of ${FORMATS.map(({ format }) => format).join(', ')}, got "${name}"`);
  return found;
}

/** `rain.sat-t-2s-82fa01c3.on0.5-off0.3.txt`; scores are the same by any rules, so their name says none. */
export function exportFileName(doc: ExportDocument, format: ExportFormat, stem = stemOf(doc.source.fileName)): string {
  const { extension, holds } = formatOf(format);
  return [stem, modelTag(doc), ...(holds === 'events' ? [rulesTag(doc.rules)] : []), extension].join('.');
}

export interface ExportFile {
  readonly name: string;
  parts(): Iterable<string>;
}

/** What one recording gives: a file a format and, when asked for, the settings beside them. */
export function exportFiles(
  doc: ExportDocument,
  formats: readonly ExportFormat[],
  options: { readonly settings: boolean; readonly stem?: string },
): ExportFile[] {
  const { settings, stem = stemOf(doc.source.fileName) } = options;
  return [
    ...formats.map((format) => ({
      name: exportFileName(doc, format, stem),
      parts: () => formatOf(format).parts(doc),
    })),
    ...(settings ? [{ name: settingsFileName(doc, stem), parts: () => [writeSettings(doc)] }] : []),
  ];
}
