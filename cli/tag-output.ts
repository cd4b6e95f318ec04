/** Where the results of `earshot tag` go: standard output, as text or one format. A folder is in tag-out-folder.ts. */
import { once } from 'node:events';
import { EarshotError } from '../src/core/errors.ts';
import { DCASE_HEADER, dcaseRows } from '../src/core/formats/dcase.ts';
import type { ExportDocument, ExportFormat } from '../src/core/formats/export-document.ts';
import { formatOf } from '../src/core/formats/formats.ts';
import { jsonParts } from '../src/core/formats/score-record.ts';
import type { ModelCard } from '../src/core/model/card.ts';
import type { TagFrame } from '../src/core/scores/tag-frame.ts';
import type { Ear, HeardFile } from './tag-file.ts';
import type { TagInput } from './tag-inputs.ts';
import type { TagOptions } from './tag-options.ts';

/** What is done with each file. */
export interface TagOutput {
  /** False: only the frames are wanted, as they come. */
  readonly keepsScores: boolean;
  begin(input: TagInput): void;
  frame(frame: TagFrame): void;
  /** `document` is made only when it is wanted: deriving events takes time. */
  end(input: TagInput, heard: HeardFile, document: () => ExportDocument): Promise<void>;
}

/** Formats that several files can share. */
const SHARED: readonly ExportFormat[] = ['json', 'dcase'];

/** @throws EarshotError `usage` when several files cannot share standard output. */
export function checkSharing({ formats, out }: TagOptions, inputs: readonly TagInput[]): void {
  if (out !== null || formats === 'text' || inputs.length < 2) return;
  const alone = formats.find((format) => !SHARED.includes(format));
  if (alone === undefined) return;
  throw new EarshotError(
    'usage',
    `--format ${alone} is one document a file: ${inputs.length} files need --out DIR, a folder to write to`,
  );
}

export function standardOutput(options: TagOptions, ear: Ear): TagOutput {
  const { formats } = options;
  if (formats === 'text') return textOutput(options, ear);
  const format = formats[0]!;
  if (format === 'json') return jsonOutput(options);
  return format === 'dcase' ? dcaseOutput() : documentOutput(format);
}

const NO_FRAMES = { keepsScores: true, begin: () => {}, frame: () => {} } as const;

/** For reading along, so it comes as it is known. */
function textOutput({ top }: TagOptions, { session, framing }: Ear): TagOutput {
  const { card } = session;
  /** Said with the first line, or at the end of a file without any; a file that cannot be read has an error line only. */
  let heading = '';
  const sayHeading = (): void => {
    if (heading !== '') console.log(heading);
    heading = '';
  };
  return {
    keepsScores: false,
    begin: ({ path }) => {
      heading = `# ${path}, ${card.id}, ${framing}`;
    },
    frame: (frame) => {
      sayHeading();
      console.log(textLine(frame, card, top));
    },
    end: async (_, { error }) => {
      if (!error) sayHeading();
    },
  };
}

/** One object a file and line. A file that broke has `error`, and its chunks when it had any. */
function jsonOutput({ rulesGiven }: TagOptions): TagOutput {
  return {
    ...NO_FRAMES,
    end: async ({ path }, { scores, error }, document) => {
      const said = error && { error: { code: error.code, message: error.message } };
      if (said && scores.to === scores.from) console.log(JSON.stringify({ file: path, ...said }));
      else await print(jsonParts(document(), { file: path, full: rulesGiven, ...said }));
    },
  };
}

/** One table; files are named as below the folder they were found in. */
function dcaseOutput(): TagOutput {
  let header = [DCASE_HEADER];
  return {
    ...NO_FRAMES,
    end: async ({ folder, fileName }, _, document) => {
      await print(header);
      header = [];
      await print(dcaseRows(document(), `${folder}${fileName}`));
    },
  };
}

function documentOutput(format: ExportFormat): TagOutput {
  return {
    ...NO_FRAMES,
    end: async (_, { scores, error }, document) => {
      if (error && scores.to === scores.from) return;
      await print(formatOf(format).parts(document()));
    },
  };
}

/** Waits for whoever reads: hours of scores do not pile up here. */
async function print(parts: Iterable<string>): Promise<void> {
  for (const part of parts) if (!process.stdout.write(part)) await once(process.stdout, 'drain');
}

function textLine({ startS, endS, probabilities }: TagFrame, card: ModelCard, top: number): string {
  const best = Array.from(probabilities, (score, k) => ({ score, name: card.labels.names[k] ?? '' }))
    .sort((a, b) => b.score - a.score)
    .slice(0, top);
  const time = `${startS.toFixed(2).padStart(8)} – ${endS.toFixed(2).padStart(8)} s`;
  return `${time}  ${best.map(({ name, score }) => `${name} ${score.toFixed(3)}`).join(', ')}`;
}
