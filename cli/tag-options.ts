/** What `earshot tag` was asked for: the words of the command line, checked. A wrong one is named with what was expected and what came. */
import { parseArgs } from 'node:util';
import type { Priming } from '../src/core/engine/engine-session.ts';
import { EarshotError } from '../src/core/errors.ts';
import { MAX_MEDIAN_CHUNKS } from '../src/core/events/event-rules.ts';
import { DEFAULT_RULES, type EventRules } from '../src/core/events/event-types.ts';
import { EXPORT_FORMATS, type ExportFormat } from '../src/core/formats/export-document.ts';
import type { Framing } from '../src/core/model/card.ts';

export const TAG_USAGE = `earshot tag FILE|FOLDER... --model ID|DIR [--framing continuous|per-chunk|whole] [--chunk-seconds S]
            [--prime silence|none] [--format F[,F...]] [--top K] [--out DIR]
            [--on P] [--off P] [--min-duration S] [--merge-gap S] [--median N] [--group]

  Scores sound chunk by chunk: audio and video files, folders with all that is below them. More channels are mixed to one.
  --model          an embedded model (sat-t-2s, sat-t-1s, vit-t-10s) or a folder made by "earshot import"; default sat-t-2s
  --framing        continuous: one running spectrogram (default); per-chunk: each chunk on its own, as the original script;
                   whole: the original's evaluation mode, one score for the file
  --chunk-seconds  length of a chunk; default is the model's own
  --prime          silence (default) or none: what the memory holds before the first chunk
  --format         text (default): the top classes of each chunk, to read along
                   csv, json, sed-scores: every score; audacity, raven, dcase, jams, webvtt: events
                   To standard output go one format at a time, and of several files only text, json (one object a line) and
                   dcase (one table). Json has events and settings too where a rule below is given.
  --top            classes per chunk in text output; default 5
  --out            a folder to write to instead, made when missing: a file for each input and format (several with commas, or
                   --format again; json when none is given), its settings beside it, sub-folders as they were, and summary.csv,
                   a row for each input as it is done

  Events: what reaches --on is one, from where it rose to --off until it falls below.
  --on, --off      scores from 0 to 1; defaults ${DEFAULT_RULES.on} and ${DEFAULT_RULES.off}
  --min-duration   seconds; shorter events are left out; default ${DEFAULT_RULES.minDurationS}
  --merge-gap      seconds; events of one class that are closer become one; default ${DEFAULT_RULES.mergeGapS}
  --median         chunks, odd; scores are median-filtered first; default ${DEFAULT_RULES.medianChunks}, which is none
  --group          leave out what a more specific class explains: Dog where Bark is (the page does so unless told otherwise)`;

export interface TagOptions {
  /** Files and folders as they were named. */
  readonly paths: readonly string[];
  readonly model: string;
  /** Null: the model's own. */
  readonly framing: Framing | 'whole' | null;
  readonly chunkSeconds: number | null;
  readonly priming: Priming;
  readonly top: number;
  /** Text, or at least one format. */
  readonly formats: 'text' | readonly ExportFormat[];
  /** Null: standard output. */
  readonly out: string | null;
  readonly rules: EventRules;
  /** Was any rule given? Then json has events too. */
  readonly rulesGiven: boolean;
}

const usage = (message: string): never => {
  throw new EarshotError('usage', message);
};

