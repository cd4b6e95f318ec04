/**
 * What a Zenodo record says of the published files at this moment: sizes, MD5 checksums, the licence. Everything in it comes from
 * the network, so every field may be missing and nothing is guessed in its place. `fetch` is passed in. Any thread.
 * Form: https://developers.zenodo.org ("Records"), as the plain `application/json` answer has it.
 */
import * as v from 'valibot';
import { EarshotError } from '../errors.ts';
import { OFFICIAL_MODELS, type OfficialModel } from './official-models.ts';

export interface RecordSource {
  /** Without a slash at the end; a mirror has the same paths. */
  readonly baseUrl: string;
  readonly recordId: string;
}

export const OFFICIAL_RECORD: RecordSource = { baseUrl: 'https://zenodo.org', recordId: '7964975' };

const base = ({ baseUrl }: RecordSource): string => baseUrl.replace(/\/+$/, '');
const idOf = ({ recordId }: RecordSource): string => encodeURIComponent(recordId);

/** For people. */
export const recordPageUrl = (source: RecordSource = OFFICIAL_RECORD): string =>
  `${base(source)}/records/${idOf(source)}`;
/** The JSON. */
export const recordUrl = (source: RecordSource = OFFICIAL_RECORD): string =>
  `${base(source)}/api/records/${idOf(source)}`;
/** The bytes of a file. Made from the name and never taken from the record, so that a record cannot send us elsewhere. */
export const contentUrl = (fileName: string, source: RecordSource = OFFICIAL_RECORD): string =>
  `${recordUrl(source)}/files/${encodeURIComponent(fileName)}/content`;

export interface RecordLicence {
  /** As written there, for example `cc-by-4.0`; null where it only has a title. */
  readonly id: string | null;
  readonly title: string | null;
  readonly url: string | null;
}

export interface RecordFile {
  readonly name: string;
  readonly bytes: number | null;
  /** 32 lower-case hex digits; null where the record has no MD5. */
  readonly md5: string | null;
}

/** A published model that the record really has. */
export interface OfferedModel {
  readonly model: OfficialModel;
  readonly file: RecordFile;
  readonly url: string;
  /** What does not fit what we expected, in sentences; often empty. */
  readonly notes: readonly string[];
}

export interface OfficialRecord {
  readonly pageUrl: string;
  readonly title: string | null;
  readonly doi: string | null;
  /** Null: the record names none. It is not to be guessed. */
  readonly licence: RecordLicence | null;
  /** In the order of the catalogue. */
  readonly offers: readonly OfferedModel[];
  /** In the catalogue and not in the record. */
  readonly missing: readonly OfficialModel[];
  /** In the record and not in the catalogue. */
  readonly others: readonly RecordFile[];
}

/** One sentence to show before a download. */
export function licenceNote(licence: RecordLicence | null): string {
  if (!licence) return 'The record names no licence.';
  const { id, title, url } = licence;
  const name = title && id && title !== id ? `${title} (${id})` : (title ?? id ?? url);
  return `The record states this licence: ${name}.`;
}

/** As much of the global `fetch` as is used. */
export type FetchJson = (
  url: string,
) => Promise<{ readonly ok: boolean; readonly status: number; json(): Promise<unknown> }>;

/** @throws EarshotError `download-failed` when it cannot be fetched or is no record. */
export async function fetchOfficialRecord(
  fetch: FetchJson,
  source: RecordSource = OFFICIAL_RECORD,
): Promise<OfficialRecord> {
  const url = recordUrl(source);
  const failed = (why: string, cause?: unknown): EarshotError =>
    new EarshotError('download-failed', `${url} ${why}.`, cause === undefined ? {} : { cause });
  let response: Awaited<ReturnType<FetchJson>>;
  try {
    response = await fetch(url);
  } catch (cause) {
    throw failed('could not be reached', cause);
  }
  if (!response.ok) throw failed(`answered with status ${response.status}`);
  let json: unknown;
  try {
    json = await response.json();
  } catch (cause) {
    throw failed('did not answer with JSON', cause);
  }
  return readOfficialRecord(json, source);
}

