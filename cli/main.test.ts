/** The command line as people call it: a process of its own, its output and its exit code. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { floatWav } from '../e2e/wav.ts';
import { noise } from '../fixtures/seeded.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'earshot-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function earshot(...args: string[]) {
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', 'earshot', '--', ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  return { status, stdout, stderr, lines: stdout.split('\n').filter(Boolean) };
}

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

interface TagLine {
  readonly file: string;
  readonly model: string;
  readonly framing: string;
  readonly labels: readonly { readonly mid: string; readonly name: string }[];
  readonly chunks: readonly { readonly start: number; readonly end: number; readonly scores: readonly number[] }[];
  readonly error?: { readonly code: string; readonly message: string };
}
const parse = (line: string | undefined): TagLine => JSON.parse(line ?? '{}') as TagLine;

const DOG = join(root, 'fixtures/audio/dog.wav');

describe('earshot tag', () => {
  test('one JSON object a file, in the order given; a bad file is one line, the others go on, exit code 1', () => {
    const text = file('text.wav', new TextEncoder().encode('this is not sound'));
    const short = file('short.wav', floatWav(noise(1, 1000), 16_000));
    const nan = file('nan.wav', floatWav(new Float32Array(40_000).fill(Number.NaN), 16_000));
    const absent = join(folder, 'absent.wav');
    const { status, lines } = earshot('tag', text, DOG, absent, short, nan, '--model', 'sat-t-2s', '--format', 'json');
    expect(status).toBe(1);
    expect(lines).toHaveLength(5);
    const [first, dog, third, fourth, fifth] = lines.map(parse);
    expect(first).toEqual({ file: text, error: { code: 'bad-audio-file', message: expect.any(String) } });
    expect(third?.error?.code).toBe('not-found');
    expect(fourth?.error).toMatchObject({ code: 'too-short', message: expect.stringContaining('2400') });
    expect(fifth?.error?.code).toBe('bad-samples');
    expect(Object.keys(dog ?? {})).toEqual(['file', 'model', 'framing', 'labels', 'chunks']);
    expect(dog?.model).toBe('sat-t-2s');
    expect(dog?.framing).toBe('continuous');
    expect(dog?.labels).toHaveLength(521);
    expect(dog?.labels[0]).toEqual({ mid: '/m/09x0r', name: 'Speech' });
    expect(dog?.chunks.map(({ start, end }) => [start, end])).toEqual([
      [0, 1.92],
      [1.92, 3.84],
      [3.84, 5.001],
    ]);
    const bark = dog?.labels.findIndex(({ name }) => name === 'Bark') ?? -1;
    expect(dog?.chunks[2]?.scores[bark]).toBeGreaterThan(0.5);
    for (const { scores } of dog?.chunks ?? []) expect(scores).toHaveLength(521);
  });

  test('the framings, chunk lengths and priming', () => {
    const run = (...args: string[]) => parse(earshot('tag', DOG, '--format', 'json', ...args).lines[0]);
    const perChunk = run('--framing', 'per-chunk');
    expect(perChunk.chunks.map(({ start, end }) => [start, end])).toEqual([
      [0, 2],
      [2, 4],
      [4, 5.001],
    ]);
    expect(run('--framing', 'whole', '--chunk-seconds', '2.0').chunks.map(({ start, end }) => [start, end])).toEqual([
      [0, 5.001],
    ]);
    expect(run('--model', 'sat-t-1s', '--chunk-seconds', '0.5', '--framing', 'per-chunk').chunks).toHaveLength(10);
    expect(run('--model', 'vit-t-10s').chunks).toHaveLength(1);
    const unprimed = run('--framing', 'per-chunk', '--prime', 'none');
    expect(unprimed.chunks[0]?.scores).not.toEqual(perChunk.chunks[0]?.scores);
  });

  test('text names the top classes of each chunk; stereo at 44.1 kHz is mixed, resampled, and said so', () => {
    const left = noise(2, 44_100 * 2);
    const stereo = new Float32Array(left.length * 2);
    left.forEach((sample, i) => {
      stereo[2 * i] = sample;
      stereo[2 * i + 1] = -sample;
    });
    const wav = floatWav(stereo, 44_100);
    wav.writeUInt16LE(2, 22);
    wav.writeUInt32LE(44_100 * 8, 28);
    wav.writeUInt16LE(8, 32);
    const { status, lines, stderr } = earshot('tag', file('stereo.wav', wav), '--top', '2');
    expect(status).toBe(0);
    expect(stderr).toContain('2 channels');
    expect(lines[1]).toMatch(/^ +0\.00 – +1\.92 s {2}\S.* 0\.\d{3}, \S.* 0\.\d{3}$/);
  });

  test('misuse: exit code 2 and a sentence', () => {
    expect(earshot('tag')).toMatchObject({ status: 2, stderr: expect.stringContaining('at least one file') });
    expect(earshot('tag', DOG, '--framing', 'sideways')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('per-chunk'),
    });
    expect(earshot('tag', DOG, '--colour', 'red')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--colour'),
    });
    expect(earshot('tag', DOG, '--chunk-seconds', '0')).toMatchObject({ status: 2 });
    expect(earshot('tag', DOG, '--model', 'nowhere')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('nowhere'),
    });
    expect(earshot('sing')).toMatchObject({ status: 2, stderr: expect.stringContaining('sing') });
  });
});

describe('earshot import', () => {
  test('a checkpoint becomes a folder that tag takes, and a card that does not match is refused', () => {
    const out = join(folder, 'model');
    const made = earshot('import', join(root, 'fixtures/parity/checkpoints/sat_t_2s.pt'), '--out', out);
    expect(made).toMatchObject({ status: 0, stderr: '' });
    const card = JSON.parse(readFileSync(join(out, 'card.json'), 'utf8')) as {
      sha256: string;
      selfCheck: number[] | null;
    };
    expect(card.selfCheck).toHaveLength(40);
    const tagged = parse(earshot('tag', DOG, '--model', out, '--framing', 'per-chunk', '--format', 'json').lines[0]);
    expect(tagged.chunks).toHaveLength(3);
    expect(tagged.labels[39]).toEqual({ mid: 'class_039', name: 'Class 39' });
    writeFileSync(join(out, 'card.json'), JSON.stringify({ ...card, sha256: 'a'.repeat(64) }));
    expect(earshot('tag', DOG, '--model', out)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('SHA-256'),
    });
    writeFileSync(join(out, 'card.json'), JSON.stringify({ ...card, colour: 'red' }));
    expect(earshot('tag', DOG, '--model', out)).toMatchObject({ status: 1, stderr: expect.stringContaining('colour') });
  });

  test('a truncated checkpoint is refused in a sentence', () => {
    const bytes = readFileSync(join(root, 'fixtures/parity/checkpoints/sat_t_2s.pt'));
    const cut = file('cut.pt', bytes.subarray(0, bytes.length / 2));
    expect(earshot('import', cut, '--out', join(folder, 'cut'))).toMatchObject({ status: 1, stderr: /\S/ });
  });
});
