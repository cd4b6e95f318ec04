import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { EMBEDDED_PARITY } from '../fixtures/parity-manifest.ts';
import { runImport } from './import.ts';
import { readModelFolder } from './model-folder.ts';

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
