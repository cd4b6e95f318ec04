/** The pure parts of the models' store. */
import { describe, expect, test } from 'vitest';
import { toWireError } from '../../core/errors.ts';
import { CONSTRUCTOR_NAMES, deriveNetwork } from '../../core/model/network.ts';
import { float32Tensor, type StateDict } from '../../core/model/tensor.ts';
import { ScoreTimeline } from '../../core/scores/score-timeline.ts';
import { fakeCard } from '../dev/fake-engine.ts';
import { installedEntries } from './catalog.ts';
import { agreementOf } from './models-agreement.ts';
import { ARCHITECTURES, findModels, wantedFacts } from './models-files.ts';
import { deviceMemoryBytes, memoryVerdict, memoryWarning } from './models-memory.ts';
import { hostOf, readRecordBase, recordSource } from './models-source.ts';
import { readSpeeds, type SpeedMeasure, speedsOf, timesRealTime, withSpeed, writeSpeeds } from './models-speed.ts';

describe('where published models come from', () => {
  test.each([
    ['https://mirror.example/', 'https://mirror.example'],
    ['http://127.0.0.1:9000/z/?x=1#y', 'http://127.0.0.1:9000/z'],
    ['https://zenodo.org', null],
    ['https://zenodo.org/', null],
    ['https://name:secret@mirror.example', null],
    ['ftp://mirror.example', null],
    ['javascript:alert(1)', null],
    ['mirror.example', null],
    [`https://mirror.example/${'a'.repeat(400)}`, null],
    [null, null],
  ])('%s', (text, expected) => {
    expect(readRecordBase(text)).toBe(expected);
  });

  test('a mirror keeps the record’s number', () => {
    expect(recordSource(null)).toEqual({ baseUrl: 'https://zenodo.org', recordId: '7964975' });
    expect(recordSource('http://a:1')).toEqual({ baseUrl: 'http://a:1', recordId: '7964975' });
    expect(hostOf(recordSource('http://127.0.0.1:9000/z'))).toBe('127.0.0.1:9000');
  });
});

describe('files of models', () => {
  const dropped = (...paths: string[]) =>
    paths.map((path) => {
      const name = path.split('/').at(-1)!;
      return { file: new File(['x'], name), folder: path.slice(0, -name.length) };
    });

  test('a folder is one model, other files are each one, the rest is named', () => {
    const { models, left } = findModels(
      dropped(
        'mine/card.json',
        'mine/model.safetensors',
        'mine/README.md',
        'SAT_S_stream1s_mAP_40_55.pt',
        'other.safetensors',
        'packed.zip',
        'notes.txt',
      ),
    );
    expect(models.map(({ name, files, arch }) => [name, files.length, arch])).toEqual([
      ['mine', 2, undefined],
      ['SAT_S_stream1s_mAP_40_55.pt', 1, 'SAT_S_1s'],
      ['other.safetensors', 1, undefined],
      ['packed.zip', 1, undefined],
    ]);
    expect(left).toEqual(['notes.txt']);
  });

  test('card and weights of two folders are no pair; a card alone is none', () => {
    const { models, left } = findModels(dropped('a/card.json', 'b/model.safetensors'));
    expect(models.map(({ name }) => name)).toEqual(['model.safetensors']);
    expect(left).toEqual(['a/card.json']);
  });

  test('what the reader of a file wants to know is known by what it says', () => {
    const state = (width: number, positions: number): StateDict =>
      new Map([
        ['blocks.0.attn.to_q.weight', float32Tensor([1], new Float32Array(1))],
        ['time_pos_embed', float32Tensor([1, width, 1, positions], new Float32Array(width * positions))],
        ['outputlayer.1.weight', float32Tensor([3, width], new Float32Array(3 * width))],
      ]);
    const said = (...args: Parameters<typeof deriveNetwork>) => {
      try {
        deriveNetwork(...args);
      } catch (error) {
        return wantedFacts(toWireError(error));
      }
      return 'nothing was missing';
    };
    expect(said(state(64, 17))).toEqual({ arch: true, heads: false });
    expect(said(state(24, 24))).toEqual({ arch: false, heads: true });
    expect(said(state(24, 24), { heads: 5 })).toEqual({ arch: false, heads: true });
    expect(said(new Map())).toBeNull();
    expect(wantedFacts({ code: 'bad-checkpoint', message: 'name the constructor' })).toBeNull();
    expect(ARCHITECTURES).toEqual(CONSTRUCTOR_NAMES);
  });
});

