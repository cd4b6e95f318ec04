import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SHARED_PARITY } from '../../../fixtures/parity-manifest.ts';
import { CONSTRUCTOR_NAMES } from '../model/network.ts';
import { OFFICIAL_MODELS, officialModelByFile, officialNetwork } from './official-models.ts';

test('nine files, each another constructor, id and title', () => {
  expect(OFFICIAL_MODELS).toHaveLength(9);
  expect(new Set(OFFICIAL_MODELS.map(({ arch }) => arch))).toEqual(new Set(CONSTRUCTOR_NAMES));
  expect(new Set(OFFICIAL_MODELS.map(({ id }) => id)).size).toBe(9);
  expect(new Set(OFFICIAL_MODELS.map(({ title }) => title)).size).toBe(9);
  for (const { id } of OFFICIAL_MODELS) expect(id).toMatch(/^[a-z0-9-]+$/);
});

test('what a name says is read from it', () => {
  expect(officialModelByFile('SAT_B_stream1s_mAP_41_37.pt')).toMatchObject({
    id: 'sat-b-1s-audioset',
    arch: 'SAT_B_1s',
    family: 'streaming',
    size: 'base',
    delayS: 1,
    publishedMapPercent: 41.37,
  });
  expect(officialModelByFile('audiotransformer_base_mAP_47_40.pt')).toMatchObject({
    arch: 'audiotransformer_base',
    family: 'full-context',
    delayS: 10,
    publishedMapPercent: 47.4,
  });
  expect(officialModelByFile('SAT_XL.pt')).toBeUndefined();
  expect(() => officialNetwork('SAT_XL_2s')).toThrow(RangeError);
});

test('parameters are those of SPEC section 9', () => {
  expect(Object.fromEntries(OFFICIAL_MODELS.map(({ arch, parameters }) => [arch, parameters]))).toEqual({
    SAT_T_2s: 5_495_695,
    SAT_T_1s: 5_493_391,
    SAT_S_2s: 21_608_335,
    SAT_S_1s: 21_608_335,
    SAT_B_2s: 85_681_807,
    SAT_B_1s: 85_672_591,
    audiotransformer_tiny: 5_503_183,
    audiotransformer_small: 21_623_311,
    audiotransformer_base: 85_711_759,
  });
});

interface Shapes {
  readonly architectures: Record<string, { readonly tensors: Record<string, { shape: number[]; dtype: string }> }>;
}
const shapesFile = join(SHARED_PARITY, 'state_dict_keys.json');

test.skipIf(!existsSync(shapesFile))('sizes are those of all tensors of the state dicts', () => {
  const { architectures } = JSON.parse(readFileSync(shapesFile, 'utf8')) as Shapes;
  for (const { arch, approximateBytes } of OFFICIAL_MODELS) {
    let bytes = 0;
    for (const [name, { shape, dtype }] of Object.entries(architectures[arch]!.tensors)) {
      const count = shape.reduce((product, dim) => product * dim, 1) * (dtype === 'int64' ? 8 : 4);
      // "blocks.0 stands for blocks.0 to blocks.11"
      bytes += name.startsWith('blocks.') ? 12 * count : count;
    }
    expect(approximateBytes, arch).toBe(bytes);
  }
});
