/** One file through the same path as the microphone. What was scored before it broke is kept. */
import type { LogMel } from '../src/core/dsp/log-mel.ts';
import type { Priming } from '../src/core/engine/engine-session.ts';
import type { StepSession } from '../src/core/engine/step-session.ts';
import { toWireError, type WireError } from '../src/core/errors.ts';
import { deriveEvents } from '../src/core/events/derive-events.ts';
import type { EventRules } from '../src/core/events/event-types.ts';
import type { ExportDocument, ExportRun } from '../src/core/formats/export-document.ts';
import type { Framing, ModelCard } from '../src/core/model/card.ts';
import { ScoreTimeline } from '../src/core/scores/score-timeline.ts';
import type { TagFrame } from '../src/core/scores/tag-frame.ts';
import { nominalChunkSeconds, StreamingTagger } from '../src/core/tagger.ts';
import type { Seconds } from '../src/core/units.ts';
import { decodeFile } from './decode.ts';
import type { TagInput } from './tag-inputs.ts';

/** The model, opened once for all files, and how it is run. */
export interface Ear {
  readonly session: StepSession;
  readonly logMel: LogMel;
  readonly framing: Framing | 'whole';
  readonly priming: Priming;
  readonly chunkSeconds: Seconds | null;
}

export interface HeardFile {
  readonly scores: ScoreTimeline;
  /** Sound that was decoded. */
  readonly heardS: Seconds;
  readonly rateHz: number | null;
  readonly channels: number | null;
  /** At the end, too short for a chunk. */
  readonly unscoredS: Seconds;
  /** Why it ended early; null when all of it was heard. */
  readonly error: WireError | null;
}

export interface HearOptions {
  /** As they are scored. */
  readonly onFrame?: (frame: TagFrame) => void;
  readonly onProgress?: (heardS: Seconds) => void;
  /** False: `onFrame` has them all, and memory does not grow. */
  readonly keepScores: boolean;
}

/** @throws what is no matter of this file: settings that do not fit the model (RangeError). */
export async function hearFile({ path, error: known }: TagInput, ear: Ear, options: HearOptions): Promise<HeardFile> {
  const { card } = ear.session;
  // Nothing is thrown away, however long the file: 2 kB a chunk.
  const scores = new ScoreTimeline({ classes: card.labels.mids.length, maxFrames: 2 ** 40 });
  const tagger = new StreamingTagger({
    session: ear.session,
    logMel: ear.logMel,
    framing: ear.framing,
    priming: ear.priming,
    ...(ear.chunkSeconds !== null && ear.framing !== 'whole' && { chunkSeconds: ear.chunkSeconds }),
  });
  const take = (frames: readonly TagFrame[]): void => {
    for (const frame of frames) {
      if (options.keepScores) scores.push(frame);
      options.onFrame?.(frame);
    }
  };
  let heardS = 0;
  let rateHz: number | null = null;
  let channels: number | null = null;
  let error: WireError | null = null;
  const failed = (cause: unknown): void => {
    if (cause instanceof RangeError) throw cause;
    // The first reason is the true one; what comes of it ("too short") is not.
    error ??= toWireError(cause);
  };
  try {
    try {
      if (known) throw known;
      for await (const block of decodeFile(path)) {
        rateHz ??= block.rateHz;
        channels ??= block.channels;
        take(await tagger.push(block.samples, block.rateHz));
        heardS += block.samples.length / block.rateHz;
        options.onProgress?.(heardS);
      }
    } catch (cause) {
      failed(cause);
    }
    try {
      // Of a broken file too: what is left over belongs to what could be read.
      if (error === null || heardS > 0) take(await tagger.finish());
    } catch (cause) {
      failed(cause);
    }
    const unscoredS = tagger.unscoredSamples / card.audio.sampleRateHz;
    return { scores, heardS, rateHz, channels, unscoredS, error };
  } finally {
    await tagger.dispose();
  }
}

export function documentOf(
  { fileName }: Pick<TagInput, 'fileName'>,
  heard: HeardFile,
  ear: Ear,
  rules: EventRules,
  madeAt: Date,
): ExportDocument {
  const { card } = ear.session;
  const { scores, heardS, rateHz, channels, error } = heard;
  return {
    source: { fileName, durationS: heardS, rateHz, channels, stopped: error?.message ?? null },
    model: { id: card.id, title: card.title, revision: card.revision, sha256: card.sha256, licence: card.licence.spdx },
    run: runOf(ear, heardS),
    labels: card.labels,
    scores,
    rules,
    derived: deriveEvents(scores, card.labels, rules),
    madeAt,
  };
}

function runOf({ session, framing, priming, chunkSeconds }: Ear, heardS: Seconds): ExportRun {
  const { card } = session;
  const chunkS = framing === 'whole' ? heardS : (chunkSeconds ?? defaultChunkS(card, framing));
  return {
    framing,
    chunkS,
    strideS: chunkS,
    memory: card.network.family === 'streaming' ? true : null,
    // The evaluation mode starts without a cache.
    priming: framing === 'whole' ? 'none' : priming,
    backend: session.backend.label,
  };
}

const defaultChunkS = (card: ModelCard, framing: Framing): Seconds =>
  framing === 'per-chunk'
    ? nominalChunkSeconds(card)
    : (card.chunk.inputFrames * card.features.hopSamples) / card.audio.sampleRateHz;
