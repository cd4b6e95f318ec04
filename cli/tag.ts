/** `earshot tag`: files through the same path as the microphone; scores and events to standard output or into a folder. */
import { createNodeBackend } from '../src/backends/node.ts';
import { LogMel } from '../src/core/dsp/log-mel.ts';
import { StepSession } from '../src/core/engine/step-session.ts';
import { EarshotError } from '../src/core/errors.ts';
import { storedFrontEnd } from '../src/core/model/stored-front-end.ts';
import { findModel, readModelFolder } from './model-folder.ts';
import { documentOf, type Ear, hearFile } from './tag-file.ts';
import { findInputs, type TagInput } from './tag-inputs.ts';
import { readTagOptions, type TagOptions } from './tag-options.ts';
import { folderOutput } from './tag-out-folder.ts';
import { checkSharing, standardOutput, type TagOutput } from './tag-output.ts';
import { TagProgress } from './tag-progress.ts';

export { TAG_USAGE } from './tag-options.ts';

/** Returns the exit code: 0, or 1 when a file failed. */
export async function runTag(args: string[]): Promise<number> {
  const options = readTagOptions(args);
  const inputs = findInputs(options.paths);
  checkSharing(options, inputs);
  const { card, state } = readModelFolder(findModel(options.model));
  const session = await StepSession.open({ card, state, backend: createNodeBackend() });
  try {
    const ear: Ear = {
      session,
      logMel: new LogMel(card.features, storedFrontEnd(card, state)),
      framing: options.framing ?? card.framing,
      priming: options.priming,
      chunkSeconds: options.chunkSeconds,
    };
    sayWhatDoesNotMatter(options, ear);
    const output =
      options.out !== null && options.formats !== 'text'
        ? folderOutput(options.out, options.formats, inputs)
        : standardOutput(options, ear);
    return await tagAll(inputs, ear, output, options);
  } finally {
    await session.dispose();
  }
}

async function tagAll(inputs: readonly TagInput[], ear: Ear, output: TagOutput, options: TagOptions): Promise<number> {
  const progress = new TagProgress(inputs.length, {
    // Lines of text would come in between.
    moving: process.stderr.isTTY === true && options.formats !== 'text',
    lines: options.out !== null,
  });
  let exitCode = 0;
  for (const input of inputs) {
    progress.begin(input.path);
    output.begin(input);
    const heard = await hearFile(input, ear, {
      keepScores: output.keepsScores,
      onFrame: output.frame,
      onProgress: (heardS) => progress.heard(heardS),
    }).catch((error: unknown) => {
      // Settings that do not fit the model are the caller's mistake, not this file's.
      throw error instanceof RangeError ? new EarshotError('usage', error.message) : error;
    });
    progress.clear();
    const { channels, unscoredS, heardS, error, scores } = heard;
    if (error) {
      exitCode = 1;
      const where = error.message.startsWith(input.path) ? '' : `${input.path}: `;
      progress.say(`${where}${error.message}${error.detail ? ` (${error.detail})` : ''}`);
    } else {
      if (channels !== null && channels > 1) progress.say(`${input.path}: ${channels} channels were mixed to one.`);
      if (unscoredS > 0) progress.say(`${input.path}: the last ${unscoredS.toFixed(3)} s are too short for a chunk.`);
    }
    await output.end(input, heard, () => documentOf(input, heard, ear, options.rules, new Date()));
    const chunks = `${scores.to - scores.from} chunks`;
    progress.done(error && heardS === 0 ? 'nothing was heard' : `${heardS.toFixed(1)} s, ${chunks}`);
  }
  return exitCode;
}

/** Options that change nothing here are no mistake, but their giver may think they do. */
function sayWhatDoesNotMatter({ chunkSeconds, formats, rulesGiven, out }: TagOptions, { framing }: Ear): void {
  if (framing === 'whole' && chunkSeconds !== null) {
    console.error('earshot: --chunk-seconds does not matter with --framing whole: the file is one call.');
  }
  const withoutEvents = formats === 'text' || formats.every((format) => format === 'csv' || format === 'sed-scores');
  if (rulesGiven && out === null && withoutEvents) {
    console.error('earshot: --on and the other rules for events do not matter to a format that has only scores.');
  }
}
