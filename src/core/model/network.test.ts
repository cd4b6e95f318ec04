/** Which network a state dict is, and what is refused. */
import { describe, expect, test } from 'vitest';
import { tinyModel } from '../../../fixtures/tiny-model.ts';
import { EarshotError } from '../errors.ts';
import type { NetworkSpec } from './card.ts';
import { CONSTRUCTOR_NAMES, deriveNetwork, requiredTensors, resizePositions, validateState } from './network.ts';
import { elementCount, float32Tensor, type StateDict, type TensorData, toFloat32 } from './tensor.ts';

/** A state of the given sizes, all zeros but for the variances. */
function stateOf(overrides: Partial<NetworkSpec>, classes = 7): Map<string, TensorData> {
  const network: NetworkSpec = {
    family: 'streaming',
    width: 64,
    depth: 1,
    heads: 1,
    patch: 16,
    pooling: 'mean',
    targetFrames: 192,
    cacheFrames: 192,
    timePositions: 24,
    segmentAverage: 'mean',
    padLast: false,
    ...overrides,
  };
  return new Map(
    [...requiredTensors(network, classes)].map(([name, shape]) => [
      name,
      float32Tensor(shape, new Float32Array(elementCount(shape))),
    ]),
  );
}
const args = (entries: Record<string, unknown>): ReadonlyMap<unknown, unknown> => new Map(Object.entries(entries));

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (!(error instanceof EarshotError)) throw error;
    expect(error.code).toBe('bad-weights');
    return error.message;
  }
  throw new Error('an error was expected');
}

