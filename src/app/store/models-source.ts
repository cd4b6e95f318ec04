/** Where published models are downloaded from: Zenodo, or a mirror with the same paths that a person or the address names. Pure. */
import { OFFICIAL_RECORD, type RecordSource } from '../../core/catalogue/zenodo-record.ts';

const MOST_CHARACTERS = 300;

/** The address of a mirror without its ending slash, or null: for Zenodo itself, and for anything that is not a plain http address. */
export function readRecordBase(text: string | null): string | null {
  if (text === null || text.length > MOST_CHARACTERS || !URL.canParse(text.trim())) return null;
  const { protocol, username, password, origin, pathname } = new URL(text.trim());
  if ((protocol !== 'http:' && protocol !== 'https:') || username !== '' || password !== '') return null;
  const base = `${origin}${pathname.replace(/\/+$/, '')}`;
  return base === OFFICIAL_RECORD.baseUrl ? null : base;
}

export const recordSource = (recordBase: string | null): RecordSource =>
  recordBase === null ? OFFICIAL_RECORD : { ...OFFICIAL_RECORD, baseUrl: recordBase };

/** "zenodo.org", "127.0.0.1:9000". */
export const hostOf = ({ baseUrl }: RecordSource): string => (URL.canParse(baseUrl) ? new URL(baseUrl).host : baseUrl);
