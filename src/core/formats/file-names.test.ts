import { describe, expect, test } from 'vitest';
import { goldenDocument } from '../../../fixtures/formats/golden-document.ts';
import { DEFAULT_RULES } from '../events/event-types.ts';
import { modelTag, rulesTag, safeName, stemOf, uniqueStems } from './file-names.ts';

test.each([
  ['rain.mp3', 'rain'],
  ['Live, 14:05', 'Live, 14_05'],
  ['a.b.flac', 'a.b'],
  ['no ending', 'no ending'],
  ['Dr. Smith', 'Dr. Smith'],
  ['.wav', 'wav'],
  ['...', 'recording'],
  ['../../etc/passwd', '_.._etc_passwd'],
  ['雨 “quoted”.wav', '雨 “quoted”'],
  ['ends. .wav', 'ends'],
])('the stem of %j is %j', (name, stem) => {
  expect(stemOf(name)).toBe(stem);
});

test('a stem leaves room for what follows, in bytes, and cuts no character', () => {
  const long = safeName('雨☔'.repeat(200));
  expect(new TextEncoder().encode(long).length).toBeLessThanOrEqual(140);
  expect([...long].every((char) => char === '雨' || char === '☔')).toBe(true);
});

describe('uniqueStems', () => {
  const stems = (...names: [string, string][]) =>
    uniqueStems(names.map(([folder, fileName]) => ({ folder, fileName })));

  test('same names in different folders stay', () => {
    expect(stems(['', 'rain.wav'], ['night/', 'rain.wav'])).toEqual(['rain', 'rain']);
  });
  test('rain.wav beside rain.mp3 keep their endings; Rain.wav counts as rain.wav', () => {
    expect(stems(['', 'rain.wav'], ['', 'rain.mp3'], ['', 'dog.wav'])).toEqual(['rain.wav', 'rain.mp3', 'dog']);
    expect(stems(['', 'rain.wav'], ['', 'Rain.wav'])).toEqual(['rain.wav', 'Rain.wav-2']);
  });
  test('the same name three times is numbered, past a file that has such a name', () => {
    const made = stems(['', 'a.wav'], ['', 'a.wav'], ['', 'a.wav'], ['', 'a.wav-2']);
    expect(new Set(made).size).toBe(4);
  });
});

test('model and rules in a name: only what makes a difference', () => {
  const doc = goldenDocument();
  expect(modelTag(doc)).toBe('sat-t-2s-3fa5aea5');
  expect(modelTag({ ...doc, run: { ...doc.run, memory: false, chunkS: 10.12, strideS: 1 } })).toBe(
    'sat-t-2s-3fa5aea5-no-memory-every1s',
  );
  expect(rulesTag(DEFAULT_RULES)).toBe('on0.5-off0.3');
  expect(rulesTag({ ...DEFAULT_RULES, on: 1 / 3, mergeGapS: 0.25, medianChunks: 3, grouped: true })).toBe(
    'on0.3333-off0.3-gap0.25-median3-grouped',
  );
});
