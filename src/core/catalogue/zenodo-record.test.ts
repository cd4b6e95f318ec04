/** Against made-up records of the real form: whole, poor, changed, and no record at all. */
import { describe, expect, test, vi } from 'vitest';
import { EarshotError } from '../errors.ts';
import { OFFICIAL_MODELS } from './official-models.ts';
import {
  contentUrl,
  fetchOfficialRecord,
  licenceNote,
  OFFICIAL_RECORD,
  readOfficialRecord,
  recordPageUrl,
  recordUrl,
} from './zenodo-record.ts';

const MD5 = '0123456789abcdef0123456789abcdef';
const file = (key: string, size: unknown, checksum: unknown = `md5:${MD5}`) => ({
  id: '7f5c0d5e-0000-4000-8000-000000000000',
  key,
  size,
  checksum,
  links: { self: `https://elsewhere.example/${key}` },
});
const files = OFFICIAL_MODELS.map(({ fileName, approximateBytes }) => file(fileName, approximateBytes + 60_000));
const record = (more: object = {}) => ({
  created: '2023-05-24T00:00:00.000000+00:00',
  id: 7964975,
  doi: '10.5281/zenodo.7964975',
  metadata: { title: 'Made-up weights', license: { id: 'cc-by-4.0' }, access_right: 'open' },
  files,
  links: { self: 'https://zenodo.org/api/records/7964975' },
  stats: { downloads: 1 },
  ...more,
});

describe('addresses', () => {
  test('of the record, its page and a file', () => {
    expect(recordUrl()).toBe('https://zenodo.org/api/records/7964975');
    expect(recordPageUrl()).toBe('https://zenodo.org/records/7964975');
    expect(contentUrl('SAT_T_stream2s_mAP_43_34.pt')).toBe(
      'https://zenodo.org/api/records/7964975/files/SAT_T_stream2s_mAP_43_34.pt/content',
    );
  });

  test('of a mirror; names are escaped', () => {
    const mirror = { baseUrl: 'http://127.0.0.1:9000/z/', recordId: '1' };
    expect(contentUrl('a b/../c.pt', mirror)).toBe(
      'http://127.0.0.1:9000/z/api/records/1/files/a%20b%2F..%2Fc.pt/content',
    );
  });
});

describe('readOfficialRecord', () => {
  test('a whole record: all nine, with size, checksum and an address of our own making', () => {
    const read = readOfficialRecord(record());
    expect(read).toMatchObject({
      title: 'Made-up weights',
      doi: '10.5281/zenodo.7964975',
      licence: { id: 'cc-by-4.0', title: null, url: null },
      missing: [],
      others: [],
    });
    expect(read.offers.map(({ model }) => model)).toEqual(OFFICIAL_MODELS);
    for (const { model, file: offered, url, notes } of read.offers) {
      expect(offered).toEqual({ name: model.fileName, bytes: model.approximateBytes + 60_000, md5: MD5 });
      expect(url).toBe(contentUrl(model.fileName));
      expect(notes).toEqual([]);
    }
    expect(licenceNote(read.licence)).toBe('The record states this licence: cc-by-4.0.');
  });

  test.each([
    ['none', {}, null],
    ['null', { license: null }, null],
    ['an empty one', { license: {} }, null],
    ['a number', { license: 4 }, null],
    ['text', { license: 'mit' }, { id: 'mit', title: null, url: null }],
    [
      'with a title',
      { license: { id: 'x', title: 'X 1', url: 'https://x' } },
      { id: 'x', title: 'X 1', url: 'https://x' },
    ],
    [
      'in the newer form',
      { rights: [{ id: 'cc0-1.0', title: { en: 'CC Zero', de: 'CC Null' } }] },
      { id: 'cc0-1.0', title: 'CC Zero', url: null },
    ],
  ])('a licence: %s', (_, metadata, expected) => {
    expect(readOfficialRecord(record({ metadata })).licence).toEqual(expected);
  });

  test('no licence is said, never guessed', () => {
    expect(licenceNote(null)).toBe('The record names no licence.');
    expect(licenceNote({ id: 'x', title: 'X 1', url: null })).toContain('X 1 (x)');
  });

  test('missing files are missing, unknown ones are listed, spoilt entries spoil nothing else', () => {
    const some = [files[0], file('readme.txt', 12), { size: 4 }, 'text', null, file('', 3)];
    const read = readOfficialRecord(record({ files: some }));
    expect(read.offers.map(({ model }) => model.arch)).toEqual(['SAT_T_2s']);
    expect(read.missing).toHaveLength(8);
    expect(read.others).toEqual([{ name: 'readme.txt', bytes: 12, md5: MD5 }]);
  });

  test.each([
    ['a name and nothing else', { key: OFFICIAL_MODELS[0]!.fileName }, { bytes: null, md5: null }, /no MD5/],
    ['no checksum', file(OFFICIAL_MODELS[0]!.fileName, files[0]!.size, null), { md5: null }, /no MD5/],
    ['another checksum', file(OFFICIAL_MODELS[0]!.fileName, files[0]!.size, 'sha256:00'), { md5: null }, /no MD5/],
    ['no size', file(OFFICIAL_MODELS[0]!.fileName, undefined), { bytes: null }, /does not say how large/],
    ['a negative size', file(OFFICIAL_MODELS[0]!.fileName, -5), { bytes: null }, /does not say how large/],
    ['another size', file(OFFICIAL_MODELS[0]!.fileName, 11_000_000), { bytes: 11_000_000 }, /11\.0 MB, about 22\.1 MB/],
  ])('an entry with %s', (_, entry, expected, note) => {
    const [offer] = readOfficialRecord(record({ files: [entry] })).offers;
    expect(offer?.file).toMatchObject(expected);
    expect(offer?.notes.join()).toMatch(note);
  });

  test('a record without files or metadata offers nothing', () => {
    const read = readOfficialRecord({ metadata: 7, files: null });
    expect(read).toMatchObject({ title: null, doi: null, licence: null, offers: [] });
    expect(read.missing).toHaveLength(9);
  });

  test.each([['a text'], [null], [[]], [{ message: 'PID does not exist' }]])('no record: %j', (json) => {
    expect(() => readOfficialRecord(json)).toThrow(EarshotError);
  });
});

describe('fetchOfficialRecord', () => {
  const answer = (json: unknown, status = 200) => ({ ok: status < 400, status, json: async () => json });

  test('asks the configured base', async () => {
    const fetch = vi.fn(async () => answer(record()));
    const source = { ...OFFICIAL_RECORD, baseUrl: 'http://127.0.0.1:9' };
    const read = await fetchOfficialRecord(fetch, source);
    expect(fetch).toHaveBeenCalledWith('http://127.0.0.1:9/api/records/7964975');
    expect(read.offers[0]!.url).toContain('http://127.0.0.1:9/api/');
  });

  test.each([
    ['unreachable', async () => Promise.reject(new TypeError('fetch failed')), /could not be reached/],
    ['404', async () => answer({}, 404), /status 404/],
    ['no JSON', async () => ({ ...answer(0), json: () => Promise.reject(new SyntaxError('x')) }), /JSON/],
    ['no record', async () => answer({ status: 'ok' }), /did not answer with a record/],
  ])('%s: one sentence with the address', async (_, fetch, why) => {
    const failed = fetchOfficialRecord(fetch);
    await expect(failed).rejects.toMatchObject({ code: 'download-failed' });
    await expect(failed).rejects.toThrow(why);
    await expect(failed).rejects.toThrow('https://zenodo.org/api/records/7964975');
  });
});