const text = v.fallback(v.nullable(v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(300))), null);
const FileSchema = v.object({
  key: v.pipe(v.string(), v.minLength(1), v.maxLength(300)),
  size: v.fallback(v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(0))), null),
  checksum: text,
});
/** One entry of another form spoils neither the others nor the record. */
const Files = v.fallback(
  v.pipe(
    v.array(v.unknown()),
    v.transform((entries) => entries.flatMap((entry) => (v.is(FileSchema, entry) ? [v.parse(FileSchema, entry)] : []))),
  ),
  [],
);
const Title = v.union([v.string(), v.record(v.string(), v.unknown())]);
const LicenceSchema = v.union([
  v.pipe(
    v.string(),
    v.transform((id) => ({ id, title: null, url: null })),
  ),
  v.object({ id: text, title: v.fallback(v.nullable(Title), null), url: text }),
]);
const RecordSchema = v.object({
  doi: text,
  files: Files,
  metadata: v.fallback(
    v.object({
      title: text,
      doi: text,
      license: v.fallback(v.nullable(LicenceSchema), null),
      /** The same thing in the newer form. */
      rights: v.fallback(v.array(v.unknown()), []),
    }),
    { title: null, doi: null, license: null, rights: [] },
  ),
});

/** @throws EarshotError `download-failed` when it is not a record at all; anything smaller that is missing becomes null. */
export function readOfficialRecord(json: unknown, source: RecordSource = OFFICIAL_RECORD): OfficialRecord {
  const isObject = typeof json === 'object' && json !== null && ('files' in json || 'metadata' in json);
  const parsed = v.safeParse(RecordSchema, json);
  if (!isObject || !parsed.success) {
    throw new EarshotError('download-failed', `${recordUrl(source)} did not answer with a record.`);
  }
  const { doi, files: listed, metadata } = parsed.output;
  const files = new Map<string, RecordFile>();
  for (const { key, size, checksum } of listed) {
    files.set(key, { name: key, bytes: size, md5: md5Of(checksum) });
  }
  const offers: OfferedModel[] = [];
  const missing: OfficialModel[] = [];
  for (const model of OFFICIAL_MODELS) {
    const file = files.get(model.fileName);
    if (!file) {
      missing.push(model);
      continue;
    }
    files.delete(model.fileName);
    offers.push({ model, file, url: contentUrl(model.fileName, source), notes: notesOn(model, file) });
  }
  return {
    pageUrl: recordPageUrl(source),
    title: metadata.title,
    doi: doi ?? metadata.doi,
    licence: licenceOf(metadata.license) ?? licenceOf(parseLicence(metadata.rights[0])),
    offers,
    missing,
    others: [...files.values()],
  };
}

function md5Of(checksum: string | null): string | null {
  const match = /^(?:md5:)?([0-9a-f]{32})$/i.exec(checksum ?? '');
  return match ? match[1]!.toLowerCase() : null;
}

type Licence = v.InferOutput<typeof LicenceSchema>;
const parseLicence = (value: unknown): Licence | null => {
  const parsed = v.safeParse(LicenceSchema, value);
  return parsed.success ? parsed.output : null;
};

function licenceOf(licence: Licence | null): RecordLicence | null {
  if (!licence) return null;
  const { id, url } = licence;
  const title = typeof licence.title === 'string' ? licence.title : (licence.title?.['en'] ?? null);
  const words = { id: id || null, title: typeof title === 'string' && title !== '' ? title : null, url };
  return words.id === null && words.title === null && words.url === null ? null : words;
}

/** A container adds less than a hundredth; a training snapshot or half precision would show. */
const SIZE_TOLERANCE = 0.05;

function notesOn(model: OfficialModel, { bytes, md5 }: RecordFile): string[] {
  const notes: string[] = [];
  if (md5 === null) notes.push('The record has no MD5 for this file, so a download cannot be checked against it.');
  if (bytes === null) notes.push('The record does not say how large this file is.');
  else if (Math.abs(bytes - model.approximateBytes) > model.approximateBytes * SIZE_TOLERANCE) {
    notes.push(
      `The file has ${megabytes(bytes)}, about ${megabytes(model.approximateBytes)} were expected: it may hold more, or other numbers, than its name says.`,
    );
  }
  return notes;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
