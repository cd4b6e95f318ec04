/**
 * The exported graphs against the reference's stored scores: onnxruntime alone, sound cut as the original script cuts it. All reduced
 * architectures where the shared folder is at hand, the four embedded ones anywhere.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { ExportedModel, withContext } from '../../../fixtures/exported-model.ts';
import {
  EMBEDDED_PARITY,
  loadParity,
  type ParityCase,
  parityTolerance,
  SHARED_PARITY,
} from '../../../fixtures/parity-manifest.ts';
import { largestDifference } from '../../../fixtures/run-parity.ts';
import { LogMel } from '../dsp/log-mel.ts';
import type { MelChunk } from '../stream/mel-chunk.ts';
import { PerChunkFramer } from '../stream/per-chunk-framer.ts';
import { cutIntoSegments } from '../stream/segments.ts';
import { storedFrontEnd } from './stored-front-end.ts';

const parity = loadParity(SHARED_PARITY) ?? loadParity(EMBEDDED_PARITY);
if (!parity) throw new Error(`${EMBEDDED_PARITY} is part of the repository`);
const reduced = Object.entries(parity.manifest.models).filter(([, { weights }]) => weights === 'file');

const usable = ({ mode, outcome, options, chunk_samples: samples, scores }: ParityCase): boolean =>
  mode === 'stream' && outcome === 'ok' && !options && typeof samples === 'number' && scores !== null;

describe.each(reduced.map(([name]) => name))('%s', (name) => {
  const { card, state } = parity.model(name);
  const classes = card.labels.mids.length;
  const opened: ExportedModel[] = [];
  const open = async (input: 'mel' | 'samples'): Promise<ExportedModel> => {
    const model = await ExportedModel.open({ card, state, input });
    opened.push(model);
    return model;
  };
  afterAll(async () => {
    for (const model of opened) await model.dispose();
  });
  const cut = ({ chunk_samples: samples, input }: ParityCase): MelChunk[] => {
    const framer = new PerChunkFramer(new LogMel(card.features, storedFrontEnd(card, state)), samples ?? 0);
    return [...framer.push(parity.input(input)), ...framer.finish()];
  };

  const cases = parity.manifest.cases.filter(
    (item) =>
      item.model === name &&
      usable(item) &&
      // A last piece padded behind the normalisation is of the evaluation mode; the exported file has no such input.
      cut(item).every((chunk) => cutIntoSegments(chunk, card.network).every((s) => s.paddedTo === s.frameCount)),
  );

  test('there are cases', () => expect(cases.length).toBeGreaterThan(0));

  test('log-mel in', async () => {
    const file = await open('mel');
    for (const item of cases) {
      let carried = item.cache_init === 'silence' ? await file.silentState() : new Float32Array(0);
      const scores: Float32Array[] = [];
      for (const chunk of cut(item)) {
        const segments = cutIntoSegments(chunk, card.network);
        // A call that fits goes in whole: what is behind the last full patch is the graph's to leave out.
        const calls = segments.length > 1 ? segments.map(({ data }) => data) : [chunk.data];
        const mean = new Float32Array(classes);
        for (const data of calls) {
          const step = await file.run(data, carried);
          carried = step.state;
          for (let k = 0; k < classes; k++) mean[k]! += step.scores[k]! / calls.length;
        }
        scores.push(mean);
      }
      const difference = largestDifference(scores, parity.values(item.scores!), classes);
      expect(difference, item.id).toBeLessThanOrEqual(parityTolerance(item.max_abs_diff_to_float64_run));
    }
  });

  test('samples in: each chunk reflected at its own ends', async () => {
    const file = await open('samples');
    const silent = await (await open('mel')).silentState();
    for (const item of cases) {
      const chunks = cut(item);
      if (chunks.some((chunk) => cutIntoSegments(chunk, card.network).length > 1)) continue;
      const sound = parity.input(item.input);
      let carried = item.cache_init === 'silence' ? silent : new Float32Array(0);
      const scores: Float32Array[] = [];
      for (const { startSample, sampleCount } of chunks) {
        const samples = sound.subarray(startSample, startSample + sampleCount);
        const step = await file.run(withContext(samples, 0, samples.length + 512), carried);
        carried = step.state;
        scores.push(step.scores);
      }
      const difference = largestDifference(scores, parity.values(item.scores!), classes);
      // Its transform is float32; what that does to a score is within what float32 does to the reference itself.
      expect(difference, item.id).toBeLessThanOrEqual(parityTolerance(item.max_abs_diff_to_float64_run));
    }
  });
});
