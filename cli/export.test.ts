import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { withContext } from '../fixtures/exported-model.ts';
import { largestDifference } from '../fixtures/run-parity.ts';
import { parseTextProto } from '../fixtures/text-proto.ts';
import { tinyModel } from '../fixtures/tiny-model.ts';
import { readFixtureWav } from '../fixtures/wav.ts';
import { createNodeBackend } from '../src/backends/node.ts';
import { StepSession } from '../src/core/engine/step-session.ts';
import type { NetworkSpec } from '../src/core/model/card.ts';
import { readSafetensors, writeSafetensors } from '../src/core/model/safetensors.ts';
import { toFloat32 } from '../src/core/model/tensor.ts';
import { StreamingTagger } from '../src/core/tagger.ts';
import { runExport } from './export.ts';
import { findModel, readModelFolder } from './model-folder.ts';

let folder = '';
let said: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-export-'));
  said = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** A model folder of a few kilobytes. */
function tinyFolder(overrides: Partial<NetworkSpec> = {}): string {
  const { card, state } = tinyModel(overrides);
  const path = join(folder, 'tiny');
  mkdirSync(path);
  const weights = writeSafetensors(state);
  writeFileSync(join(path, 'model.safetensors'), weights);
  const { patch, targetFrames } = card.network;
  const frames = Math.floor(targetFrames / patch) * patch;
  const sha256 = createHash('sha256').update(weights).digest('hex');
  const chunk = { strideFrames: frames, inputFrames: frames };
  writeFileSync(join(path, 'card.json'), JSON.stringify({ ...card, chunk, sha256, weightsBytes: weights.length }));
  return path;
}

const files = (path: string): string[] => readdirSync(path, { recursive: true, encoding: 'utf8' }).sort();
const dog = readFixtureWav(
  new Uint8Array(readFileSync(fileURLToPath(new URL('../fixtures/audio/dog.wav', import.meta.url)))),
);

