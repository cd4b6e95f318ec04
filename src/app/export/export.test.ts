/** What the page exports: a lane in the formats' words, and zips that another program unpacks. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { strFromU8, unzipSync } from 'fflate';
import { describe, expect, test, vi } from 'vitest';
import { seeded } from '../../../fixtures/seeded.ts';
import { DEFAULT_RULES } from '../../core/events/event-types.ts';
import { EXPORT_FORMATS } from '../../core/formats/export-document.ts';
import { exportFiles } from '../../core/formats/formats.ts';
import { type ModelCard, parseCard } from '../../core/model/card.ts';
import { ScoreTimeline } from '../../core/scores/score-timeline.ts';
import { DEFAULT_RUN, type LaneSetup, type Take, type TakeLane, type TakeRow, type TakeState } from '../store/take.ts';
import { WaveEnvelope } from '../store/wave-envelope.ts';
import { batchZip } from './batch-zip.ts';
import { Breather } from './breather.ts';
import { makeEverything, makeExport } from './make-export.ts';
import { takeDocument } from './take-document.ts';
import { ZipWriter } from './zip-writer.ts';

const cardOf = (id: string): ModelCard =>
  parseCard(JSON.parse(readFileSync(new URL(`../../../public/models/${id}/card.json`, import.meta.url), 'utf8')));
const SAT = cardOf('sat-t-2s');
/** As file names have it. */
const TAG = `sat-t-2s-${SAT.sha256.slice(0, 8)}`;
const VIT = cardOf('vit-t-10s');
const MADE_AT = new Date('2026-02-03T04:05:06Z');

function laneOf(card: ModelCard, chunks: number, run: Partial<LaneSetup['run']> = {}): TakeLane {
  const random = seeded(chunks);
  const scores = new ScoreTimeline({ classes: card.labels.mids.length });
  for (let index = 0; index < chunks; index++) {
    const probabilities = Float32Array.from(card.labels.mids, () => random() ** 8);
    scores.push({ index, startS: index * 1.92, endS: (index + 1) * 1.92, probabilities });
  }
  const backend = { kind: 'webgpu', label: 'WebGPU, test', reason: 'forced' } as const;
  const setup = { modelId: card.id, run: { ...DEFAULT_RUN, ...run } };
  return {
    id: `${card.id} ${JSON.stringify(run)}`,
    setup,
    card,
    backend,
    scores,
    computeMs: 1,
    scoredS: chunks * 1.92,
  };
}

function takeOf(name: string, lanes: readonly TakeLane[], change: Partial<Take> = {}): Take {
  return {
    id: name,
    name,
    folder: '',
    kind: 'file',
    media: null,
    mediaStartS: 0,
    info: {
      container: 'MP3',
      codec: 'MP3',
      decoder: 'this browser',
      rateHz: 44_100,
      channels: 2,
      durationS: 60,
      hasVideo: false,
    },
    lanes,
    mel: null,
    hopS: 0.01,
    wave: new WaveEnvelope(),
    gaps: [],
    readS: 5.76,
    durationS: 60,
    ...change,
  };
}

const rowOf = (take: Take, state: TakeState = { kind: 'done' }): TakeRow => ({
  id: take.id,
  take,
  state,
  revision: 1,
  remainingS: null,
  speed: null,
});

const unzip = async (blob: Blob) => unzipSync(new Uint8Array(await blob.arrayBuffer()));

