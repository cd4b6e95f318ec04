/** `earshot tag`: files through the same path as the microphone, scores to standard output. */
import { parseArgs } from 'node:util';
import { createNodeBackend } from '../src/backends/node.ts';
import { LogMel } from '../src/core/dsp/log-mel.ts';
import type { Priming } from '../src/core/engine/engine-session.ts';
import { StepSession } from '../src/core/engine/step-session.ts';
import { EarshotError, toWireError } from '../src/core/errors.ts';
import type { Framing, ModelCard } from '../src/core/model/card.ts';
import { storedFrontEnd } from '../src/core/model/stored-front-end.ts';
import type { TagFrame } from '../src/core/scores/tag-frame.ts';
import { StreamingTagger } from '../src/core/tagger.ts';
import { decodeFile } from './decode.ts';
import { findModel, readModelFolder } from './model-folder.ts';

export const TAG_USAGE = `earshot tag FILE... --model ID|DIR [--framing continuous|per-chunk|whole] [--chunk-seconds S]
            [--prime silence|none] [--top K] [--format json|text]

  Scores each file chunk by chunk. WAV: PCM 8/16/24/32 bit or float, any rate; more channels are mixed to one.
  --model          an embedded model (sat-t-2s, sat-t-1s, vit-t-10s) or a folder made by "earshot import"; default sat-t-2s
  --framing        continuous: one running spectrogram (default); per-chunk: each chunk on its own, as the original script;
                   whole: the original's evaluation mode, one score for the file
  --chunk-seconds  length of a chunk; default is the model's own
  --prime          silence (default) or none: what the memory holds before the first chunk
  --top            classes per chunk in text output; default 5
  --format         text (default), or json: one object per file and line`;

interface TagSettings {
  readonly framing: Framing | 'whole';
  readonly chunkSeconds: number | null;
  readonly priming: Priming;
  readonly top: number;
  readonly format: 'json' | 'text';
}

const usage = (message: string): never => {
  throw new EarshotError('usage', message);
};

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  return (
    allowed.find((option) => option === value) ??
    usage(`--${name} must be one of ${allowed.join(', ')}, got "${value}"`)
  );
}

/** Returns the exit code: 0, or 1 when a file failed. */
export async function runTag(args: string[]): Promise<number> {
  const { values, positionals: files } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      model: { type: 'string', default: 'sat-t-2s' },
      framing: { type: 'string' },
      'chunk-seconds': { type: 'string' },
      prime: { type: 'string', default: 'silence' },
      top: { type: 'string', default: '5' },
      format: { type: 'string', default: 'text' },
    },
  });
  if (files.length === 0) usage('name at least one file');
  const chunkText = values['chunk-seconds'];
  const chunkSeconds = chunkText === undefined ? null : Number(chunkText);
  if (chunkSeconds !== null && !(chunkSeconds > 0))
    usage(`--chunk-seconds must be a number above 0, got "${chunkText}"`);
  const top = Number(values.top);
  if (!Number.isInteger(top) || top < 1) usage(`--top must be a whole number of at least 1, got "${values.top}"`);

  const { card, state } = readModelFolder(findModel(values.model));
  const settings: TagSettings = {
    framing:
      values.framing === undefined
        ? card.framing
        : oneOf('framing', values.framing, ['continuous', 'per-chunk', 'whole']),
    chunkSeconds,
    priming: oneOf('prime', values.prime, ['silence', 'none']),
    top,
    format: oneOf('format', values.format, ['json', 'text']),
  };
  if (settings.framing === 'whole' && chunkSeconds !== null) {
    console.error('earshot: --chunk-seconds does not matter with --framing whole: the file is one call.');
  }
  const session = await StepSession.open({ card, state, backend: createNodeBackend() });
  const logMel = new LogMel(card.features, storedFrontEnd(card, state));
  let failed = false;
  try {
    for (const file of files) {
      try {
        await tagFile(file, settings, session, logMel);
      } catch (error) {
        // Settings that do not fit the model are the caller's mistake, not this file's.
        if (error instanceof RangeError) return usage(error.message);
        failed = true;
        const { code, message, detail } = toWireError(error);
        if (settings.format === 'json') console.log(JSON.stringify({ file, error: { code, message } }));
        console.error(`earshot: ${file}: ${message}${detail ? ` (${detail})` : ''}`);
      }
    }
  } finally {
    await session.dispose();
  }
  return failed ? 1 : 0;
}

async function tagFile(file: string, settings: TagSettings, session: StepSession, logMel: LogMel): Promise<void> {
  const { card } = session;
  const tagger = new StreamingTagger({
    session,
    logMel,
    framing: settings.framing,
    priming: settings.priming,
    ...(settings.chunkSeconds !== null && settings.framing !== 'whole' && { chunkSeconds: settings.chunkSeconds }),
  });
  const text = settings.format === 'text';
  const frames: TagFrame[] = [];
  const take = (scored: readonly TagFrame[]): void => {
    // Text is for reading along, so it comes as it is known; JSON is one line a file.
    for (const frame of scored) {
      if (text) console.log(textLine(frame, card, settings.top));
      else frames.push(frame);
    }
  };
  try {
    if (text) console.log(`# ${file}, ${card.id}, ${settings.framing}`);
    let mixed = 1;
    for await (const { samples, rateHz, channels } of decodeFile(file)) {
      mixed = channels;
      take(await tagger.push(samples, rateHz));
    }
    take(await tagger.finish());
    if (mixed > 1) console.error(`earshot: ${file}: ${mixed} channels were mixed to one.`);
    if (tagger.unscoredSamples > 0) {
      console.error(
        `earshot: ${file}: the last ${(tagger.unscoredSamples / 16_000).toFixed(3)} s are too short for a chunk.`,
      );
    }
  } finally {
    await tagger.dispose();
  }
  if (!text) console.log(JSON.stringify(jsonRecord(file, frames, card, settings.framing)));
}

/** Seconds to the sample, without the noise of binary fractions. */
const seconds = (value: number): number => Number(value.toFixed(6));

function jsonRecord(file: string, frames: readonly TagFrame[], card: ModelCard, framing: string): unknown {
  return {
    file,
    model: card.id,
    framing,
    labels: card.labels.mids.map((mid, k) => ({ mid, name: card.labels.names[k] })),
    chunks: frames.map(({ startS, endS, probabilities }) => ({
      start: seconds(startS),
      end: seconds(endS),
      // Nine digits name a float32 exactly.
      scores: Array.from(probabilities, (score) => Number(score.toPrecision(9))),
    })),
  };
}

function textLine({ startS, endS, probabilities }: TagFrame, card: ModelCard, top: number): string {
  const best = Array.from(probabilities, (score, k) => ({ score, name: card.labels.names[k] ?? '' }))
    .sort((a, b) => b.score - a.score)
    .slice(0, top);
  const time = `${startS.toFixed(2).padStart(8)} – ${endS.toFixed(2).padStart(8)} s`;
  return `${time}  ${best.map(({ name, score }) => `${name} ${score.toFixed(3)}`).join(', ')}`;
}
