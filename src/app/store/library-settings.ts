/** What the library remembers between visits: event rules and which models files and comparisons are scored with. */
import * as v from 'valibot';
import { DEFAULT_RULES } from '../../core/events/event-types.ts';
import type { ModelEntry } from './catalog.ts';
import type { LibraryState } from './library.ts';
import type { KeyValueStorage } from './settings.ts';
import { DEFAULT_RUN, type LaneSetup } from './take.ts';

type Kept = Pick<LibraryState, 'rules' | 'fileSetup' | 'compareSetups'>;

const Share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const Length = v.pipe(v.number(), v.minValue(0), v.maxValue(3600));
const RuleFields = {
  on: Share,
  off: Share,
  minDurationS: Length,
  mergeGapS: Length,
  medianChunks: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(99)),
};
const RulesSchema = v.pipe(
  v.object({
    ...RuleFields,
    perClass: v.record(v.string(), v.partial(v.object(RuleFields))),
    grouped: v.boolean(),
  }),
  v.check(({ on, off }) => off <= on),
);
const SetupSchema = v.object({
  modelId: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9._-]*$/i)),
  run: v.object({ memory: v.picklist(['on', 'off']), recompute: v.picklist(['window', 'second']) }),
});

export const setupOf = (modelId: string): LaneSetup => ({ modelId, run: DEFAULT_RUN });

const DEFAULTS: Kept = {
  // In a list for people Bark, Dog and Animal are one event; off gives each class its own.
  rules: { ...DEFAULT_RULES, grouped: true },
  fileSetup: setupOf('sat-t-2s'),
  compareSetups: [setupOf('sat-t-1s'), setupOf('sat-t-2s'), setupOf('vit-t-10s')],
};

const KeptSchema = v.object({
  rules: v.fallback(RulesSchema, DEFAULTS.rules),
  fileSetup: v.fallback(SetupSchema, DEFAULTS.fileSetup),
  compareSetups: v.fallback(v.pipe(v.array(SetupSchema), v.minLength(1), v.maxLength(3)), [...DEFAULTS.compareSetups]),
});

const KEY = 'earshot.library.1';

/** Never throws: what is not ours falls back, field by field. */
export function readLibrarySettings(storage: KeyValueStorage | null): Kept {
  try {
    const result = v.safeParse(KeptSchema, JSON.parse(storage?.getItem(KEY) ?? '{}'));
    // Absent fields come out of valibot as undefined would: through the fallback.
    return result.success ? (result.output as Kept) : DEFAULTS;
  } catch {
    return DEFAULTS;
  }
}

export function writeLibrarySettings(storage: KeyValueStorage | null, { rules, fileSetup, compareSetups }: Kept): void {
  try {
    storage?.setItem(KEY, JSON.stringify({ rules, fileSetup, compareSetups }));
  } catch {
    // Private windows and full disks: the page works on without memory.
  }
}

/** Set-ups that name a model this copy does not have get one that it has. */
export function fitModels(
  kept: Kept,
  models: readonly Pick<ModelEntry, 'id'>[],
): Pick<Kept, 'fileSetup' | 'compareSetups'> {
  const known = (setup: LaneSetup): boolean => models.some(({ id }) => id === setup.modelId);
  const first = models[0];
  if (!first) return kept;
  const compare = kept.compareSetups.filter(known);
  return {
    fileSetup: known(kept.fileSetup) ? kept.fileSetup : setupOf(first.id),
    compareSetups: compare.length > 0 ? compare : models.slice(0, 3).map(({ id }) => setupOf(id)),
  };
}