describe('takeDocument', () => {
  test('names the recording, the model and how it was run', () => {
    const lane = laneOf(SAT, 3);
    const doc = takeDocument(takeOf('rain.mp3', [lane]), lane, DEFAULT_RULES, MADE_AT);
    expect(doc.source).toEqual({ fileName: 'rain.mp3', durationS: 60, rateHz: 44_100, channels: 2, stopped: null });
    expect(doc.model).toMatchObject({ id: 'sat-t-2s', sha256: SAT.sha256, licence: 'MIT' });
    expect(doc.run).toEqual({
      framing: 'continuous',
      chunkS: 1.92,
      strideS: 1.92,
      memory: true,
      priming: 'silence',
      backend: 'WebGPU, test',
    });
    expect(doc.derived.events.length).toBeGreaterThan(0);
  });

  test('a lane without memory, one recomputed every second, one without a model', () => {
    const forgetful = laneOf(SAT, 1, { memory: 'off' });
    const often = laneOf(VIT, 1, { recompute: 'second' });
    const take = takeOf('a.wav', [forgetful, often]);
    expect(takeDocument(take, forgetful, DEFAULT_RULES, MADE_AT).run).toMatchObject({ memory: false, priming: 'none' });
    const { run } = takeDocument(take, often, DEFAULT_RULES, MADE_AT);
    expect(run).toMatchObject({ memory: null, strideS: 1 });
    expect(run.chunkS).toBeGreaterThan(9);
    expect(() => takeDocument(take, { ...often, scores: null }, DEFAULT_RULES, MADE_AT)).toThrow(RangeError);
  });

  test('says where it ended early', () => {
    const lane = laneOf(SAT, 3);
    const take = takeOf('a.wav', [lane]);
    const sourceOf = (state: TakeState) => takeDocument(take, lane, DEFAULT_RULES, MADE_AT, state).source;
    const error = { code: 'truncated-audio', message: 'It is cut short at 5.76 s.' } as const;
    expect(sourceOf({ kind: 'stopped', atS: 5.76, error })).toMatchObject({ durationS: 5.76, stopped: error.message });
    expect(sourceOf({ kind: 'stopped', atS: 5.76, error: null }).stopped).toContain('5.8 s');
    expect(sourceOf({ kind: 'running' }).stopped).toContain('still');
  });
});