describe('deriveNetwork', () => {
  test('the nine constructors (SPEC section 9)', () => {
    expect(CONSTRUCTOR_NAMES).toHaveLength(9);
    const expected: Record<string, readonly [NetworkSpec['family'], NetworkSpec['pooling'], number, number, number]> = {
      SAT_T_2s: ['streaming', 'mean', 192, 192, 24],
      SAT_T_1s: ['streaming', 'mean', 96, 96, 12],
      SAT_S_2s: ['streaming', 'token', 192, 192, 24],
      SAT_S_1s: ['streaming', 'token', 192, 192, 24],
      SAT_B_2s: ['streaming', 'mean', 192, 192, 24],
      SAT_B_1s: ['streaming', 'mean', 96, 96, 12],
      audiotransformer_tiny: ['full-context', 'mean', 1012, 0, 63],
      audiotransformer_small: ['full-context', 'token', 1012, 0, 63],
      audiotransformer_base: ['full-context', 'mean', 1012, 0, 63],
    };
    for (const arch of CONSTRUCTOR_NAMES) {
      const [family, pooling, targetFrames, cacheFrames, timePositions] = expected[arch]!;
      const state = stateOf({ family, pooling, timePositions, width: 128 });
      const { network, classes, activation, notes } = deriveNetwork(state, { arch });
      expect(network, arch).toMatchObject({
        family,
        pooling,
        targetFrames,
        cacheFrames,
        timePositions,
        width: 128,
        depth: 1,
        heads: 2,
        segmentAverage: 'mean',
        padLast: family === 'full-context',
      });
      expect([classes, activation, notes]).toEqual([7, 'sigmoid', []]);
      expect(validateState(state, network, classes)).toEqual([]);
    }
  });

  test('without a name the tensors tell', () => {
    expect(deriveNetwork(stateOf({})).network).toMatchObject({ targetFrames: 192, cacheFrames: 192, pooling: 'mean' });
    expect(deriveNetwork(stateOf({ timePositions: 12 })).network).toMatchObject({ targetFrames: 96, cacheFrames: 96 });
    expect(deriveNetwork(stateOf({ pooling: 'token' })).network).toMatchObject({ targetFrames: 192, pooling: 'token' });
    expect(deriveNetwork(stateOf({ family: 'full-context', timePositions: 63, depth: 3 })).network).toMatchObject({
      family: 'full-context',
      depth: 3,
      targetFrames: 1012,
      cacheFrames: 0,
    });
  });

  test('class token and 12 positions: only SAT_S_1s writes that, and it stretches to 24 on load (SPEC section 11)', () => {
    const { network, state, notes } = deriveNetwork(stateOf({ pooling: 'token', timePositions: 12 }));
    expect(network).toMatchObject({ targetFrames: 192, cacheFrames: 192, timePositions: 24, pooling: 'token' });
    expect(state.get('time_pos_embed')!.shape).toEqual([1, 64, 1, 24]);
    expect(notes.join(' ')).toContain('SAT_S_1s');
  });

  test('a positions table that no constructor has asks for the name', () => {
    expect(refusal(() => deriveNetwork(stateOf({ timePositions: 20 })))).toMatch(/20 time positions.*--arch/);
    expect(deriveNetwork(stateOf({ timePositions: 20 }), { arch: 'SAT_T_2s' }).network.timePositions).toBe(24);
  });

  test('heads: what is given, else what the config says, else one per 64 values, else how to say it', () => {
    const narrow = stateOf({ width: 48 });
    expect(refusal(() => deriveNetwork(narrow))).toMatch(/--heads/);
    expect(deriveNetwork(narrow, { args: args({ num_heads: 3 }) }).network.heads).toBe(3);
    expect(deriveNetwork(narrow, { args: args({ num_heads: 3 }), heads: 4 }).network.heads).toBe(4);
    expect(refusal(() => deriveNetwork(narrow, { heads: 5 }))).toMatch(/divides the width 48, got 5/);
    expect(deriveNetwork(stateOf({ width: 192 })).network.heads).toBe(3);
  });

  test('constructor options: pooling, average, padding; logit scores have no sigmoid', () => {
    const state = stateOf({});
    const derive = (entries: Record<string, unknown>) =>
      deriveNetwork(state, { arch: 'SAT_T_2s', args: args(entries) });
    expect(derive({ pooling: 'dm' })).toMatchObject({ network: { pooling: 'dm' }, activation: 'sigmoid' });
    expect(derive({ pooling: 'logit' })).toMatchObject({ network: { pooling: 'logit' }, activation: 'none' });
    expect(derive({ eval_avg: 'last' }).network.segmentAverage).toBe('last');
    expect(derive({ pad_last: true }).network.padLast).toBe(true);
    expect(derive({ num_heads: null, depth: null }).network.depth).toBe(1);
  });

  test('options of the wrong kind are refused by name', () => {
    const state = stateOf({});
    for (const [name, value] of [
      ['num_heads', 'three'],
      ['num_heads', 0],
      ['num_heads', Number.NaN],
      ['depth', 1.5],
      ['depth', 2n ** 70n],
      ['pooling', 'sum'],
      ['eval_avg', 3],
      ['pad_last', 'yes'],
      ['target_length', 0],
      ['cache_length', 8],
      ['n_mels', 128],
      ['patch_size', [16, 8]],
    ] as const) {
      expect(
        refusal(() => deriveNetwork(state, { args: args({ [name]: value }) })),
        `${name}: ${value}`,
      ).toContain(name);
    }
  });

  test('a constructor of the other family, foreign tensors, a missing layer', () => {
    expect(refusal(() => deriveNetwork(stateOf({}), { arch: 'audiotransformer_tiny' }))).toMatch(
      /full-context.*streaming/,
    );
    expect(refusal(() => deriveNetwork(new Map()))).toMatch(/not the tensors of an audio transformer/);
    const gap = stateOf({ depth: 3 });
    for (const name of [...gap.keys()]) if (name.startsWith('blocks.1.')) gap.delete(name);
    expect(refusal(() => deriveNetwork(gap))).toContain('blocks.1');
    const far = stateOf({});
    far.set('blocks.999999.norm1.weight', far.get('norm.weight')!);
    expect(refusal(() => deriveNetwork(far))).toContain('blocks.1');
  });

  test('half of a class token is a missing tensor, unless the constructor says that there is none', () => {
    for (const name of ['cls_token', 'token_pos_embed']) {
      const state = stateOf({ pooling: 'token' });
      state.delete(name);
      expect(refusal(() => deriveNetwork(state))).toContain(`no tensor "${name}"`);
      expect(deriveNetwork(state, { arch: 'SAT_T_2s' }).network.pooling).toBe('mean');
    }
  });

  test('a few numbers are not stretched into gigabytes', () => {
    // One number, seen as 65 536 rows of it.
    const state = stateOf({});
    state.set('time_pos_embed', { dtype: 'F32', shape: [1, 65_536, 1, 1], bytes: new Uint8Array(4 * 65_536) });
    const long = { arch: 'SAT_T_2s', args: args({ target_length: 999_999 }) };
    expect(refusal(() => deriveNetwork(state, long))).toMatch(/1 time positions cannot be stretched to 62511/);
    // What somebody might really want still works: a minute at once.
    const minute = { arch: 'audiotransformer_tiny', args: args({ target_length: 6000 }) };
    const full = stateOf({ family: 'full-context', targetFrames: 1012, cacheFrames: 0, timePositions: 63 });
    expect(deriveNetwork(full, minute).network.timePositions).toBe(375);
  });

  test('classes beyond any list of sounds are refused before they get names', () => {
    const state = stateOf({ width: 1 }, 30_000);
    expect(refusal(() => deriveNetwork(state, { heads: 1 }))).toMatch(/30000 classes/);
  });

  test('what a file says is shown in one line, without control characters', () => {
    const { notes } = deriveNetwork(stateOf({}), { arch: `\u001b[2J\n${'x'.repeat(5000)}` });
    expect(notes.join(' ').length).toBeLessThan(400);
    expect(notes.join(' ')).not.toMatch(/[^\x20-\x7e]/);
    const message = refusal(() => deriveNetwork(stateOf({}), { args: args({ pooling: '\u001b[31m\nmean' }) }));
    expect(message).not.toMatch(/[^\x20-\x7e]/);
  });

  test('the state given is never changed', () => {
    const state = stateOf({ timePositions: 12 });
    const before = [...state.entries()];
    deriveNetwork(state, { arch: 'SAT_T_2s' });
    expect([...state.entries()]).toEqual(before);
  });
});

