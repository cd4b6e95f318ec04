/** Which of the files a person drops or picks are models, and which belong together. Pure. */
import { officialModelByFile } from '../../core/catalogue/official-models.ts';
import type { WireError } from '../../core/errors.ts';
import { CONSTRUCTOR_NAMES } from '../../core/model/network.ts';
import type { DroppedFile } from './library-controller.ts';

/** What is imported in one go: a file, or the files of a model folder. */
export interface FoundModel {
  readonly name: string;
  readonly files: readonly File[];
  /** Of the published network whose name the file bears. */
  readonly arch?: string;
}

export interface FoundFiles {
  readonly models: readonly FoundModel[];
  /** Paths of what is no model. */
  readonly left: readonly string[];
}

const ALONE = /\.(pt|pth|ckpt|safetensors|zip)$/i;
const CARD = 'card.json';
const WEIGHTS = 'model.safetensors';

export const MODEL_FILE_ENDINGS = ['.pt', '.pth', '.ckpt', '.safetensors', '.zip'] as const;

/** A `card.json` and a `model.safetensors` in one folder are one model; every other file that can hold weights is one by itself. */
export function findModels(dropped: readonly DroppedFile[]): FoundFiles {
  const models: FoundModel[] = [];
  const used = new Set<DroppedFile>();
  for (const one of dropped.filter(({ file }) => file.name === CARD)) {
    const weights = dropped.find(({ file, folder }) => file.name === WEIGHTS && folder === one.folder);
    if (!weights) continue;
    used.add(one).add(weights);
    models.push({ name: one.folder.split('/').at(-2) ?? 'model folder', files: [one.file, weights.file] });
  }
  for (const one of dropped) {
    if (used.has(one) || !ALONE.test(one.file.name)) continue;
    used.add(one);
    const arch = officialModelByFile(one.file.name)?.arch;
    models.push({ name: one.file.name, files: [one.file], ...(arch === undefined ? {} : { arch }) });
  }
  // The rest of a folder that is a model (a README, a .gitignore) needs no word.
  const folders = new Set([...used].map(({ folder }) => folder).filter((folder) => folder !== ''));
  const left = dropped.filter((one) => !used.has(one) && !folders.has(one.folder));
  return { models, left: left.map(({ file, folder }) => `${folder}${file.name}`) };
}

export interface WantedFacts {
  readonly arch: boolean;
  readonly heads: boolean;
}

/** What the reader of a file could not find in it and a person may know; null when the error is another one. */
export function wantedFacts({ code, message }: WireError): WantedFacts | null {
  if (code !== 'bad-weights') return null;
  const arch = /name the constructor/.test(message);
  const heads = /attention heads is not in the file|heads must be a whole number/.test(message);
  return arch || heads ? { arch, heads } : null;
}

export const ARCHITECTURES: readonly string[] = CONSTRUCTOR_NAMES;
