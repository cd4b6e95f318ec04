/** Each format against its golden file, and read back by somebody else's reader. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { type Options, parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { GOLDEN_LABELS, goldenDocument, timelineOf } from '../../../fixtures/formats/golden-document.ts';
import type { TagEvent } from '../events/event-types.ts';
import { EXPORT_FORMATS, type ExportDocument } from './export-document.ts';
import { exportFileName, exportFiles, FORMATS, formatOf } from './formats.ts';
import { jsonParts } from './score-record.ts';
import { writeSettings } from './settings-file.ts';

const fixture = (name: string): string =>
  readFileSync(new URL(`../../../fixtures/formats/${name}`, import.meta.url), 'utf8');
const doc = goldenDocument();
const rowsOf = (text: string, options: Options = {}): string[][] =>
  parse(text, { ...options, relax_column_count: false }) as unknown as string[][];
const csv = (text: string): string[][] => rowsOf(text);
const tsv = (text: string): string[][] => rowsOf(text, { delimiter: '\t' });
const plainTsv = (text: string): string[][] => rowsOf(text, { delimiter: '\t', quote: false });

/** Names a person or a model may bring, each a trap for some format. */
const AWKWARD = [
  'Baby cry, infant cry',
  'He said "hi"',
  '"quoted"',
  'tab\there',
  'line\nbreak',
  'a --> b',
  '<i>R&D</i>',
  '雨 ☔',
  '#1',
  '=SUM(A1)',
];
function awkwardDocument(): ExportDocument {
  const labels = { mids: AWKWARD.map((_, k) => `/m/x${k}`), names: AWKWARD };
  const events = AWKWARD.map(
    (name, k): TagEvent => ({
      classIndex: k,
      mid: `/m/x${k}`,
      name,
      startS: k,
      endS: k + 1,
      peak: 0.75,
      peakS: k + 0.5,
      mean: 0.625,
      chunks: 1,
    }),
  );
  return goldenDocument({
    labels,
    scores: timelineOf([[0, 2, AWKWARD.map((_, k) => k / 16)]], AWKWARD.length),
    derived: { events, rejected: [] },
    source: { ...doc.source, fileName: '雨, "naß" --> 1.mp3', stopped: 'It is cut off at 2.0 s.' },
  });
}
/** What a format without quoting makes of a name. */
const flat = (name: string): string => name.replaceAll(/[\t\n]/g, ' ');

describe('golden files', () => {
  test.each(FORMATS)('$format', ({ extension, write }) => {
    expect(write(doc)).toBe(fixture(`golden/golden.${extension}`));
  });
  test('settings', () => {
    expect(writeSettings(doc)).toBe(fixture('golden/golden.settings.json'));
  });
  test('the registry knows every format once, by an ending of its own', () => {
    expect(FORMATS.map(({ format }) => format)).toEqual([...EXPORT_FORMATS]);
    expect(new Set(FORMATS.map(({ extension }) => extension)).size).toBe(FORMATS.length);
    expect(() => formatOf('elan' as never)).toThrow(/csv, json.*"elan"/);
  });
});

