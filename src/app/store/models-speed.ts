/**
 * How fast a model runs here: a sample sound through an engine of its own, timed chunk by chunk. Kept between visits per weights and
 * engine, since a figure of another engine or of other weights says nothing. Main thread.
 */
import * as v from 'valibot';
import { EarshotError, toWireError } from '../../core/errors.ts';
import type { BackendChoice } from '../../core/protocol/messages.ts';
import type { EngineClient } from '../client/engine-client.ts';
import { delayOf } from './catalog.ts';
import type { KeyValueStorage } from './settings.ts';

const SpeedSchema = v.object({
  /** Of the weights: another form of the same network is another model here. */
  sha256: v.string(),
  /** Label of the engine, and why that one ran. */
  engine: v.string(),
  reason: v.string(),
  /** Median milliseconds of log-mel and model for one chunk. */
  msPerChunk: v.pipe(v.number(), v.minValue(0)),
  /** Seconds of sound in one chunk. */
  chunkS: v.pipe(v.number(), v.minValue(0)),
  /** Chunks timed. */
  chunks: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** Milliseconds since the epoch. */
  atMs: v.number(),
});
export type SpeedMeasure = v.InferOutput<typeof SpeedSchema>;

const KEY = 'earshot.speeds.1';
const MOST_KEPT = 60;

export function readSpeeds(storage: KeyValueStorage | null): readonly SpeedMeasure[] {
  try {
    const list: unknown = JSON.parse(storage?.getItem(KEY) ?? '[]');
    if (!Array.isArray(list)) return [];
    return list.flatMap((one: unknown) => {
      const parsed = v.safeParse(SpeedSchema, one);
      return parsed.success ? [parsed.output] : [];
    });
  } catch {
    return [];
  }
}

export function writeSpeeds(storage: KeyValueStorage | null, speeds: readonly SpeedMeasure[]): void {
  try {
    storage?.setItem(KEY, JSON.stringify(speeds));
  } catch {
    // Private windows and full disks: the figure holds for this visit.
  }
}

/** The newest of its weights and engine replaces the one before. */
export const withSpeed = (speeds: readonly SpeedMeasure[], fresh: SpeedMeasure): readonly SpeedMeasure[] =>
  [...speeds.filter(({ sha256, engine }) => sha256 !== fresh.sha256 || engine !== fresh.engine), fresh].slice(
    -MOST_KEPT,
  );

export const speedsOf = (speeds: readonly SpeedMeasure[], sha256: string): readonly SpeedMeasure[] =>
  speeds.filter((one) => one.sha256 === sha256).sort((a, b) => b.atMs - a.atMs);

/** 40 = a minute of sound in a second and a half. */
export const timesRealTime = ({ msPerChunk, chunkS }: SpeedMeasure): number =>
  msPerChunk > 0 ? (chunkS * 1000) / msPerChunk : Number.POSITIVE_INFINITY;

export interface SpeedRun {
  readonly client: EngineClient;
  readonly modelUrl: string;
  readonly backend: BackendChoice;
  /** A sound of at least two chunks; read again as often as it takes. */
  readonly clip: File;
  readonly nowMs: () => number;
  readonly onChunk: (chunks: number) => void;
  readonly signal: AbortSignal;
}

export const ENOUGH_CHUNKS = 10;
/** A slow model is not waited for longer than this, once it has been timed a few times. */
const ENOUGH_MS = 20_000;
const FEWEST_CHUNKS = 3;
const MOST_READS = 40;
const LANE = 'speed';

/** Rejects with what the engine says, with `cancelled`, and with `too-short` when the clip holds no whole chunk. */
export async function runSpeed(run: SpeedRun): Promise<Omit<SpeedMeasure, 'atMs'>> {
  const { client, signal, clip } = run;
  const { card, backend } = await client.load({ lane: LANE, modelUrl: run.modelUrl, backend: run.backend });
  const chunkS = delayOf(card);
  const times: number[] = [];
  let isWarm = false;
  const beganMs = run.nowMs();
  const isEnough = (): boolean =>
    signal.aborted ||
    times.length >= ENOUGH_CHUNKS ||
    (times.length >= FEWEST_CHUNKS && run.nowMs() - beganMs > ENOUGH_MS);
  const stop = client.subscribe((event) => {
    if (event.type !== 'tags' || event.lane !== LANE || isEnough()) return;
    // The end of the clip is less than a chunk; the very first one carries what is done only once.
    const isWhole = event.frame.endS - event.frame.startS > chunkS * 0.99;
    if (isWhole && isWarm) {
      times.push(event.timing.computeMs + event.timing.melMs);
      run.onChunk(times.length);
    }
    isWarm ||= isWhole;
    if (isEnough()) client.cancelRead().catch(() => undefined);
  });
  try {
    for (let reads = 0; reads < MOST_READS && !isEnough(); reads++) {
      await client.read(clip).catch((error: unknown) => {
        if (toWireError(error).code !== 'cancelled') throw error;
      });
      if (!isWarm) break;
    }
  } finally {
    stop();
  }
  if (signal.aborted) throw new EarshotError('cancelled', 'Measuring was stopped.');
  if (times.length === 0) throw new EarshotError('too-short', `${clip.name} holds no whole chunk of ${card.title}.`);
  const sorted = times.sort((a, b) => a - b);
  return {
    sha256: card.sha256,
    engine: backend.label,
    reason: backend.reason,
    msPerChunk: sorted[sorted.length >> 1]!,
    chunkS,
    chunks: sorted.length,
  };
}