describe('memory', () => {
  const gib = 2 ** 30;
  test('a guess by shares of what the device has', () => {
    expect(memoryVerdict(0.5 * gib, 8 * gib)).toBe('enough');
    expect(memoryVerdict(0.7 * gib, 2 * gib)).toBe('tight');
    expect(memoryVerdict(0.7 * gib, 1 * gib)).toBe('too-small');
    expect(memoryVerdict(9 * gib, null)).toBe('unknown');
  });

  test('said in words where it is worth a word', () => {
    expect(memoryWarning(44e6, 8 * gib)).toBeNull();
    expect(memoryWarning(44e6, null)).toBeNull();
    expect(memoryWarning(686e6, null)).toContain('does not say');
    expect(memoryWarning(686e6, 2 * gib)).toContain('686 MB');
    expect(memoryWarning(686e6, gib / 2)).toContain('about 0.5 GB');
  });

  test('read where the browser says it', () => {
    expect(deviceMemoryBytes({ deviceMemory: 2 })).toBe(2 * gib);
    for (const value of [{}, null, { deviceMemory: 'much' }, { deviceMemory: 0 }]) {
      expect(deviceMemoryBytes(value)).toBeNull();
    }
  });
});

describe('speeds', () => {
  const speed = (change: Partial<SpeedMeasure> = {}): SpeedMeasure => ({
    sha256: 'a',
    engine: 'WASM',
    reason: 'forced',
    msPerChunk: 24,
    chunkS: 1.92,
    chunks: 10,
    atMs: 1,
    ...change,
  });

  test('one for each weights and engine, the newest', () => {
    const list = [speed(), speed({ engine: 'WebGPU', msPerChunk: 8, atMs: 3 })].reduce(withSpeed, [
      speed({ msPerChunk: 99 }),
    ] as readonly SpeedMeasure[]);
    expect(speedsOf(list, 'a').map(({ engine, msPerChunk }) => [engine, msPerChunk])).toEqual([
      ['WebGPU', 8],
      ['WASM', 24],
    ]);
    expect(speedsOf(list, 'b')).toEqual([]);
    expect(timesRealTime(speed())).toBe(80);
  });

  test('kept and read back; rubbish and refusals are nothing', () => {
    let text = '';
    const storage = {
      getItem: () => text,
      setItem: (_: string, value: string) => {
        text = value;
      },
    };
    writeSpeeds(storage, [speed()]);
    expect(readSpeeds(storage)).toEqual([speed()]);
    for (const rubbish of ['', '{', '{}', '[1,{"sha256":2}]']) {
      text = rubbish;
      expect(readSpeeds(storage)).toEqual([]);
    }
    expect(readSpeeds(null)).toEqual([]);
  });
});

describe('two models on one sound', () => {
  const scored = (mids: readonly string[], stepS: number, rows: readonly (readonly number[])[]) => {
    const scores = new ScoreTimeline({ classes: mids.length });
    for (const [index, row] of rows.entries()) {
      scores.push({
        index,
        startS: index * stepS,
        endS: (index + 1) * stepS,
        probabilities: Float32Array.from(row),
      });
    }
    return { card: { labels: { mids: [...mids], names: mids.map((mid) => mid.toUpperCase()) } }, scores };
  };

  test('differences over shared classes, wherever they stand', () => {
    const a = scored(['x', 'y', 'z'], 1, [
      [0.5, 0.25, 1],
      [0.25, 0.5, 1],
    ]);
    const b = scored(['y', 'x'], 1, [
      [0.25, 0.75],
      [0.25, 0.375],
    ]);
    const wanted = { classes: 2, moments: 2, mean: (0.25 + 0 + 0.125 + 0.25) / 4, sameTop: 1 };
    expect(agreementOf(a, b)).toEqual({ ...wanted, max: { difference: 0.25, name: 'X', atS: 0 } });
    expect(agreementOf(b, a)).toMatchObject(wanted);
  });

  test('the one that speaks more often is compared with what the other said meanwhile', () => {
    const fine = scored(['x'], 1, [[0], [1], [0], [1]]);
    const coarse = scored(['x'], 2, [[0.5], [0.75]]);
    expect(agreementOf(coarse, fine)).toEqual({
      classes: 1,
      moments: 4,
      mean: (0.5 + 0.5 + 0.75 + 0.25) / 4,
      max: { difference: 0.75, name: 'X', atS: 2 },
      sameTop: 4,
    });
  });

  test('nothing shared, or nothing scored', () => {
    expect(agreementOf(scored(['x'], 1, [[1]]), scored(['class_000'], 1, [[1]]))).toBeNull();
    expect(agreementOf(scored(['x'], 1, [[1]]), scored(['x'], 1, []))).toBeNull();
  });
});

test('installed models of one name get names that tell them apart', () => {
  const card = (id: string, precision: 'fp16' | 'int8') => ({
    card: { ...fakeCard(id), title: 'Mine', storage: { precision } },
  });
  expect(installedEntries([card('mine-fp16', 'fp16'), card('mine-int8', 'int8')]).map(({ title }) => title)).toEqual([
    'Mine (fp16)',
    'Mine (int8)',
  ]);
  expect(installedEntries([card('mine-fp16', 'fp16')])).toEqual([
    {
      id: 'mine-fp16',
      title: 'Mine',
      delayS: 1.92,
      family: 'streaming',
      origin: 'installed',
      url: 'installed:/mine-fp16/',
    },
  ]);
});
