/** Exports by command line, as a process: what lands on standard output and in a folder, and what is refused. */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { afterAll, describe, expect, test } from 'vitest';
import { floatWav } from '../e2e/wav.ts';
import { noise } from '../fixtures/seeded.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'earshot-formats-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function tag(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'cli/main.ts', 'tag', ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  return { status, stdout, stderr };
}

const table = (text: string, delimiter = ','): Record<string, string>[] =>
  parse(text, { columns: true, delimiter }) as Record<string, string>[];

const DOG = join(root, 'fixtures/audio/dog.wav');
const SHA = JSON.parse(readFileSync(join(root, 'public/models/sat-t-2s/card.json'), 'utf8')).sha256.slice(0, 8);

/** Three seconds of noise, then samples that are no numbers: broken in the middle. */
function brokenFile(path: string): string {
  const samples = new Float32Array(16_000 * 6).fill(Number.NaN);
  samples.set(noise(7, 16_000 * 3));
  writeFileSync(path, floatWav(samples, 16_000));
  return path;
}

describe('to standard output', () => {
  test('events of one file, by the rules given', () => {
    const audacity = tag(DOG, '--format', 'audacity', '--on', '0.6', '--off', '0.5');
    expect(audacity).toMatchObject({ status: 0, stderr: '' });
    const labels = audacity.stdout.trimEnd().split('\n');
    expect(labels.map((line) => line.split('\t')[2])).toContain('Dog');
    for (const line of labels) expect(line).toMatch(/^\d+\.\d{6}\t\d+\.\d{6}\t[^\t]+$/);
    const more = tag(DOG, '--format', 'audacity', '--on', '0.2').stdout.trimEnd().split('\n');
    expect(more.length).toBeGreaterThan(labels.length);
    const captions = tag(DOG, '--format', 'webvtt', '--on', '0.6', '--group').stdout;
    expect(captions).toContain('[Dog barking]');
    expect(captions).toContain('grouped by the AudioSet tree');
  });

  test('csv has the scores that json has; json has events only where rules are given', () => {
    const csv = table(tag(DOG, '--format', 'csv').stdout);
    const json = JSON.parse(tag(DOG, '--format', 'json', '--on', '0.5').stdout);
    expect(csv.map(({ start, end }) => [Number(start), Number(end)])).toEqual(
      json.chunks.map(({ start, end }: { start: number; end: number }) => [start, end]),
    );
    expect(Number(csv[2]?.['Bark'])).toBe(
      json.chunks[2].scores[json.labels.findIndex(({ name }: { name: string }) => name === 'Bark')],
    );
    expect(json.settings.model.sha256).toHaveLength(64);
    expect(json.events.length).toBeGreaterThan(0);
  });

  test('several files share a dcase table; a folder is read to the bottom, in order', () => {
    const input = join(folder, 'shared');
    mkdirSync(join(input, 'b'), { recursive: true });
    copyFileSync(DOG, join(input, 'c.wav'));
    copyFileSync(DOG, join(input, 'b', 'a.wav'));
    writeFileSync(join(input, 'notes.txt'), 'no sound');
    writeFileSync(join(input, '.hidden.wav'), 'no sound');
    const { status, stdout } = tag(input, '--format', 'dcase');
    expect(status).toBe(0);
    expect(stdout.split('\n').filter((line) => line.startsWith('filename'))).toHaveLength(1);
    const names = table(stdout, '\t').map(({ filename }) => filename);
    expect([...new Set(names)]).toEqual(['c.wav', 'b/a.wav']);
  });

  test('json of a file that breaks half-way: error and the chunks before it', () => {
    const { status, stdout, stderr } = tag(brokenFile(join(folder, 'half.wav')), DOG, '--format', 'json');
    const [half, dog] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(status).toBe(1);
    expect(half.error).toMatchObject({ code: 'bad-samples' });
    expect(half.chunks.length).toBeGreaterThanOrEqual(1);
    expect(half.chunks.at(-1).end).toBeLessThanOrEqual(3);
    expect(stderr).toContain('half.wav');
    expect(dog.error).toBeUndefined();
  });
});