/** @throws EarshotError `usage`, or parseArgs' TypeError for an option that is not known. */
export function readTagOptions(args: string[]): TagOptions {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      model: { type: 'string', default: 'sat-t-2s' },
      framing: { type: 'string' },
      'chunk-seconds': { type: 'string' },
      prime: { type: 'string', default: 'silence' },
      top: { type: 'string', default: '5' },
      format: { type: 'string', multiple: true },
      out: { type: 'string' },
      on: { type: 'string' },
      off: { type: 'string' },
      'min-duration': { type: 'string' },
      'merge-gap': { type: 'string' },
      median: { type: 'string' },
      group: { type: 'boolean' },
    },
  });
  if (positionals.length === 0) usage('name at least one file or folder');
  if (values.out === '') usage('--out must be a folder, got ""');
  const { on, off, 'min-duration': minDuration, 'merge-gap': mergeGap, median, group } = values;
  return {
    paths: positionals,
    model: values.model,
    framing:
      values.framing === undefined
        ? null
        : oneOf('framing', values.framing, ['continuous', 'per-chunk', 'whole'] as const),
    chunkSeconds: numberOf('chunk-seconds', values['chunk-seconds'], 'a number above 0', (value) => value > 0) ?? null,
    priming: oneOf('prime', values.prime, ['silence', 'none']),
    top: numberOf('top', values.top, 'a whole number of at least 1', (value) => Number.isInteger(value) && value >= 1)!,
    formats: formatsOf(values.format, values.out !== undefined),
    out: values.out ?? null,
    rules: rulesOf({ on, off, minDuration, mergeGap, median, group }),
    rulesGiven: [on, off, minDuration, mergeGap, median, group].some((value) => value !== undefined),
  };
}

function formatsOf(given: readonly string[] | undefined, hasOut: boolean): TagOptions['formats'] {
  if (given === undefined) return hasOut ? ['json'] : 'text';
  const names = [...new Set(given.flatMap((value) => value.split(',').map((name) => name.trim())))];
  const formats = names.map((name) => oneOf('format', name, ['text', ...EXPORT_FORMATS] as const));
  if (formats.includes('text')) {
    if (hasOut)
      usage('--format text is for reading along and goes to standard output; leave out --out, or name a file format');
    if (formats.length > 1) usage(`--format text cannot be joined with others, got "${names.join(',')}"`);
    return 'text';
  }
  if (formats.length > 1 && !hasOut) {
    usage(`several formats need --out DIR, a folder to write to; got --format ${names.join(',')} without it`);
  }
  return formats.filter((format) => format !== 'text');
}

interface RuleWords {
  readonly on: string | undefined;
  readonly off: string | undefined;
  readonly minDuration: string | undefined;
  readonly mergeGap: string | undefined;
  readonly median: string | undefined;
  readonly group: boolean | undefined;
}

function rulesOf(words: RuleWords): EventRules {
  const isScore = (value: number): boolean => value >= 0 && value <= 1;
  const isLength = (value: number): boolean => value >= 0 && value < Number.POSITIVE_INFINITY;
  const on = numberOf('on', words.on, 'a score from 0 to 1', isScore) ?? DEFAULT_RULES.on;
  // A low --on alone is meant: the default for --off goes down with it.
  const off = numberOf('off', words.off, 'a score from 0 to 1', isScore) ?? Math.min(DEFAULT_RULES.off, on);
  if (off > on) usage(`--off must be at most --on, got --off ${off} and --on ${on}`);
  return {
    on,
    off,
    minDurationS:
      numberOf('min-duration', words.minDuration, 'seconds of at least 0', isLength) ?? DEFAULT_RULES.minDurationS,
    mergeGapS: numberOf('merge-gap', words.mergeGap, 'seconds of at least 0', isLength) ?? DEFAULT_RULES.mergeGapS,
    medianChunks:
      numberOf(
        'median',
        words.median,
        `an odd whole number from 1 to ${MAX_MEDIAN_CHUNKS}`,
        (value) => value >= 1 && value <= MAX_MEDIAN_CHUNKS && value % 2 === 1,
      ) ?? DEFAULT_RULES.medianChunks,
    perClass: {},
    grouped: words.group ?? DEFAULT_RULES.grouped,
  };
}

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  return (
    allowed.find((option) => option === value) ??
    usage(`--${name} must be one of ${allowed.join(', ')}, got "${value}"`)
  );
}

/** Undefined when it was not given. An empty word is no zero. */
function numberOf(
  name: string,
  text: string | undefined,
  expected: string,
  isGood: (value: number) => boolean,
): number | undefined {
  if (text === undefined) return undefined;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return isGood(value) ? value : usage(`--${name} must be ${expected}, got "${text}"`);
}
