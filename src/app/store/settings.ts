/**
 * What a person chose, kept in localStorage between visits. Read through a parser: what an older page, another page or a hand
 * left there never breaks this one; a field that does not fit falls back to its default, alone.
 */
import * as v from 'valibot';
import { readRecordBase } from './models-source.ts';

const SettingsSchema = v.object({
  /** A model beside the page or an installed one; null: the first streaming one beside the page. */
  modelId: v.fallback(v.nullable(v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9._-]*$/i))), null),
  backend: v.fallback(v.picklist(['auto', 'webgpu', 'wasm']), 'auto'),
  threshold: v.fallback(v.pipe(v.number(), v.minValue(0.05), v.maxValue(0.95)), 0.3),
  /** Mids, in the order they were pinned. */
  pinned: v.fallback(v.pipe(v.array(v.string()), v.maxLength(8)), []),
  /** Rows chosen by score beside the pinned ones. */
  topN: v.fallback(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8)), 5),
  /** Show also the classes that the model's card calls weak. */
  showWeak: v.fallback(v.boolean(), false),
  theme: v.fallback(v.picklist(['system', 'light', 'dark']), 'system'),
  /** Width of the time window, in seconds. */
  windowS: v.fallback(v.picklist([15, 30, 60, 300, 1800]), 30),
  /** Rows one below the other, or all lines in one plot. */
  layout: v.fallback(v.picklist(['rows', 'overlaid']), 'rows'),
  deviceId: v.fallback(v.nullable(v.string()), null),
  /** Keep the sound while listening, to review it afterwards. Never without being asked. */
  record: v.fallback(v.boolean(), false),
  /** Where published models are downloaded from instead of Zenodo; null: Zenodo. */
  recordBase: v.fallback(
    v.nullable(
      v.pipe(
        v.string(),
        v.transform((text) => readRecordBase(text)),
      ),
    ),
    null,
  ),
});

export type Settings = v.InferOutput<typeof SettingsSchema>;
export type ThemeChoice = Settings['theme'];
export type WindowSeconds = Settings['windowS'];

export const WINDOW_CHOICES: readonly { readonly seconds: WindowSeconds; readonly label: string }[] = [
  { seconds: 15, label: '15 s' },
  { seconds: 30, label: '30 s' },
  { seconds: 60, label: '1 min' },
  { seconds: 300, label: '5 min' },
  { seconds: 1800, label: '30 min' },
];

/** Never throws: anything that is not settings gives the defaults. */
export function parseSettings(value: unknown): Settings {
  const result = v.safeParse(SettingsSchema, value);
  return result.success ? result.output : v.parse(SettingsSchema, {});
}

/** The part of Storage we use; a browser may refuse it altogether. */
export interface KeyValueStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

const KEY = 'earshot.settings.1';

export function readSettings(storage: KeyValueStorage | null): Settings {
  try {
    return parseSettings(JSON.parse(storage?.getItem(KEY) ?? '{}'));
  } catch {
    return parseSettings({});
  }
}

export function writeSettings(storage: KeyValueStorage | null, settings: Settings): void {
  try {
    storage?.setItem(KEY, JSON.stringify(settings));
  } catch {
    // Private windows and full disks: the page works on without memory.
  }
}

/** What only the address asked for. */
export type Asked = { -readonly [Field in 'modelId' | 'backend' | 'recordBase']?: Settings[Field] };

/**
 * What the address asks for, over what is stored: `?model=ID`, `?backend=auto|webgpu|wasm`, `?record-base=URL`. Not written back by
 * itself.
 */
export function settingsFromQuery(query: URLSearchParams): Asked {
  const asked = parseSettings({
    modelId: query.get('model'),
    backend: query.get('backend'),
    recordBase: query.get('record-base'),
  });
  return {
    ...(asked.recordBase === null ? {} : { recordBase: asked.recordBase }),
    ...(asked.modelId === null ? {} : { modelId: asked.modelId }),
    ...(query.get('backend') === asked.backend ? { backend: asked.backend } : {}),
  };
}

/**
 * Writes each change; what only the address asked for, and nobody touched, stays as it was stored. A field deleted from `asked` is
 * from then on a person's own choice.
 */
export function keepSettings(
  storage: KeyValueStorage | null,
  store: { subscribe(listener: (state: { settings: Settings }, before: { settings: Settings }) => void): () => void },
  stored: Settings,
  asked: Readonly<Asked>,
): () => void {
  return store.subscribe(({ settings }, before) => {
    if (settings === before.settings) return;
    const written = { ...settings };
    if (asked.modelId !== undefined && settings.modelId === asked.modelId) written.modelId = stored.modelId;
    if (asked.backend !== undefined && settings.backend === asked.backend) written.backend = stored.backend;
    if (asked.recordBase !== undefined && settings.recordBase === asked.recordBase) {
      written.recordBase = stored.recordBase;
    }
    writeSettings(storage, written);
  });
}
