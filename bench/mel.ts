/**
 * What the front end costs: CPU milliseconds per second of audio, log-mel (continuous framing) and resampling from 48 and 44.1 kHz.
 * Run alone: npx tsx bench/mel.ts (one JSON line). Node only; warm-up apart.
 */
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { noise } from '../fixtures/seeded.ts';
import { LogMel } from '../src/core/dsp/log-mel.ts';
import { Resampler } from '../src/core/dsp/resampler.ts';
import { REFERENCE_FEATURES as features } from '../src/core/model/make-model.ts';
import { createFramer } from '../src/core/stream/framer.ts';

/** CPU milliseconds per second of audio. */
export interface Cost {
  readonly median: number;
  readonly p95: number;
}

export interface MelBench {
  readonly bench: 'mel';
  readonly device: string;
  readonly runs: number;
  /** Seconds of audio in one run. */
  readonly secondsPerRun: number;
  readonly logMel: Cost;
  readonly resample48k: Cost;
  readonly resample44k1: Cost;
}

const RUNS = 40;
const WARM_UP = 5;
const SECONDS = 10;
/** Blocks as a worklet posts them. */
const BLOCK_SECONDS = 0.02;

function cost(work: () => void): Cost {
  for (let i = 0; i < WARM_UP; i++) work();
  const times = Array.from({ length: RUNS }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000 / SECONDS;
  }).sort((a, b) => a - b);
  return { median: times[Math.floor(RUNS / 2)]!, p95: times[Math.ceil(RUNS * 0.95) - 1]! };
}

/** `push` gets `SECONDS` of noise in blocks. */
function pushing(rateHz: number, push: (block: Float32Array) => unknown): () => void {
  const sound = noise(1, rateHz * SECONDS);
  const block = Math.round(rateHz * BLOCK_SECONDS);
  return () => {
    for (let at = 0; at < sound.length; at += block) push(sound.subarray(at, at + block));
  };
}

async function resampling(rateHz: number): Promise<Cost> {
  const resampler = await Resampler.create(rateHz, 16_000);
  const result = cost(pushing(rateHz, (block) => resampler.push(block)));
  resampler.dispose();
  return result;
}

export async function benchMel(): Promise<MelBench> {
  const framer = createFramer({ framing: 'continuous', logMel: new LogMel(features), chunkFrames: 192 });
  return {
    bench: 'mel',
    device: `${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.versions.node}`,
    runs: RUNS,
    secondsPerRun: SECONDS,
    logMel: cost(pushing(16_000, (block) => framer.push(block))),
    resample48k: await resampling(48_000),
    resample44k1: await resampling(44_100),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(JSON.stringify(await benchMel()));
