/**
 * Names of exported files. They say what the formats themselves cannot: `rain.sat-t-2s-82fa01c3.on0.5-off0.3.txt` is rain.mp3,
 * heard by the model sat-t-2s whose weights begin with that hash, events by these rules. Pure, any thread.
 */
import type { EventRules } from '../events/event-types.ts';
import type { ExportDocument } from './export-document.ts';
import { short } from './text.ts';

/** Bytes of UTF-8 the recording's own name may take: file systems stop at 255 for the whole. */
const MAX_STEM_BYTES = 140;

/** A name that every file system takes: what Windows forbids becomes `_`. */
export function safeName(name: string): string {
  let safe = name
    .normalize('NFC')
    .replaceAll(/[\p{Cc}<>:"/\\|?*]/gu, '_')
    .replace(/^[\s.]+/, '')
    .replace(/[\s.]+$/, '');
  while (utf8Bytes(safe) > MAX_STEM_BYTES) safe = [...safe].slice(0, -1).join('');
  return safe === '' ? 'recording' : safe;
}

/** The recording's name without its ending: `rain.mp3` → `rain`. */
export const stemOf = (fileName: string): string => safeName(fileName.replace(/(?<=.)\.[^.\s]{1,5}$/u, ''));

export interface NamedFile {
  /** Where its exports go, ending in '/'; '' at the top. */
  readonly folder: string;
  readonly fileName: string;
}

/**
 * A stem for each, so that no two exports of one folder have the same name: rain.wav beside rain.mp3 keep their endings, and what
 * is still the same is numbered. Upper and lower case are the same to some file systems, so they are here.
 */
export function uniqueStems(files: readonly NamedFile[]): string[] {
  const key = (folder: string, stem: string): string => `${folder}${stem}`.toLowerCase();
  const counts = new Map<string, number>();
  for (const { folder, fileName } of files) {
    const name = key(folder, stemOf(fileName));
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const taken = new Set<string>();
  return files.map(({ folder, fileName }) => {
    const stem = stemOf(fileName);
    const wanted = counts.get(key(folder, stem)) === 1 ? stem : safeName(fileName);
    let unique = wanted;
    for (let n = 2; taken.has(key(folder, unique)); n++) unique = `${wanted}-${n}`;
    taken.add(key(folder, unique));
    return unique;
  });
}

/** `sat-t-2s-82fa01c3`, and what of the run two lanes of one model can differ in. */
export function modelTag({ model, run }: Pick<ExportDocument, 'model' | 'run'>): string {
  return [
    `${model.id}-${model.sha256.slice(0, 8)}`,
    ...(run.memory === false ? ['no-memory'] : []),
    ...(run.strideS < run.chunkS - 1e-6 ? [`every${short(run.strideS)}s`] : []),
  ].join('-');
}

/** `on0.5-off0.3-min0.5-gap0.2-median3-grouped`; the last ones only where they do something. */
export function rulesTag(rules: EventRules): string {
  const own = Object.keys(rules.perClass).length;
  return [
    `on${short(rules.on)}`,
    `off${short(rules.off)}`,
    ...(rules.minDurationS > 0 ? [`min${short(rules.minDurationS)}`] : []),
    ...(rules.mergeGapS > 0 ? [`gap${short(rules.mergeGapS)}`] : []),
    ...(rules.medianChunks > 1 ? [`median${rules.medianChunks}`] : []),
    ...(rules.grouped ? ['grouped'] : []),
    ...(own > 0 ? [`own${own}`] : []),
  ].join('-');
}

export const settingsFileName = (doc: ExportDocument, stem = stemOf(doc.source.fileName)): string =>
  `${stem}.${modelTag(doc)}.settings.json`;

/** Core has no TextEncoder: counted from code points. */
function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const char of text) {
    const point = char.codePointAt(0)!;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}