describe('into a folder', () => {
  test('files, settings and a summary; sub-folders as they were; a broken file does not stop the rest', () => {
    const input = join(folder, 'in');
    const out = join(folder, 'deep/out');
    mkdirSync(join(input, 'night'), { recursive: true });
    copyFileSync(DOG, join(input, 'Straße, "nass".wav'));
    copyFileSync(DOG, join(input, 'night', 'owl.wav'));
    copyFileSync(DOG, join(input, 'night', 'owl.wave'));
    brokenFile(join(input, 'half.wav'));
    writeFileSync(join(input, 'text.wav'), 'this is not sound');
    const { status, stdout, stderr } = tag(input, '--out', out, '--format', 'csv,sed-scores', '--format', 'raven');
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('5 of 5');
    const stem = `Straße, _nass_.sat-t-2s-${SHA}`;
    const names = (readdirSync(out, { recursive: true }) as string[]).sort();
    expect(names).toContain(`${stem}.csv`);
    expect(names).toContain(`${stem}.tsv`);
    expect(names).toContain(`${stem}.on0.5-off0.3.selections.txt`);
    expect(names).toContain(`night/owl.wav.sat-t-2s-${SHA}.csv`);
    expect(names).toContain(`night/owl.wave.sat-t-2s-${SHA}.csv`);
    expect(names.filter((name) => name.includes('text'))).toEqual([]);

    const settings = JSON.parse(readFileSync(join(out, `half.sat-t-2s-${SHA}.settings.json`), 'utf8'));
    expect(settings).toMatchObject({ model: { id: 'sat-t-2s' }, rules: { on: 0.5 }, source: { fileName: 'half.wav' } });
    expect(settings.source.stopped).toContain('finite');
    expect(table(readFileSync(join(out, `half.sat-t-2s-${SHA}.csv`), 'utf8')).length).toBeGreaterThanOrEqual(1);

    const rows = table(readFileSync(join(out, 'summary.csv'), 'utf8'));
    expect(rows.map(({ file, state }) => [file, state])).toEqual([
      ['Straße, "nass".wav', 'done'],
      ['half.wav', expect.stringMatching(/^stopped at [23]\.\d s$/)],
      ['text.wav', 'failed'],
      ['night/owl.wav', 'done'],
      ['night/owl.wave', 'done'],
    ]);
    expect(rows[0]).toMatchObject({ model: `sat-t-2s-${SHA}`, length_s: '5.001', chunks: '3', message: '' });
    expect(rows[0]?.['top_classes']).toContain('Dog 0.');
    expect(Number(rows[0]?.['events'])).toBeGreaterThan(0);
    expect(rows[2]?.['message']).not.toBe('');
  });

  test('json when no format is named; settings stand in it and beside it', () => {
    const out = join(folder, 'plain');
    expect(tag(DOG, '--out', out).status).toBe(0);
    expect(readdirSync(out).sort()).toEqual([
      `dog.sat-t-2s-${SHA}.json`,
      `dog.sat-t-2s-${SHA}.settings.json`,
      'summary.csv',
    ]);
    expect(JSON.parse(readFileSync(join(out, `dog.sat-t-2s-${SHA}.json`), 'utf8')).settings.source.fileName).toBe(
      'dog.wav',
    );
  });

  test('a folder that cannot be written ends it at once', () => {
    writeFileSync(join(folder, 'a-file'), '');
    expect(tag(DOG, '--out', join(folder, 'a-file', 'x'))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('could not be written'),
    });
  });
});

test.each([
  [['--on', '2'], /--on must be a score from 0 to 1, got "2"/],
  [['--on', ''], /--on must be a score from 0 to 1, got ""/],
  [['--off', 'low'], /--off must be a score from 0 to 1, got "low"/],
  [['--off', '0.9'], /--off must be at most --on, got --off 0.9 and --on 0.5/],
  [['--min-duration=-1'], /--min-duration must be seconds of at least 0, got "-1"/],
  [['--merge-gap', 'Infinity'], /--merge-gap must be seconds of at least 0, got "Infinity"/],
  [['--median', '4'], /--median must be an odd whole number from 1 to \d+, got "4"/],
  [['--format', 'elan'], /--format must be one of text, csv, .*sed-scores, got "elan"/],
  [['--format', 'csv,json'], /--out DIR.*csv,json/],
  [['--format', 'text', '--out', 'x'], /--out/],
  [['--out', ''], /--out must be a folder, got ""/],
  [['fixtures/audio/rain.wav', '--format', 'csv'], /2 files need --out DIR/],
])('misuse %j is said with what was expected and what came', (args, message) => {
  const { status, stdout, stderr } = tag(DOG, ...args);
  expect(stderr).toMatch(message);
  expect(status).toBe(2);
  expect(stdout).toBe('');
  expect(existsSync(join(root, 'x'))).toBe(false);
});

test('an empty folder is an error of its own, the rest goes on', () => {
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  const { status, stdout } = tag(empty, DOG, '--format', 'json');
  const [first, second] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(status).toBe(1);
  expect(first).toMatchObject({ file: empty, error: { code: 'not-found' } });
  expect(second.chunks).toHaveLength(3);
});