describe('one document', () => {
  const lane = laneOf(SAT, 5);
  const doc = takeDocument(takeOf('Straße – 雨.mp3', [lane]), lane, DEFAULT_RULES, MADE_AT);

  test('a format alone, or with its settings in a zip', async () => {
    const alone = await makeExport(doc, 'audacity', false);
    expect(alone.name).toBe(`Straße – 雨.${TAG}.on0.5-off0.3.txt`);
    const [labels, settings] = exportFiles(doc, ['audacity'], { settings: true }).map(({ name, parts }) => ({
      name,
      text: [...parts()].join(''),
    }));
    expect(await alone.blob.text()).toBe(labels?.text);
    const zipped = await makeExport(doc, 'audacity', true);
    expect(zipped.name).toBe(`${alone.name}.zip`);
    const files = await unzip(zipped.blob);
    expect(Object.keys(files)).toEqual([labels?.name, settings?.name]);
    expect(strFromU8(files[settings!.name]!)).toBe(settings?.text);
  });

  test('everything: all formats, and Python’s zipfile agrees with every byte', async ({ skip }) => {
    const { blob } = await makeEverything(doc);
    const expected = exportFiles(doc, EXPORT_FORMATS, { settings: true });
    const files = await unzip(blob);
    expect(Object.keys(files)).toEqual(expected.map(({ name }) => name));
    for (const { name, parts } of expected) expect(strFromU8(files[name]!)).toBe([...parts()].join(''));

    const folder = mkdtempSync(join(tmpdir(), 'earshot-zip-'));
    try {
      const path = join(folder, 'all.zip');
      writeFileSync(path, new Uint8Array(await blob.arrayBuffer()));
      const script = `import json, sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
print(json.dumps([z.testzip(), z.namelist()]))`;
      const { status, stdout, error } = spawnSync('python3', ['-c', script, path], { encoding: 'utf8' });
      if (error) {
        console.warn('skipped: no python3 to read the zip with');
        return skip();
      }
      expect(status).toBe(0);
      expect(JSON.parse(stdout)).toEqual([null, expected.map(({ name }) => name)]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('batchZip', () => {
  const options = { formats: ['csv', 'webvtt'] as const, rules: DEFAULT_RULES, madeAt: MADE_AT };
  const error = { code: 'bad-audio-file', message: 'This is no sound.' } as const;

  test('folders as dropped, lanes apart, a row for each in the summary', async () => {
    const onProgress = vi.fn();
    const rows = [
      rowOf(takeOf('owl.mp3', [laneOf(SAT, 3), laneOf(SAT, 3, { memory: 'off' }), laneOf(VIT, 1)])),
      rowOf(takeOf('owl.wav', [laneOf(SAT, 2)]), { kind: 'stopped', atS: 5.76, error: null }),
      rowOf(takeOf('owl.mp3', [laneOf(SAT, 1)], { folder: '../night/' })),
      rowOf(takeOf('text.wav', [{ ...laneOf(SAT, 1), card: null, scores: null }]), { kind: 'failed', error }),
    ];
    const files = await unzip(await batchZip(rows, { ...options, onProgress }));
    const names = Object.keys(files);
    expect(names).toContain(`owl.mp3.${TAG}.csv`);
    expect(names).toContain(`owl.mp3.${TAG}-no-memory.on0.5-off0.3.vtt`);
    expect(names).toContain(`owl.mp3.vit-t-10s-${VIT.sha256.slice(0, 8)}.settings.json`);
    expect(names).toContain(`owl.wav.${TAG}.csv`);
    expect(names.some((name) => name.startsWith('recording/night/owl.sat'))).toBe(true);
    expect(names.some((name) => name.includes('..'))).toBe(false);
    expect(names).toHaveLength(3 * 5 + 1);
    const summary = parse(strFromU8(files['summary.csv']!), { columns: true }) as Record<string, string>[];
    expect(summary.map(({ file, model, state }) => [file, model?.slice(0, 8), state])).toEqual([
      ['owl.mp3', 'sat-t-2s', 'done'],
      ['owl.mp3', 'sat-t-2s', 'done'],
      ['owl.mp3', 'vit-t-10', 'done'],
      ['owl.wav', 'sat-t-2s', 'stopped at 5.8 s'],
      ['../night/owl.mp3', 'sat-t-2s', 'done'],
      ['text.wav', '', 'failed'],
    ]);
    expect(summary[5]?.['message']).toBe('This is no sound.');
    expect(onProgress.mock.calls).toEqual([
      [1, 4],
      [2, 4],
      [3, 4],
      [4, 4],
    ]);
  });

  test('can be given up in the middle', async () => {
    const controller = new AbortController();
    const rows = [rowOf(takeOf('a.wav', [laneOf(SAT, 400)])), rowOf(takeOf('b.wav', [laneOf(SAT, 400)]))];
    const onProgress = vi.fn(() => controller.abort());
    await expect(batchZip(rows, { ...options, onProgress, signal: controller.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(onProgress).toHaveBeenCalledOnce();
  });
});

/** Counts what is written between two rests. */
class CountingBreather extends Breather {
  written = 0;
  most = 0;
  rests = 0;

  *counted(parts: Iterable<string>): Generator<string> {
    for (const part of parts) {
      this.written += part.length;
      yield part;
    }
  }

  override async rest(signal?: AbortSignal): Promise<void> {
    this.most = Math.max(this.most, this.written);
    this.written = 0;
    this.rests++;
    await super.rest(signal);
  }
}

test('hours of scores are written in pieces: a rest is offered every few kilobytes, in every format', async () => {
  const lane = laneOf(SAT, 800);
  const doc = takeDocument(takeOf('long.wav', [lane]), lane, DEFAULT_RULES, MADE_AT);
  const breather = new CountingBreather();
  const zip = new ZipWriter(breather, MADE_AT);
  let files = 0;
  for (const { name, parts } of exportFiles(doc, EXPORT_FORMATS, { settings: true })) {
    await zip.add(name, breather.counted(parts()));
    files++;
  }
  expect(files).toBe(EXPORT_FORMATS.length + 1);
  expect(zip.finish().size).toBeGreaterThan(1_000_000);
  // Megabytes in all; what comes between two rests is a row of scores, or a head with all class names.
  expect(breather.most).toBeLessThan(100_000);
  expect(breather.rests).toBeGreaterThan(2000);
});
