/**
 * The scores that the authors' README prints for the two water recordings (github.com/RicherMans/SAT, "Inference"), typed over from
 * it, four decimals each. `required`: what the acceptance stands on; the others are compared where the file is there.
 */
import * as v from 'valibot';
import { EarshotError } from '../../src/core/errors.ts';

const Score = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const RunSchema = v.strictObject({
  /** The model file, by its published name. */
  file: v.pipe(v.string(), v.minLength(1)),
  recording: v.pipe(v.string(), v.minLength(1)),
  chunkSeconds: v.pipe(v.number(), v.gtValue(0)),
  required: v.boolean(),
  /** One record per chunk from the start: class name to score. */
  chunks: v.pipe(v.array(v.record(v.string(), Score)), v.minLength(1)),
});
const PrintedSchema = v.strictObject({ source: v.string(), runs: v.pipe(v.array(RunSchema), v.minLength(1)) });

export type PrintedRun = v.InferOutput<typeof RunSchema>;
export type PrintedScores = v.InferOutput<typeof PrintedSchema>;

/** @throws EarshotError `usage` naming what is wrong. */
export function parsePrintedScores(value: unknown): PrintedScores {
  const result = v.safeParse(PrintedSchema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new EarshotError('usage', `The expected scores: ${v.getDotPath(issue) ?? 'the file'}: ${issue.message}.`);
}

const T2 = 'SAT_T_stream2s_mAP_43_34.pt';
const T1 = 'SAT_T_stream1s_mAP_40_11.pt';
const B = 'audiotransformer_base_mAP_47_40.pt';
const FIRST = 'jkLRith2wcc.wav';
const SECOND = 'mg4kDY_hy6o.wav';
const Trickle = 'Trickle, dribble';
const Boat = 'Boat, Water vehicle';

export const PRINTED_SCORES: PrintedScores = {
  source: 'README of github.com/RicherMans/SAT',
  runs: [
    {
      file: T2,
      recording: FIRST,
      chunkSeconds: 2,
      required: true,
      chunks: [
        { Stream: 0.9582, [Trickle]: 0.1661, [Boat]: 0.1254 },
        { Stream: 0.8668, Ocean: 0.3082, 'Waves, surf': 0.2931 },
        { Stream: 0.8928, [Trickle]: 0.1404, [Boat]: 0.1306 },
        { Stream: 0.8503, [Trickle]: 0.1666, Raindrop: 0.162 },
        { Stream: 0.8594, Raindrop: 0.4584, Rain: 0.1884 },
      ],
    },
    {
      file: T2,
      recording: SECOND,
      chunkSeconds: 2,
      required: true,
      chunks: [
        { Stream: 0.9555, [Trickle]: 0.5271, Rain: 0.3057 },
        { Stream: 0.8074, [Trickle]: 0.6095, Water: 0.3593 },
        { Stream: 0.8058, Water: 0.3823, Waterfall: 0.3219 },
        { Stream: 0.8496, Water: 0.4074, [Trickle]: 0.3548 },
        { Stream: 0.8025, Water: 0.4172, [Trickle]: 0.3403 },
      ],
    },
    {
      file: T1,
      recording: FIRST,
      chunkSeconds: 1,
      required: true,
      chunks: [
        { Silence: 0.2903, Vehicle: 0.2587, [Boat]: 0.0793 },
        { Stream: 0.8, Raindrop: 0.1655, Rain: 0.1522 },
        { Stream: 0.8642, Raindrop: 0.1193, [Trickle]: 0.1065 },
        { Stream: 0.7319, Raindrop: 0.1958, Rain: 0.1204 },
      ],
    },
    {
      file: T1,
      recording: SECOND,
      chunkSeconds: 0.16,
      required: false,
      chunks: [
        { 'Whoosh, swoosh, swish': 0.6725, 'Sound effect': 0.1116, Music: 0.1057 },
        { Silence: 0.3615, 'Whoosh, swoosh, swish': 0.1162, Static: 0.0956 },
        { 'Rain on surface': 0.5616, Rain: 0.3506, Raindrop: 0.3257 },
        { 'Rain on surface': 0.4327, Rain: 0.2457, Silence: 0.2116 },
        { 'Rain on surface': 0.623, Rain: 0.4475, Raindrop: 0.3959 },
        { 'Rain on surface': 0.3707, Rain: 0.2532, Raindrop: 0.2089 },
      ],
    },
    {
      file: B,
      recording: SECOND,
      chunkSeconds: 2,
      required: false,
      chunks: [
        { [Trickle]: 0.6101, Stream: 0.4968, Water: 0.2289 },
        { Stream: 0.3074, Water: 0.2828, [Trickle]: 0.2814 },
        { Stream: 0.7029, [Trickle]: 0.2179, Waterfall: 0.1804 },
        { Stream: 0.5569, Waterfall: 0.1705, [Trickle]: 0.1406 },
        { Stream: 0.2891, Waterfall: 0.1813, Water: 0.093 },
      ],
    },
    {
      file: B,
      recording: SECOND,
      chunkSeconds: 0.16,
      required: false,
      chunks: [
        { Music: 0.2091, 'Whoosh, swoosh, swish': 0.1027, Silence: 0.0909 },
        { Static: 0.103, Silence: 0.1015, 'Single-lens reflex camera': 0.0815 },
        { Static: 0.0839, Clatter: 0.0661, Cacophony: 0.0509 },
        { 'Electric toothbrush': 0.0995, Clatter: 0.0834, Static: 0.0701 },
        { 'Electric toothbrush': 0.1715, Static: 0.0629, Idling: 0.0511 },
        { Static: 0.1471, Cacophony: 0.1242, 'Electric toothbrush': 0.0929 },
      ],
    },
  ],
};