describe('earshot export', () => {
  test('sat-t-2s: the files of the folder alone give our scores, chunk after chunk', async () => {
    const out = join(folder, 'out');
    expect(await runExport(['sat-t-2s', '--out', out, '--waveform'])).toBe(0);
    expect(files(out)).toEqual([
      'README.md',
      'card.json',
      'initial-state.safetensors',
      'model-waveform.onnx',
      'model.onnx',
    ]);
    expect(said[0]).toContain('sat-t-2s in 5 files');

    const { card, state } = readModelFolder(findModel('sat-t-2s'));
    const session = await StepSession.open({ card, state, backend: createNodeBackend() });
    const tagger = new StreamingTagger({ session, framing: 'continuous' });
    const own = [...(await tagger.push(dog, 16_000)), ...(await tagger.finish())];
    await tagger.dispose();
    await session.dispose();

    // As the README says, by hand.
    const model = await InferenceSession.create(join(out, 'model-waveform.onnx'));
    const { tensors } = readSafetensors(new Uint8Array(readFileSync(join(out, 'initial-state.safetensors'))));
    const start = tensors.get('state')!;
    let carried: Tensor = new Tensor('float32', toFloat32(start), start.shape);
    for (const [c, { probabilities }] of own.entries()) {
      const frames = Math.min(192, 1 + Math.floor((dog.length - 30_720 * c) / 160));
      const samples = withContext(dog, 30_720 * c, 160 * (frames - 1) + 512);
      const result = await model.run({
        samples: new Tensor('float32', samples, [1, samples.length]),
        state: carried,
      });
      carried = result['next_state']!;
      const scores = result['scores']?.data as Float32Array;
      expect(largestDifference([scores], probabilities, scores.length)).toBeLessThanOrEqual(2e-5);
    }
    await model.release();

    expect(JSON.parse(readFileSync(join(out, 'card.json'), 'utf8'))).toEqual(card);
    const readme = readFileSync(join(out, 'README.md'), 'utf8');
    for (const fact of ['[N, 23, cached, 192]', 'session.run', '31072', '[1, 23, 48, 192]', card.licence.spdx]) {
      expect(readme).toContain(fact);
    }
    expect(readme).not.toMatch(/undefined|NaN|\[object/);
  });

  test('--triton: config.pbtxt and the graph say the same names, shapes and types', async () => {
    const out = join(folder, 'out');
    expect(await runExport([tinyFolder(), '--out', out, '--triton', '--waveform'])).toBe(0);
    for (const [name, input, dims] of [
      ['tiny', 'mel', [-1, 64]],
      ['tiny-waveform', 'samples', [-1]],
    ] as const) {
      expect(files(join(out, name))).toEqual(['1', '1/model.onnx', 'config.pbtxt', 'labels.txt']);
      const config = parseTextProto(readFileSync(join(out, name, 'config.pbtxt'), 'utf8'));
      expect(config).toEqual({
        name,
        backend: 'onnxruntime',
        max_batch_size: 64,
        input: [{ name: input, data_type: 'TYPE_FP32', dims }],
        output: [{ name: 'scores', data_type: 'TYPE_FP32', dims: [5], label_filename: 'labels.txt' }],
        sequence_batching: {
          // Longer than any chunk takes to fill; Triton's default of 1 s is not.
          max_sequence_idle_microseconds: 60_000_000,
          oldest: { max_candidate_sequences: 1024, max_queue_delay_microseconds: 20_000 },
          control_input: [{ name: 'START', control: [{ kind: 'CONTROL_SEQUENCE_START', fp32_false_true: [0, 1] }] }],
          state: [{ input_name: 'state', output_name: 'next_state', data_type: 'TYPE_FP32', dims: [3, 24, 16] }],
        },
      });
      const session = await InferenceSession.create(join(out, name, '1/model.onnx'));
      const shapes = (metadata: readonly InferenceSession.ValueMetadata[]) =>
        Object.fromEntries(
          metadata.map((value) => [value.name, value.isTensor ? [value.type, ...value.shape.slice(1)] : 'no tensor']),
        );
      // Triton adds the batch dimension: what follows it is compared; START has shape [1] as Triton demands of controls.
      expect(shapes(session.inputMetadata)).toEqual({
        [input]: ['float32', ...(input === 'mel' ? ['frames', 64] : ['samples'])],
        state: ['float32', 3, 24, 16],
        START: ['float32', 1],
      });
      expect(shapes(session.outputMetadata)).toEqual({ scores: ['float32', 5], next_state: ['float32', 3, 24, 16] });
      for (const value of [...session.inputMetadata, ...session.outputMetadata]) {
        expect(value.isTensor && value.shape[0]).toBe('N');
      }
      await session.release();
      expect(readFileSync(join(out, name, 'labels.txt'), 'utf8').split('\n')).toEqual([
        ...[0, 1, 2, 3, 4].map((k) => `Class ${k}`),
        '',
      ]);
    }
    expect(readFileSync(join(out, 'README.md'), 'utf8')).toContain('not run on a Triton server');
  });

  test('a full-context model has no state: dynamic batching, and nothing to start', async () => {
    const out = join(folder, 'out');
    const full = { family: 'full-context', targetFrames: 1012, cacheFrames: 0, timePositions: 63 } as const;
    expect(await runExport([tinyFolder(full), '--out', out, '--triton'])).toBe(0);
    expect(existsSync(join(out, 'initial-state.safetensors'))).toBe(false);
    const config = parseTextProto(readFileSync(join(out, 'tiny/config.pbtxt'), 'utf8'));
    expect(config).not.toHaveProperty('sequence_batching');
    expect(config).toHaveProperty('dynamic_batching', { max_queue_delay_microseconds: 20_000 });
    const session = await InferenceSession.create(join(out, 'tiny/1/model.onnx'));
    expect(session.inputNames).toEqual(['mel']);
    await session.release();
    expect(readFileSync(join(out, 'README.md'), 'utf8')).not.toContain('next_state');
  });

  test('again into the same folder; into one that holds other things, never', async () => {
    const model = tinyFolder();
    const out = join(folder, 'out');
    expect(await runExport([model, '--out', out])).toBe(0);
    expect(await runExport([model, '--out', out])).toBe(0);
    const mine = join(folder, 'mine');
    mkdirSync(mine);
    writeFileSync(join(mine, 'README.md'), 'mine');
    await expect(runExport([model, '--out', mine])).rejects.toMatchObject({ code: 'usage' });
    expect(files(mine)).toEqual(['README.md']);
    await expect(runExport([model, '--out', join(mine, 'README.md')])).rejects.toMatchObject({ code: 'usage' });
  });

  test('nothing is left of an export that failed', async () => {
    const model = tinyFolder();
    const out = join(folder, 'out');
    mkdirSync(out);
    // A folder in the place of a file that comes late.
    mkdirSync(join(out, 'card.json'));
    writeFileSync(join(out, 'model.onnx'), '');
    await expect(runExport([model, '--out', out])).rejects.toMatchObject({ code: 'write-failed' });
    expect(files(out)).toEqual(['card.json']);
  });

  test.each([
    ['no model', ['--out', 'x'], 'Which model'],
    ['no folder', ['sat-t-2s'], '--out'],
    ['two models', ['sat-t-2s', 'sat-t-1s', '--out', 'x'], 'One model at a time'],
    ['an unknown option', ['sat-t-2s', '--out', 'x', '--fp16'], '--fp16'],
  ])('a command with %s is a matter of usage', async (_, args, words) => {
    await expect(runExport(args)).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining(words) });
  });

  test('on the command line: a line of help, one sentence for a mistake, exit code 2', () => {
    const earshot = (...args: string[]) =>
      spawnSync('npm', ['run', '--silent', 'earshot', '--', ...args], {
        cwd: fileURLToPath(new URL('..', import.meta.url)),
        encoding: 'utf8',
      });
    expect(earshot('--help').stdout).toContain('earshot export MODEL --out DIR [--waveform] [--triton]');
    const { status, stderr } = earshot('export', 'sat-t-2s');
    expect(status).toBe(2);
    expect(stderr).toContain('earshot: Where to? Give a folder with --out DIR (usage: earshot export MODEL');
  });

  test('a model that is not there is said by name', async () => {
    await expect(runExport(['sat-xl', '--out', join(folder, 'x')])).rejects.toMatchObject({ code: 'model-not-found' });
    expect(existsSync(join(folder, 'x'))).toBe(false);
  });
});