describe('read back', () => {
  test('csv: header, spans, and scores exact to the float', () => {
    const [header, ...rows] = csv(formatOf('csv').write(doc));
    expect(header).toEqual(['start', 'end', ...GOLDEN_LABELS.names]);
    expect(rows.map(([start, end]) => [Number(start), Number(end)])).toContainEqual([6.5, 8.42]);
    rows.forEach((row, frame) => {
      expect(Float32Array.from(row.slice(2), Number)).toEqual(doc.scores.row(frame));
    });
    expect(csv(formatOf('csv').write(awkwardDocument()))[0]?.slice(2)).toEqual(AWKWARD);
  });

  test('json: the command line’s five keys first, then settings and events; scores exact', () => {
    const record = JSON.parse(formatOf('json').write(doc));
    expect(Object.keys(record)).toEqual(['file', 'model', 'framing', 'labels', 'chunks', 'settings', 'events']);
    expect(record.chunks).toHaveLength(6);
    expect(Float32Array.from(record.chunks[5].scores)).toEqual(doc.scores.row(5));
    expect(record.settings).toEqual(JSON.parse(writeSettings(doc)));
    expect(record.events[4]).toMatchObject({ start: 6.5, end: 10.34, mid: '/t/dd00002', peak: 0.71 });
    const bare = [...jsonParts(doc, { file: 'a/b.wav', full: false })].join('');
    expect(Object.keys(JSON.parse(bare))).toEqual(['file', 'model', 'framing', 'labels', 'chunks']);
    expect(bare.split('\n')).toHaveLength(2);
  });

  test('raven: the seven columns, one selection an event, no quoting', () => {
    const [header, ...rows] = plainTsv(formatOf('raven').write(doc));
    expect(header?.slice(0, 7).join(', ')).toBe(
      'Selection, View, Channel, Begin Time (s), End Time (s), Low Freq (Hz), High Freq (Hz)',
    );
    expect(rows.map((row) => row.slice(0, 8))[3]).toEqual([
      '4',
      'Spectrogram 1',
      '1',
      '6.500000',
      '10.340000',
      '0',
      '8000',
      'Speech',
    ]);
    expect(rows[0]?.[11]).toContain(doc.model.sha256);
    const telephone = goldenDocument({ source: { ...doc.source, rateHz: 8000 } });
    expect(plainTsv(formatOf('raven').write(telephone))[1]?.[6]).toBe('4000');
    expect(plainTsv(formatOf('raven').write(awkwardDocument())).map((row) => row[7])).toEqual([
      'Class',
      ...AWKWARD.map(flat),
    ]);
  });

  test('dcase: four columns with their header', () => {
    const [header, first, ...rows] = tsv(formatOf('dcase').write(doc));
    expect(header).toEqual(['filename', 'onset', 'offset', 'event_label']);
    expect(first).toEqual([doc.source.fileName, '0.000000', '5.760000', 'Rain']);
    expect(rows).toHaveLength(5);
    const awkward = tsv(formatOf('dcase').write(awkwardDocument())).slice(1);
    expect(awkward.map((row) => row[3])).toEqual(AWKWARD.map(flat));
    expect(awkward[0]?.[0]).toBe('雨, "naß" --> 1.mp3');
  });

  test('sed-scores: from zero, no gap, last offset the end of the scores', () => {
    const late = goldenDocument({
      scores: timelineOf(
        [
          [1.5, 3, [0.1, 0.2]],
          [3.000004, 4.5, [0.3, 0.4]],
          [7, 8, [0.5, 0.6]],
        ],
        2,
      ),
      labels: { mids: ['/m/a', '/m/b'], names: ['A, a', 'B'] },
    });
    for (const one of [doc, late, awkwardDocument()]) {
      const [header, ...rows] = tsv(formatOf('sed-scores').write(one));
      expect(header).toEqual(['onset', 'offset', ...one.labels.names.map(flat)]);
      expect(rows[0]?.[0]).toBe('0');
      rows.slice(1).forEach((row, k) => {
        expect(row[0]).toBe(rows[k]?.[1]);
      });
      for (const [onset, offset] of rows) expect(Number(offset)).toBeGreaterThan(Number(onset));
      expect(Number(rows.at(-1)?.[1])).toBe(one.scores.endS);
    }
    const lines = tsv(formatOf('sed-scores').write(late)).slice(1);
    expect(lines.map((row) => row.slice(2).map((value) => Number(value).toFixed(1)))).toEqual([
      ['0.0', '0.0'],
      ['0.1', '0.2'],
      ['0.3', '0.4'],
      ['0.0', '0.0'],
      ['0.5', '0.6'],
    ]);
  });

  test('jams: valid by its schema; AudioSet’s namespace only for AudioSet’s classes', () => {
    const validate = new Ajv({ allowUnionTypes: true }).compile(JSON.parse(fixture('jams-schema.json')));
    const foreign = goldenDocument({ labels: { mids: ['class_000'], names: ['Class 0'] } });
    for (const one of [doc, awkwardDocument(), foreign]) {
      const jams = JSON.parse(formatOf('jams').write(one));
      expect(validate(jams), JSON.stringify(validate.errors)).toBe(true);
      const [annotation] = jams.annotations;
      expect(annotation.namespace).toBe(one === foreign ? 'tag_open' : 'tag_audioset');
      expect(annotation.data.map((item: { value: string }) => item.value)).toEqual(
        one.derived.events.map(({ name }) => name),
      );
      expect(annotation.sandbox.settings).toEqual(JSON.parse(writeSettings(one)));
    }
    expect(JSON.parse(formatOf('jams').write(doc)).annotations[0].data[0]).toEqual({
      time: 0,
      duration: 5.76,
      value: 'Rain',
      confidence: 0.91,
    });
  });

  test('audacity: by mir_eval, where Python has it', ({ skip }) => {
    const python = ['python3', '/usr/bin/python3'].find(
      (path) => spawnSync(path, ['-c', 'import mir_eval']).status === 0,
    );
    if (!python) {
      console.warn('skipped: no Python with mir_eval (Debian: python3-mir-eval) to read Audacity labels with');
      return skip();
    }
    const folder = mkdtempSync(join(tmpdir(), 'earshot-labels-'));
    try {
      const path = join(folder, 'labels.txt');
      writeFileSync(path, formatOf('audacity').write(doc));
      const { stdout, stderr } = spawnSync(
        python,
        [
          '-c',
          `import json, sys, mir_eval
intervals, labels = mir_eval.io.load_labeled_intervals(sys.argv[1], delimiter='\\t')
print(json.dumps([intervals.tolist(), labels]))`,
          path,
        ],
        { encoding: 'utf8' },
      );
      expect(JSON.parse(stdout || JSON.stringify(stderr))).toEqual([
        doc.derived.events.map(({ startS, endS }) => [startS, endS]),
        doc.derived.events.map(({ name }) => name),
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('audacity: three columns a line whatever the name', () => {
    const lines = formatOf('audacity').write(awkwardDocument()).trimEnd().split('\n');
    expect(lines.map((line) => line.split('\t'))).toEqual(
      AWKWARD.map((name, k) => [`${k}.000000`, `${k + 1}.000000`, flat(name)]),
    );
  });
});

describe('WebVTT by the W3C’s parser', () => {
  interface ParsedCue {
    readonly startTime: number;
    readonly endTime: number;
    readonly text: string;
  }
  const { WebVTTParser } = createRequire(import.meta.url)('webvtt-parser') as {
    WebVTTParser: new () => {
      parse(text: string, mode: string): { cues: ParsedCue[]; errors: { message: string; line: number }[] };
    };
  };
  const read = (one: ExportDocument): ParsedCue[] => {
    const { cues, errors } = new WebVTTParser().parse(formatOf('webvtt').write(one), 'metadata');
    expect(errors).toEqual([]);
    return cues;
  };
  const event = (name: string, startS: number, endS: number): TagEvent => ({
    classIndex: 0,
    mid: '/m/x',
    name,
    startS,
    endS,
    peak: 0.9,
    peakS: startS,
    mean: 0.9,
    chunks: 1,
  });
  const withEvents = (...events: TagEvent[]) => goldenDocument({ derived: { events, rejected: [] } });
  const shown = (one: ExportDocument) => read(one).map(({ startTime, endTime, text }) => [startTime, endTime, text]);

  test('cues overlap in time, those with the same times are one', () => {
    expect(shown(doc)).toEqual([
      [0, 5.76, '[Rain]'],
      [1.92, 5.76, '[Dog barking]\n[Dog yipping]'],
      [6.5, 10.34, '[Speech]\n[Baby crying]'],
      [10.34, 11.001, '[Car horn honking]'],
    ]);
  });

  test('events that read the same and touch are one cue; hours and tiny spans keep their order', () => {
    expect(
      shown(
        withEvents(
          event('Bark', 1, 3),
          event('Bow-wow', 2, 4),
          event('Bark', 5, 6),
          event('Rain', 359_999.5, 360_000.0004),
          event('Siren', 7, 7.0001),
        ),
      ),
    ).toEqual([
      [1, 4, '[Dog barking]'],
      [5, 6, '[Dog barking]'],
      [7, 7.001, '[Siren]'],
      [359_999.5, 360_000, '[Rain]'],
    ]);
  });

  test('no name breaks it, and what a program needs is in its note', () => {
    const awkward = awkwardDocument();
    const text = formatOf('webvtt').write(awkward);
    expect(read(awkward)).toHaveLength(AWKWARD.length);
    expect(text).toContain('[A --&gt; b]');
    expect(text).toContain('[&lt;i&gt;R&amp;D&lt;/i&gt;]');
    const settings = /^settings (.*)$/m.exec(text)?.[1] ?? '';
    expect(settings).not.toContain('-->');
    expect(JSON.parse(settings)).toEqual(JSON.parse(writeSettings(awkward)));
    // As text with tags and entities too. (Its values are no test of the entities: this parser leaves their ";" behind.)
    expect(new WebVTTParser().parse(text, 'captions').errors).toEqual([]);
  });
});

test('nothing heard and nothing scored still makes well-formed files', () => {
  const empty = goldenDocument({
    scores: timelineOf([], GOLDEN_LABELS.names.length),
    derived: { events: [], rejected: [] },
  });
  expect(csv(formatOf('csv').write(empty))).toHaveLength(1);
  expect(tsv(formatOf('sed-scores').write(empty))).toHaveLength(1);
  expect(tsv(formatOf('dcase').write(empty))).toHaveLength(1);
  expect(formatOf('audacity').write(empty)).toBe('');
  expect(JSON.parse(formatOf('json').write(empty))).toMatchObject({ chunks: [], events: [] });
  expect(JSON.parse(formatOf('jams').write(empty)).annotations[0].data).toEqual([]);
  expect(formatOf('webvtt').write(empty)).toMatch(/^WEBVTT\n\nNOTE\n/);
});

test('an export is files by name: formats, and the settings when asked for', () => {
  const names = exportFiles(doc, ['csv', 'audacity', 'raven'], { settings: true }).map(({ name }) => name);
  expect(names).toEqual([
    'Straße, _nass_.sat-t-2s-3fa5aea5.csv',
    'Straße, _nass_.sat-t-2s-3fa5aea5.on0.5-off0.3-min0.5-own1.txt',
    'Straße, _nass_.sat-t-2s-3fa5aea5.on0.5-off0.3-min0.5-own1.selections.txt',
    'Straße, _nass_.sat-t-2s-3fa5aea5.settings.json',
  ]);
  const all = exportFiles(doc, EXPORT_FORMATS, { settings: true }).map(({ name }) => name);
  expect(new Set(all).size).toBe(all.length);
  expect(exportFileName(doc, 'jams', 'a')).toBe('a.sat-t-2s-3fa5aea5.on0.5-off0.3-min0.5-own1.jams');
});
