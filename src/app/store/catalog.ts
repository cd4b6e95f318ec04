/**
 * Which models and sample sounds there are: the lists beside the page (files we serve ourselves, still parsed, never believed) and
 * the models installed in this browser. Pure.
 */
import * as v from 'valibot';
import type { ModelCard } from '../../core/model/card.ts';
import type { Seconds } from '../../core/units.ts';
import { type InstalledModel, installedUrl } from '../../installer/installer.ts';

const ListedModelSchema = v.object({
  id: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9._-]*$/i)),
  title: v.string(),
  /** Chunk length: how old a sound is at most when the model has its say. */
  delayS: v.number(),
  family: v.picklist(['streaming', 'full-context']),
});
const SampleSchema = v.object({
  id: v.string(),
  title: v.string(),
  /** Relative to the samples folder. */
  url: v.string(),
  credit: v.string(),
  licence: v.string(),
});

export type ListedModel = v.InferOutput<typeof ListedModelSchema>;

/** A model that can be chosen now. */
export interface ModelEntry extends ListedModel {
  readonly origin: 'embedded' | 'installed';
  /** As the engine's `load.modelUrl` takes it. */
  readonly url: string;
}

export type SampleEntry = v.InferOutput<typeof SampleSchema>;

const entries = <T>(list: unknown, schema: v.GenericSchema<unknown, T>): T[] =>
  (Array.isArray(list) ? list : []).flatMap((item: unknown) => {
    const parsed = v.safeParse(schema, item);
    return parsed.success ? [parsed.output] : [];
  });

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

/** Entries that do not fit are left out. */
export const parseModels = (value: unknown): ListedModel[] => entries(field(value, 'models'), ListedModelSchema);
export const parseSamples = (value: unknown): SampleEntry[] => entries(field(value, 'samples'), SampleSchema);

export const embeddedEntry = (listed: ListedModel, resolveUrl: (path: string) => string): ModelEntry => ({
  ...listed,
  origin: 'embedded',
  url: resolveUrl(`models/${listed.id}/`),
});

/** Seconds from one word of a model to its next; for full context the window it looks at. */
export const delayOf = ({ chunk, features, audio }: Pick<ModelCard, 'chunk' | 'features' | 'audio'>): Seconds =>
  (chunk.strideFrames * features.hopSamples) / audio.sampleRateHz;

/** What a list says of a model, from its card. */
export const listedFrom = (card: ModelCard): ListedModel => ({
  id: card.id,
  title: card.title,
  delayS: delayOf(card),
  family: card.network.family,
});

/** Installed models may share a title: one network in two forms. Each gets a name that tells it from the others. */
export function installedEntries(installed: readonly Pick<InstalledModel, 'card'>[]): ModelEntry[] {
  return installed.map(({ card }) => {
    const isTwice = installed.some((other) => other.card !== card && other.card.title === card.title);
    const form = card.storage?.precision ?? card.id;
    return {
      ...listedFrom(card),
      title: isTwice ? `${card.title} (${form})` : card.title,
      origin: 'installed',
      url: installedUrl(card.id),
    };
  });
}
