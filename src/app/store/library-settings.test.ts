import { expect, test } from 'vitest';
import { fitModels, readLibrarySettings, setupOf, writeLibrarySettings } from './library-settings.ts';

const storage = (text: string | null) => {
  let kept = text;
  return {
    getItem: () => kept,
    setItem: (_: string, value: string) => {
      kept = value;
    },
  };
};

const defaults = readLibrarySettings(null);

test('what was kept comes back', () => {
  const box = storage(null);
  expect(readLibrarySettings(box)).toEqual(defaults);
  const changed = {
    ...defaults,
    rules: { ...defaults.rules, on: 0.7, perClass: { '/m/0bt9lr': { on: 0.4, off: 0.2 } } },
    compareSetups: [{ modelId: 'x', run: { memory: 'off', recompute: 'second' } as const }],
  };
  writeLibrarySettings(box, changed);
  expect(readLibrarySettings(box)).toEqual(changed);
});

test.each([
  ['not JSON', '{'],
  ['another thing', '[1]'],
  ['thresholds the wrong way round', '{"rules":{"on":0.2,"off":0.5}}'],
  ['four lanes', JSON.stringify({ compareSetups: Array(4).fill(setupOf('a')) })],
  ['a path for a model', '{"fileSetup":{"modelId":"../x","run":{"memory":"on","recompute":"window"}}}'],
])('%s falls back', (_, text) => {
  expect(readLibrarySettings(storage(text))).toEqual(defaults);
});

test('a field that does not fit falls back alone', () => {
  const box = storage(JSON.stringify({ rules: 3, fileSetup: setupOf('mine') }));
  expect(readLibrarySettings(box)).toEqual({ ...defaults, fileSetup: setupOf('mine') });
});

test('models that are not here are replaced by ones that are', () => {
  const models = ['a', 'b'].map((id) => ({ id, title: id, delayS: 1, family: 'streaming' as const }));
  expect(fitModels(defaults, models)).toEqual({
    fileSetup: setupOf('a'),
    compareSetups: [setupOf('a'), setupOf('b')],
  });
  const kept = { ...defaults, fileSetup: setupOf('b'), compareSetups: [setupOf('b'), setupOf('gone')] };
  expect(fitModels(kept, models)).toEqual({ fileSetup: setupOf('b'), compareSetups: [setupOf('b')] });
});
