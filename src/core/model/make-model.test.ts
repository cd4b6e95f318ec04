/** Card and weights out of a state dict. */
import { describe, expect, test } from 'vitest';
import { EMBEDDED_PARITY, loadParity } from '../../../fixtures/parity-manifest.ts';
import { tinyModel } from '../../../fixtures/tiny-model.ts';
import { melFilterBank, periodicHann } from '../dsp/mel.ts';
import { parseCard } from './card.ts';
import { defaultLabels, makeModel } from './make-model.ts';
import { FILTER_BANK_KEY, validateState, WINDOW_KEY } from './network.ts';
import { readSafetensors } from './safetensors.ts';
import { storedFrontEnd } from './stored-front-end.ts';
import { float32Tensor, type StateDict, type TensorData, toFloat32 } from './tensor.ts';
import { readTorchCheckpoint } from './torch-checkpoint.ts';

const parity = loadParity(EMBEDDED_PARITY)!;
const sha256 = (): string => 'a'.repeat(64);
const make = (state: StateDict, more: Partial<Parameters<typeof makeModel>[0]> = {}) =>
  makeModel({ state, id: 'test', origin: 'a test', sha256, heads: 2, ...more });

describe('makeModel', () => {
  test.each(Object.entries(parity.manifest.models).filter(([, { checkpoint }]) => checkpoint !== undefined))(
    '%s: a valid card, and weights that it fits',
    async (_, { checkpoint, config: expected }) => {
      const { tensors, config } = readTorchCheckpoint(parity.bytes(checkpoint!));
      const { card, weights } = await makeModel({ state: tensors, config, id: 'x', origin: 'a test', sha256 });
      expect(parseCard(JSON.parse(JSON.stringify(card)))).toEqual(card);
      expect(card.weightsBytes).toBe(weights.length);
      expect(card.sha256).toBe(sha256());
      expect(card.network).toMatchObject({
        width: expected.embed_dim,
        depth: expected.depth,
        heads: expected.num_heads,
        pooling: expected.pooling,
        targetFrames: expected.target_length_frames,
        cacheFrames: expected.cache_length_frames ?? 0,
        timePositions: expected.time_positions,
        padLast: expected.pad_last,
      });
      expect(card.features.storedFrontEnd).toBe(false);
      const { tensors: written } = readSafetensors(weights);
      expect(validateState(written, card.network, expected.num_classes)).toEqual([]);
      expect([...written.keys()].some((name) => name.startsWith('front_end') || name.includes('num_batches'))).toBe(
        false,
      );
      for (const [name, { dtype, bytes }] of written) {
        expect(dtype).toBe(tensors.get(name)!.dtype);
        expect(Buffer.compare(bytes, tensors.get(name)!.bytes), name).toBe(0);
      }
    },
  );

  test('a half-precision checkpoint stays half, and keeps its rounded window and bank', async () => {
    const { tensors, config } = readTorchCheckpoint(parity.bytes('formats/half_zip.pt'));
    const { card, weights, notes } = await makeModel({ state: tensors, config, id: 'half', origin: 'a test', sha256 });
    expect(card.features.storedFrontEnd).toBe(true);
    expect(notes.join(' ')).toMatch(/window and filter bank/);
    const { tensors: written } = readSafetensors(weights);
    expect(written.get('norm.weight')!.dtype).toBe('F16');
    const front = storedFrontEnd(card, written)!;
    const window = periodicHann(512);
    const off = front.window.reduce((most, value, k) => Math.max(most, Math.abs(value - window[k]!)), 0);
    expect(off).toBeGreaterThan(1e-5);
    expect(off).toBeLessThan(3e-4);
  });

  test('float32 rounding of the computed window is no difference; one entry beyond 1e-5 is', async () => {
    const { state } = tinyModel();
    const { nFft, mels } = { nFft: 512, mels: 64 };
    const window = Float32Array.from(periodicHann(512));
    const bank = Float32Array.from(melFilterBank({ sampleRateHz: 16000, nFft, mels, fMinHz: 0, fMaxHz: 8000 }));
    const same: [string, TensorData][] = [
      [WINDOW_KEY, float32Tensor([512], window)],
      [FILTER_BANK_KEY, float32Tensor([257, 64], bank)],
    ];
    expect((await make(new Map([...state, ...same]))).card.features.storedFrontEnd).toBe(false);

    const other = window.slice();
    other[300]! += 2e-5;
    // The bank is not stored: the computed one goes with the stored window.
    const { card, weights } = await make(new Map([...state, [WINDOW_KEY, float32Tensor([512], other)]]));
    expect(card.features.storedFrontEnd).toBe(true);
    const front = storedFrontEnd(card, readSafetensors(weights).tensors)!;
    expect(front.window).toEqual(other);
    expect(front.filterBank).toEqual(bank);
  });

  test('unknown tensors are named and left out; the caller keeps its state', async () => {
    const { state } = tinyModel();
    const more = new Map([...state, ['ema.decay', float32Tensor([1], Float32Array.of(0.9))]]);
    const { weights, notes } = await make(more);
    expect(notes.join(' ')).toContain('ema.decay');
    expect(readSafetensors(weights).tensors.has('ema.decay')).toBe(false);
    expect(more.size).toBe(state.size + 1);
  });

  test('a thousand unknown tensors are a short note, whatever they are called', async () => {
    const { state } = tinyModel();
    const odd = float32Tensor([1], Float32Array.of(1));
    const more = new Map([
      ...state,
      ...Array.from({ length: 1000 }, (_, i) => [`\u001b[2J${i}${'x'.repeat(200)}`, odd] as const),
    ]);
    const note = (await make(more)).notes.join(' ');
    expect(note).toContain('and 992 more');
    expect(note.length).toBeLessThan(1000);
    expect(note).not.toMatch(/[^\x20-\x7e]/);
  });

  test('positions of another length are fitted to the constructor and written so', async () => {
    const { tensors, config } = readTorchCheckpoint(parity.bytes('checkpoints/sat_t_2s.pt'));
    const { card, weights, notes } = await makeModel({
      state: tensors,
      config,
      arch: 'SAT_T_1s',
      id: 'crop',
      origin: 'a test',
      sha256,
    });
    expect(card.network).toMatchObject({ targetFrames: 96, cacheFrames: 96, timePositions: 12, heads: 3 });
    expect(notes.join(' ')).toMatch(/cropped/);
    const written = readSafetensors(weights).tensors.get('time_pos_embed')!;
    expect(written.shape).toEqual([1, 48, 1, 12]);
    const [all, kept] = [toFloat32(tensors.get('time_pos_embed')!), toFloat32(written)];
    for (let d = 0; d < 48; d++) {
      expect(kept.subarray(d * 12, d * 12 + 12)).toEqual(all.subarray(d * 24, d * 24 + 12));
    }
  });

  test('one live chunk: a full segment, 96 frames for SAT_S_1s, 1008 for full context', async () => {
    const token = { pooling: 'token', targetFrames: 192, cacheFrames: 192, timePositions: 24 } as const;
    const chunk = async (state: StateDict, arch?: string) => (await make(state, { arch })).card.chunk;
    expect(await chunk(tinyModel().state)).toEqual({ strideFrames: 96, inputFrames: 96 });
    expect(await chunk(tinyModel(token).state, 'SAT_S_2s')).toEqual({ strideFrames: 192, inputFrames: 192 });
    expect(await chunk(tinyModel(token).state, 'SAT_S_1s')).toEqual({ strideFrames: 96, inputFrames: 96 });
    expect(await chunk(tinyModel({ pooling: 'token' }).state)).toEqual({ strideFrames: 96, inputFrames: 96 });
    const vit = tinyModel({ family: 'full-context', targetFrames: 1012, cacheFrames: 0, timePositions: 63 });
    expect(await chunk(vit.state)).toEqual({ strideFrames: 1008, inputFrames: 1008 });
  });

  test('labels: AudioSet for 527 classes, else names that claim nothing; given ones must fit', async () => {
    expect(defaultLabels(527).names[0]).toBe('Speech');
    expect(defaultLabels(40).mids.slice(-1)).toEqual(['class_039']);
    expect(new Set(defaultLabels(2000).mids).size).toBe(2000);
    const { state } = tinyModel();
    const labels = { mids: ['a', 'b', 'c', 'd', 'e'], names: ['A', 'B', 'C', 'D', 'E'] };
    expect((await make(state, { labels })).card.labels).toEqual(labels);
    await expect(make(state, { labels: { mids: ['a'], names: ['A'] } })).rejects.toThrow(/5 mids and names, got 1/);
  });
});
