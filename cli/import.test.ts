import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { EMBEDDED_PARITY } from '../fixtures/parity-manifest.ts';
import { scoreClip } from './clip.ts';
import { runExport } from './export.ts';
import { runImport } from './import.ts';
import { makeSelfCheck, readModelFolder } from './model-folder.ts';

const parity = (file: string): string => join(EMBEDDED_PARITY, file);
let folder = '';
let said: string[] = [];
let complained: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-import-'));
  said = [];
  complained = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line));
  vi.spyOn(console, 'error').mockImplementation((line: string) => void complained.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

describe('earshot import', () => {
  test('a checkpoint becomes a folder that opens', async () => {
    const out = join(folder, 'deep/er');
    const selfCheck = vi.fn(async () => new Array<number>(40).fill(0.5));
    expect(await runImport([parity('checkpoints/sat_t_2s.pt'), '--out', out], { selfCheck })).toBe(0);
    const { card, state } = readModelFolder(out);
    expect(card).toMatchObject({
      id: 'sat_t_2s',
      network: { heads: 3, width: 48 },
      selfCheck: new Array(40).fill(0.5),
    });
    expect(card.origin).toContain('sat_t_2s.pt');
    expect(state.has('norm.weight')).toBe(true);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('streaming network of 2 layers');
    expect(selfCheck).toHaveBeenCalledOnce();
  });

  test('a .safetensors file does too, with its id, heads and constructor given', async () => {
    expect(await runImport([parity('checkpoints/sat_t_2s.pt'), '--out', folder])).toBe(0);
    const weights = join(folder, 'model.safetensors');
    const out = join(folder, 'again');
    expect(await runImport([weights, '--out', out, '--id', 'other', '--heads', '4', '--arch', 'SAT_T_1s'])).toBe(0);
    expect(readModelFolder(out).card).toMatchObject({
      id: 'other',
      network: { heads: 4, targetFrames: 96, timePositions: 12 },
    });
    expect(said.at(-1)).toContain('cropped');
    expect(await runImport([weights, '--out', out])).toBe(1);
    expect(complained.at(-1)).toContain('--heads');
  });

  test('the embedded models import back to their own bytes', async () => {
    const seed = fileURLToPath(new URL('../public/models/sat-t-1s/model.safetensors', import.meta.url));
    expect(await runImport([seed, '--out', folder, '--id', 'again'])).toBe(0);
    expect(readModelFolder(folder).card.network).toMatchObject({ targetFrames: 96, heads: 3, depth: 12 });
  });

  test.each([
    ['nothing', []],
    ['no --out', ['a.pt']],
    ['two checkpoints', ['a.pt', 'b.pt', '--out', 'x']],
    ['an unknown option', ['a.pt', '--out', 'x', '--depth', '3']],
    ['heads of text', ['a.pt', '--out', 'x', '--heads', 'three']],
    ['an unknown constructor', ['a.pt', '--out', 'x', '--arch', 'SAT_XL']],
    ['an unknown precision', ['a.pt', '--out', 'x', '--precision', 'int4']],
    ['an id that is a path', ['a.pt', '--out', 'x', '--id', '../x']],
  ])('a command with %s is a matter of usage', async (_, args) => {
    expect(await runImport(args)).toBe(2);
    expect(complained).toHaveLength(1);
    expect(said).toEqual([]);
  });

  test('what cannot be used is said in one line, and nothing is written', async () => {
    const out = join(folder, 'out');
    const broken = join(folder, 'broken.pt');
    const whole = readFileSync(parity('checkpoints/sat_t_2s.pt'));
    for (const [content, why] of [
      [whole.subarray(0, 1000), 'cut off'],
      [Buffer.from('version https://git-lfs.github.com/spec/v1'), 'no PyTorch file'],
      [Buffer.alloc(0), 'empty'],
    ] as const) {
      writeFileSync(broken, content);
      expect(await runImport([broken, '--out', out])).toBe(1);
      expect(complained.at(-1)).toContain(why);
      expect(complained.at(-1)).not.toContain('\n');
    }
    expect(await runImport([join(folder, 'absent.pt'), '--out', out])).toBe(1);
    expect(complained.at(-1)).toContain('absent.pt could not be read');
    expect(await runImport([parity('checkpoints/sat_t_2s.pt'), '--out', join(broken, 'x')])).toBe(1);
    expect(complained.at(-1)).toContain('could not be written');
    expect(() => readModelFolder(out)).toThrow();
  });
});

describe('earshot import --precision', () => {
  const checkpoint = parity('checkpoints/sat_t_2s.pt');
  const hooks = { selfCheck: makeSelfCheck, clipScores: scoreClip };
  const size = (out: string): number => readFileSync(join(out, 'model.safetensors')).length;

  test('fp32, fp16 and int8: smaller each time, what it cost in the card and in the sentence', async () => {
    const sizes: number[] = [];
    const most: number[] = [];
    for (const precision of ['fp32', 'fp16', 'int8'] as const) {
      const out = join(folder, precision);
      expect(await runImport([checkpoint, '--out', out, '--precision', precision], hooks)).toBe(0);
      const { card } = readModelFolder(out);
      expect(card.storage?.precision).toBe(precision);
      expect(card.weightsBytes).toBe(size(out));
      sizes.push(size(out));
      if (precision === 'fp32') {
        expect(card.storage).toEqual({ precision });
        expect(said.at(-1)).not.toContain('tored as');
        continue;
      }
      const { max, mean, chunks, clip, engine } = card.storage!.difference!;
      expect({ clip, engine, chunks }).toEqual({ clip: 'half-a-minute', engine: 'Node, 1 thread', chunks: 18 });
      expect(mean).toBeGreaterThan(0);
      expect(mean).toBeLessThan(max);
      most.push(max);
      expect(said.at(-1)).toContain(`Stored as ${precision}: scores move by ${Number(max.toPrecision(2))} at most`);
      expect(said.at(-1)).not.toContain('\n');
    }
    // Reduced networks have more of what stays wide: a sixth of this one is its patch embedding.
    expect(sizes[1]! / sizes[0]!).toBeLessThan(0.55);
    expect(sizes[2]! / sizes[0]!).toBeLessThan(0.37);
    // Half has 11 bits, int8 at most 7 of the largest in a row.
    expect(most[0]).toBeLessThan(0.002);
    expect(most[1]).toBeLessThan(0.04);
    expect(most[1]).toBeGreaterThan(most[0]! * 5);
  });

  test('what is smaller already stays so, says so, and is not measured', async () => {
    const [eight, again, half] = [join(folder, 'eight'), join(folder, 'again'), join(folder, 'half')];
    expect(await runImport([checkpoint, '--out', eight, '--precision', 'int8'])).toBe(0);
    const clipScores = vi.fn(scoreClip);
    const weights = join(eight, 'model.safetensors');
    const more = ['--heads', '3', '--precision', 'fp16'];
    expect(await runImport([weights, '--out', again, ...more], { clipScores })).toBe(0);
    expect(said.at(-1)).toContain('Stored as int8, as it came: fp16 would gain nothing.');
    expect(readModelFolder(again).card.storage).toEqual({ precision: 'int8' });
    expect(readFileSync(join(again, 'model.safetensors')).equals(readFileSync(weights))).toBe(true);
    expect(await runImport([parity('formats/half_zip.pt'), '--out', half], { clipScores })).toBe(0);
    expect(said.at(-1)).toContain('Stored as fp16, as it came.');
    expect(clipScores).not.toHaveBeenCalled();
  });

  test('an int8 folder exports to a float32 model that says what it was made of', async () => {
    const [eight, out] = [join(folder, 'eight'), join(folder, 'onnx')];
    expect(await runImport([checkpoint, '--out', eight, '--precision', 'int8'], hooks)).toBe(0);
    expect(await runExport([eight, '--out', out])).toBe(0);
    const readme = readFileSync(join(out, 'README.md'), 'utf8');
    const { max } = readModelFolder(eight).card.storage!.difference!;
    expect(readme).toContain('The weights were stored as int8; here they are the float32 values');
    expect(readme).toContain(`moved scores by ${max} at most`);
    expect(readFileSync(join(out, 'model.onnx')).length).toBeGreaterThan(2.5 * size(eight));
  });
});
