/** What an installed model is called, and what its card says of where it came from. Pure; any thread. */
import type { OfficialModel } from '../core/catalogue/official-models.ts';
import { licenceNote, type OfferedModel, type RecordLicence } from '../core/catalogue/zenodo-record.ts';
import type { CardWords } from '../core/model/make-model.ts';
import type { Precision } from './installer.ts';

const ending = (precision: Precision): string => (precision === 'fp32' ? '' : `-${precision}`);

/** The catalogue's id, with the precision where it is not as published. */
export const publishedId = (model: OfficialModel, precision: Precision): string => `${model.id}${ending(precision)}`;

/** Letters, digits, dots, dashes and underscores of a file's name, without its ending. */
export function idFromName(fileName: string): string {
  const stem = fileName
    .replace(/\.(pt|pth|ckpt|bin|safetensors|zip)$/i, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .replace(/[^a-z0-9]+$/, '')
    .slice(0, 60);
  return stem === '' ? 'imported' : stem;
}

/** `NAME`, `NAME-fp16`, and with -2, -3 … behind it where that is taken. */
export function freeId(name: string, precision: Precision, taken: ReadonlySet<string>): string {
  const wanted = name.endsWith(ending(precision)) ? name : `${name}${ending(precision)}`;
  let id = wanted;
  for (let i = 2; taken.has(id); i++) id = `${wanted}-${i}`;
  return id;
}

const withPrecision = (title: string, precision: Precision): string =>
  precision === 'fp32' ? title : `${title} (${precision})`;

const isoDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

export function publishedWords(
  { model, file, url }: OfferedModel,
  licence: RecordLicence | null,
  precision: Precision,
  nowMs: number,
): CardWords {
  const kind =
    model.family === 'streaming' ? `streaming, ${model.delayS} s at a time` : `up to ${model.delayS} s at a time`;
  const checked = file.md5 === null ? 'not checked, the record has no MD5' : `MD5 ${file.md5} as the record says`;
  return {
    id: publishedId(model, precision),
    title: withPrecision(model.title, precision),
    summary: `Published by the authors of Streaming Audio Transformers: ${kind}, ${model.classes} AudioSet classes; mAP ${model.publishedMapPercent.toFixed(2)} on AudioSet's evaluation set as they published it, not measured here.`,
    origin: `Downloaded from ${url} on ${isoDay(nowMs)}; ${checked}.`,
    licence: { spdx: licence?.id ?? 'NOASSERTION', note: licenceNote(licence) },
  };
}

/** `sha256` of the file as it came. */
export function importedWords(id: string, fileName: string, sha256: string, nowMs: number): CardWords {
  return { id, title: id, origin: `Imported from ${fileName} (SHA-256 ${sha256}) on ${isoDay(nowMs)}.` };
}
