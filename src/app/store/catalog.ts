/** The lists beside the page: which models and sample sounds are there. Files we serve ourselves, still parsed, never believed. */
import * as v from 'valibot';

const ModelEntrySchema = v.object({
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

export type ModelEntry = v.InferOutput<typeof ModelEntrySchema>;
export type SampleEntry = v.InferOutput<typeof SampleSchema>;

const entries = <T>(list: unknown, schema: v.GenericSchema<unknown, T>): T[] =>
  (Array.isArray(list) ? list : []).flatMap((item: unknown) => {
    const parsed = v.safeParse(schema, item);
    return parsed.success ? [parsed.output] : [];
  });

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

/** Entries that do not fit are left out. */
export const parseModels = (value: unknown): ModelEntry[] => entries(field(value, 'models'), ModelEntrySchema);
export const parseSamples = (value: unknown): SampleEntry[] => entries(field(value, 'samples'), SampleSchema);
