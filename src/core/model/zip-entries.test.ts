import { strToU8, zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { EarshotError } from '../errors.ts';
import { crc32, readZipEntries } from './zip-entries.ts';

const u16 = (value: number): number[] => [value & 255, (value >>> 8) & 255];
const u32 = (value: number): number[] => [...u16(value & 0xffff), ...u16(value >>> 16)];
const u64 = (value: number): number[] => [...u32(value % 2 ** 32), ...u32(Math.floor(value / 2 ** 32))];
const join = (...parts: readonly (readonly number[] | Uint8Array)[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

/** What the directory says of an entry, truly or not. */
interface Entry {
  readonly name: string;
  readonly content: Uint8Array;
  readonly size?: number;
  readonly method?: number;
  readonly flags?: number;
  readonly localAt?: number;
}

/** A zip of stored entries by hand: fflate writes neither zip64 nor lies. `wide` uses zip64 fields; `count` is what is claimed. */
function zipOf(entries: readonly Entry[], { wide = false, count = entries.length, comment = '' } = {}): Uint8Array {
  const full = 0xffffffff;
  const locals: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const { name, content, size = content.length, method = 0, flags = 0, localAt = at } of entries) {
    const title = strToU8(name);
    const facts = [...u16(flags), ...u16(method), ...u32(0), ...u32(crc32(content))];
    const sizes = wide ? [...u32(full), ...u32(full)] : [...u32(size), ...u32(size)];
    const extra = wide ? [...u16(1), ...u16(24), ...u64(size), ...u64(size), ...u64(localAt)] : [];
    const local = join(u32(0x04034b50), u16(45), facts, sizes, u16(title.length), u16(0), title, content);
    const place = u32(wide ? full : localAt);
    const rest = [...u16(0), ...u16(0), ...u16(0), ...u32(0), ...place];
    directory.push(
      join(u32(0x02014b50), u32(45), facts, sizes, u16(title.length), u16(extra.length), rest, title, extra),
    );
    locals.push(local);
    at += local.length;
  }
  const list = join(...directory);
  const end64 = join(u32(0x06064b50), u64(44), u32(45), u64(0), u64(count), u64(count), u64(list.length), u64(at));
  const locator = join(u32(0x07064b50), u32(0), u64(at + list.length), u32(1));
  const counts = wide ? [...u16(0xffff), ...u16(0xffff)] : [...u16(count), ...u16(count)];
  const span = wide ? [...u32(full), ...u32(full)] : [...u32(list.length), ...u32(at)];
  const end = join(u32(0x06054b50), u32(0), counts, span, u16(comment.length), strToU8(comment));
  return join(...locals, list, ...(wide ? [end64, locator] : []), end);
}

const two: readonly Entry[] = [
  { name: 'a/data.pkl', content: Uint8Array.of(1, 2, 3) },
  { name: 'a/__proto__', content: Uint8Array.of(4) },
];

describe('readZipEntries', () => {
  test.each([
    ['stored by hand', zipOf(two)],
    ['with zip64 fields', zipOf(two, { wide: true })],
    ['with a comment', zipOf(two, { comment: 'made PK\u0005\u0006 here' })],
  ])('reads a file %s', (_, file) => {
    const entries = readZipEntries(file);
    expect([...entries].map(([name, content]) => [name, [...content]])).toEqual([
      ['a/data.pkl', [1, 2, 3]],
      ['a/__proto__', [4]],
    ]);
    expect(entries.get('a/data.pkl')?.buffer).toBe(file.buffer);
  });

  test('reads what fflate stores, and knows the CRC-32 of its standard check', () => {
    expect([...readZipEntries(zipSync({ x: Uint8Array.of(7) }, { level: 0 })).keys()]).toEqual(['x']);
    expect(crc32(strToU8('123456789'))).toBe(0xcbf43926);
  });

  const one = (more: Partial<Entry>): Uint8Array => zipOf([{ name: 'x', content: Uint8Array.of(1, 2), ...more }]);
  test.each([
    ['a compressed entry', zipSync({ x: new Uint8Array(1000) }, { level: 6 }), 'compressed'],
    ['an encrypted entry', one({ flags: 1 }), 'encrypted'],
    ['an entry larger than the file', one({ size: 1_000_000 }), 'more than the file'],
    ['an entry into the directory', one({ size: 20 }), 'reaches into the directory'],
    ['an entry elsewhere', one({ localAt: 5 }), 'not where it should be'],
    ['zip64 places of 2^52', zipOf([{ ...two[0]!, localAt: 2 ** 52 }], { wide: true }), 'not where it should be'],
    ['zip64 sizes of 2^52', zipOf([{ ...two[0]!, size: 2 ** 52 }], { wide: true }), 'more than the file'],
    ['four thousand million claimed entries', zipOf(two, { wide: true, count: 4e9 }), 'claims 4000000000 entries'],
    ['one entry too many', zipOf(two, { count: 3 }), 'claims 3 entries'],
    ['one name twice', zipOf([two[0]!, two[0]!]), 'two entries have one name'],
    ['no zip at all', new Uint8Array(100), 'cut off'],
    ['fewer bytes than an ending', new Uint8Array(3), 'cut off'],
  ])('refuses %s', (_, file, why) => {
    expect(() => readZipEntries(file)).toThrow(EarshotError);
    expect(() => readZipEntries(file)).toThrow(why);
  });

  test('content that overlaps is counted twice, so a bomb cannot be made of it', () => {
    const content = new Uint8Array(5000);
    const bomb = zipOf([
      { name: 'a', content },
      ...['b', 'c', 'd'].map((name) => ({ name, content: new Uint8Array(0), size: 5000, localAt: 0 })),
    ]);
    expect(() => readZipEntries(bomb)).toThrow('more than the file');
  });

  test('entries without content are not made by the hundred thousand', () => {
    // All at one place, so that each costs the file its line in the directory only.
    const one = zipOf([{ name: '00000', content: new Uint8Array(0) }]);
    const local = one.subarray(0, 35);
    const line = one.subarray(35, 35 + 51);
    const count = 45_000;
    const many = new Uint8Array(35 + 51 * count + 76 + 22);
    many.set(local);
    for (let i = 0; i < count; i++) many.set([...line.subarray(0, 46), ...strToU8(String(10_000 + i))], 35 + 51 * i);
    many.set(zipOf([], { wide: true, count }).subarray(0, 76), 35 + 51 * count);
    const view = new DataView(many.buffer, 35 + 51 * count);
    view.setBigUint64(40, BigInt(51 * count), true);
    view.setBigUint64(48, 35n, true);
    view.setBigUint64(56 + 8, BigInt(35 + 51 * count), true);
    many.set(zipOf([], { wide: true, count }).subarray(76), 35 + 51 * count + 76);
    expect(() => readZipEntries(many)).toThrow('its directory has 45000 entries');
  });

  test('every damaged bit of the content is noticed', () => {
    const file = zipOf(two);
    for (let bit = 0; bit < 24; bit++) {
      const damaged = file.slice();
      damaged[30 + 'a/data.pkl'.length + (bit >> 3)]! ^= 1 << (bit & 7);
      expect(() => readZipEntries(damaged)).toThrow('CRC-32');
    }
  });
});
