/** `earshot export`: a model as standard .onnx files for other programs, and as an entry of a Triton model repository. */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EarshotError } from '../src/core/errors.ts';
import { buildExportGraph, type ExportGraph, stateShapeOf } from '../src/core/model/export-graph.ts';
import { exportReadme } from '../src/core/model/export-readme.ts';
import { TRITON_LABELS, tritonConfig, tritonLabels } from '../src/core/model/export-triton.ts';
import { writeSafetensors } from '../src/core/model/safetensors.ts';
import { storedFrontEnd } from '../src/core/model/stored-front-end.ts';
import { float32Tensor } from '../src/core/model/tensor.ts';
import { EXPORT_TOLERANCE, type ExportedFile, largestDifference, silentState } from './export-check.ts';
import { makeFolder } from './make-folder.ts';
import { findModel, type ModelFolder, readModelFolder } from './model-folder.ts';

const COMMAND = 'earshot export MODEL --out DIR [--waveform] [--triton]';
export const EXPORT_USAGE = `${COMMAND}

  Writes a model for other programs: model.onnx (standard operators, weights inside, any number of streams in a call), card.json
  and a README that says what goes in and comes out. MODEL is an embedded model or a folder made by "earshot import".
  --out            a new or empty folder, or that of an earlier export
  --waveform       model-waveform.onnx too, which takes samples: the log-mel is made in the graph
  --triton         an entry of an NVIDIA Triton model repository too: DIR is the repository, the server keeps each stream's state`;

interface Request {
  readonly model: string;
  readonly out: string;
  readonly waveform: boolean;
  readonly triton: boolean;
}

/** Returns the exit code. @throws EarshotError, `usage` for a command that cannot be understood. */
export async function runExport(args: string[]): Promise<number> {
  const request = readRequest(args);
  const model = readModelFolder(findModel(request.model));
  refuseToOverwrite(request.out);
  const written = new Folder(request.out);
  try {
    const difference = await writeExport(model, request, written);
    console.log(
      `${request.out}: ${model.card.id} in ${written.files.length} files, ${(written.bytes / 1e6).toFixed(1)} MB. ` +
        `Run by onnxruntime alone its scores differ from Earshot's by ${difference.toExponential(0)} at most.`,
    );
    for (const file of written.files) console.log(`  ${file}`);
    return 0;
  } catch (error) {
    // Half an export must not be taken for a whole one.
    written.remove();
    throw error;
  }
}

function readRequest(args: string[]): Request {
  const { values, positionals } = parse(args);
  const [model, ...more] = positionals;
  if (model === undefined) throw misuse('Which model? Give an id such as sat-t-2s, or a folder');
  if (more.length > 0) {
    throw misuse(`One model at a time, got ${positionals.map((name) => `"${name}"`).join(', ')}`);
  }
  if (!values.out) throw misuse('Where to? Give a folder with --out DIR');
  return { model, out: values.out, waveform: values.waveform === true, triton: values.triton === true };
}

const misuse = (what: string): EarshotError => new EarshotError('usage', `${what} (usage: ${COMMAND}).`);

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { out: { type: 'string' }, waveform: { type: 'boolean' }, triton: { type: 'boolean' } },
    });
  } catch (cause) {
    // An unknown option, or one without its value; parseArgs says which.
    throw misuse(cause instanceof Error ? cause.message.split('. ')[0]! : String(cause));
  }
}

/** Somebody's README.md is soon overwritten: only what is empty, or was an export, is written to. */
function refuseToOverwrite(out: string): void {
  if (!existsSync(out)) return;
  let names: string[];
  try {
    names = readdirSync(out);
  } catch (cause) {
    throw new EarshotError('usage', `${out} is not a folder that can be written to.`, { cause });
  }
  if (names.length > 0 && !(names.includes('model.onnx') && names.includes('card.json'))) {
    throw new EarshotError(
      'usage',
      `${out} has other things in it; --out takes a new or empty folder, or an earlier export.`,
    );
  }
}

async function writeExport(model: ModelFolder, request: Request, out: Folder): Promise<number> {
  const { card, state } = model;
  const check: ExportedFile[] = [];
  const put = (name: string, graph: ExportGraph, input: ExportedFile['input'], starts: boolean): void => {
    check.push({ path: out.write(name, graph.onnx), input, starts });
  };
  put('model.onnx', buildExportGraph({ card, state, input: 'mel' }), 'mel', false);
  const start = await silentState(join(request.out, 'model.onnx'), model);
  const inputs = request.waveform ? (['mel', 'samples'] as const) : (['mel'] as const);
  if (request.waveform) {
    put('model-waveform.onnx', buildExportGraph({ card, state, input: 'samples' }), 'samples', false);
  }
  if (start) {
    const tensors = new Map([['state', float32Tensor(start.dims, start.data)]]);
    out.write('initial-state.safetensors', writeSafetensors(tensors));
  }
  const stored = storedFrontEnd(card, state);
  if (stored) {
    const { winSamples, nFft, mels } = card.features;
    const tensors = new Map([
      ['window', float32Tensor([winSamples], stored.window)],
      ['filter_bank', float32Tensor([nFft / 2 + 1, mels], stored.filterBank)],
    ]);
    out.write('front-end.safetensors', writeSafetensors(tensors));
  }
  if (request.triton) {
    if (start && start.dims[2] !== stateShapeOf(card)?.tokens) {
      // Triton keeps states of one size; this cache still grows after the silence.
      throw new EarshotError(
        'usage',
        `${card.id} remembers more than one chunk, which --triton cannot do; leave it out.`,
      );
    }
    for (const input of inputs) {
      const name = input === 'mel' ? card.id : `${card.id}-waveform`;
      const graph = buildExportGraph({ card, state, input, ...(start && { startState: start.data }) });
      put(`${name}/1/model.onnx`, graph, input, start !== null);
      out.write(`${name}/config.pbtxt`, tritonConfig(name, graph));
      out.write(`${name}/${TRITON_LABELS}`, tritonLabels(card));
    }
  }
  out.write('card.json', `${JSON.stringify(card, null, 1)}\n`);
  out.write('README.md', exportReadme(card, { ...request, startTokens: start?.dims[2] ?? 0 }));
  const difference = await largestDifference(check, model, start);
  if (difference > EXPORT_TOLERANCE) {
    throw new EarshotError(
      'self-check-failed',
      `The exported files of ${card.id} do not give Earshot's scores (off by ${difference}); nothing was kept.`,
    );
  }
  return difference;
}

/** What is written, so that it can be listed, or taken away again. */
class Folder {
  readonly path: string;
  readonly files: string[] = [];
  bytes = 0;
  readonly #isNew: boolean;

  constructor(path: string) {
    this.path = path;
    this.#isNew = !existsSync(path);
  }

  /** Returns the file's path. */
  write(name: string, content: string | Uint8Array): string {
    const path = join(this.path, name);
    try {
      makeFolder(join(path, '..'));
      writeFileSync(path, content);
    } catch (cause) {
      throw new EarshotError('write-failed', `${path} could not be written.`, { cause });
    }
    this.files.push(name);
    this.bytes += typeof content === 'string' ? Buffer.byteLength(content) : content.length;
    return path;
  }

  remove(): void {
    if (this.#isNew) rmSync(this.path, { recursive: true, force: true });
    else for (const name of this.files) rmSync(join(this.path, name), { force: true });
  }
}