describe('resizePositions (SPEC section 11)', () => {
  test('longer: the first ones are kept, row by row', () => {
    const table = Float32Array.of(1, 2, 3, 4, 10, 20, 30, 40);
    expect([...resizePositions(table, 2, 4, 2)]).toEqual([1, 2, 10, 20]);
  });

  test('shorter: half-pixel centres, edges clamped', () => {
    // Targets read source 0 (clamped from -0.25), 0.25, 0.75, 1.25 (upper neighbour clamped).
    expect([...resizePositions(Float32Array.of(0, 8), 1, 2, 4)]).toEqual([0, 2, 6, 8]);
    expect([...resizePositions(Float32Array.of(5), 1, 1, 3)]).toEqual([5, 5, 5]);
  });

  test('a line stays a line inside, and 62 to 63 reads where it should', () => {
    const line = Float32Array.from({ length: 62 }, (_, i) => i);
    const out = resizePositions(line, 1, 62, 63);
    out.forEach((value, i) => {
      expect(value).toBeCloseTo(Math.min(61, Math.max(0, ((i + 0.5) * 62) / 63 - 0.5)), 5);
    });
  });
});

describe('validateState', () => {
  const { card, state } = tinyModel({ pooling: 'token' });
  const classes = card.labels.mids.length;
  const without = (name: string): StateDict => new Map([...state].filter(([key]) => key !== name));
  const withTensor = (name: string, tensor: TensorData): StateDict => new Map([...state, [name, tensor]]);
  const check = (changed: StateDict): readonly string[] => validateState(changed, card.network, classes);

  test('whole: nothing to say; unknown names are returned', () => {
    expect(check(state)).toEqual([]);
    expect(check(withTensor('teacher.weight', state.get('norm.bias')!))).toEqual(['teacher.weight']);
  });

  test('every tensor is missed by its name, and by shape with what was expected', () => {
    for (const [name, shape] of requiredTensors(card.network, classes)) {
      expect(refusal(() => check(without(name)))).toContain(`"${name}"`);
      const wrong = [...shape.slice(0, -1), shape.at(-1)! + 1];
      const message = refusal(() =>
        check(withTensor(name, float32Tensor(wrong, new Float32Array(elementCount(wrong))))),
      );
      expect(message).toContain(`"${name}"`);
      expect(message).toContain(`[${wrong.join(', ')}]`);
      expect(message).toContain(`[${shape.join(', ')}] was expected`);
    }
  });

  test('NaN and infinity are found in every float type, wherever they are', () => {
    const shape = state.get('norm.weight')!.shape;
    const count = elementCount(shape);
    const put = (dtype: TensorData['dtype'], size: number, pattern: readonly number[], at: number, shift: number) => {
      // A view that starts at an odd address, as in a file.
      const room = new Uint8Array(count * size + shift);
      room.set(pattern, shift + at * size);
      return { dtype, shape, bytes: room.subarray(shift) };
    };
    for (const shift of [0, 1]) {
      for (const at of [0, count - 1]) {
        for (const [dtype, size, pattern] of [
          ['F16', 2, [0x00, 0x7c]],
          ['F16', 2, [0x01, 0xfe]],
          ['BF16', 2, [0x80, 0xff]],
          ['F32', 4, [0, 0, 0x80, 0xff]],
          ['F32', 4, [1, 0, 0xc0, 0x7f]],
          ['F64', 8, [0, 0, 0, 0, 0, 0, 0xf0, 0x7f]],
          // 1e300: finite as a double, not as a float.
          ['F64', 8, [0x9c, 0x75, 0x00, 0x88, 0x3c, 0xe4, 0x37, 0x7e]],
        ] as const) {
          const message = refusal(() => check(withTensor('norm.weight', put(dtype, size, pattern, at, shift))));
          expect(message).toContain('"norm.weight"');
          expect(message).toContain(`value ${at} `);
        }
        // The largest finite numbers pass.
        check(withTensor('norm.weight', put('F16', 2, [0xff, 0x7b], at, shift)));
        check(withTensor('norm.weight', put('F32', 4, [0xff, 0xff, 0x7f, 0x7f], at, shift)));
      }
    }
  });

  test('values that are looked at in pieces, because they lie at odd addresses, are all looked at', () => {
    const network = { ...card.network, width: 256 };
    const name = 'blocks.0.mlp.fc1.weight';
    const wide = stateOf({ ...network, pooling: 'token' }, classes);
    for (const at of [0, 16_383, 16_384, 65_535, 4 * 256 * 256 - 1]) {
      const room = new Uint8Array(1 + 4 * 4 * 256 * 256);
      room.set([0, 0, 0x80, 0x7f], 1 + 4 * at);
      wide.set(name, { dtype: 'F32', shape: [1024, 256], bytes: room.subarray(1) });
      expect(refusal(() => validateState(wide, network, classes))).toContain(`"${name}" is not finite: value ${at} of`);
    }
  });

  test('whole numbers and a negative variance are no weights', () => {
    const bias = state.get('norm.bias')!;
    const ints: TensorData = { dtype: 'I32', shape: bias.shape, bytes: bias.bytes.slice() };
    expect(refusal(() => check(withTensor('norm.bias', ints)))).toMatch(/"norm.bias" holds I32/);
    const variance = toFloat32(state.get('init_bn.1.running_var')!).slice();
    variance[63] = -1;
    const message = refusal(() => check(withTensor('init_bn.1.running_var', float32Tensor([64], variance))));
    expect(message).toMatch(/negative variance/);
  });

  test('a stored window may be absent, but not of another length', () => {
    const name = 'front_end.0.spectrogram.window';
    expect(check(withTensor(name, float32Tensor([512], new Float32Array(512))))).toEqual([]);
    expect(refusal(() => check(withTensor(name, float32Tensor([400], new Float32Array(400)))))).toContain(`"${name}"`);
  });
});
