/** The figures of docs/models.md: made from the evaluation, and the same as on the cards that are shipped. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseCard } from '../src/core/model/card.ts';
import { figuresOf, type Report, withFigures } from './models-doc.ts';

const fromRoot = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const cardOf = (id: string) => parseCard(JSON.parse(fromRoot(`public/models/${id}/card.json`)));

const clips = (mean_ap: number) => ({ clips: 9, classes: 3, mean_ap, top1: 0.25 });
const report: Report = {
  model: 'sat-t-2s',
  real: clips(0.61234),
  every_licence: clips(0.6),
  synth: null,
  without_memory: clips(0.55),
  teacher: { first_in_top5: 0.7, cosine: 0.8 },
  scenes: { segment_f1: 0.4, onset_f1: 0.3, best_segment_f1: 0.5, best_threshold: 0.25 },
  steady: { Rain: { clips: 4, share: 0.9, flicker: 1.5 } },
  steady_without_memory: { Rain: { clips: 4, share: 0.5, flicker: 12.25 } },
};

test('every figure of a report stands in its table; what was not measured is empty', () => {
  const card = cardOf('sat-t-2s');
  const text = figuresOf([{ card, training: { steps: 12, hours: 0.5 }, torchDifference: 2e-7 }], [report], 'here, now');
  expect(text).toContain('On 9 real clips');
  expect(text).toContain(
    '| sat-t-2s | 0.612 | 0.550 | 0.250 | 0.600 |  | 0.700 | 0.800 | 0.400 | 0.300 | 0.500 at 0.25 |',
  );
  expect(text).toContain('| sat-t-2s | Rain | 4 | 0.900 | 1.50 | 0.500 | 12.25 |');
  expect(text).toContain('| sat-t-2s | 12 steps, 0.50 h |');
  expect(text).toContain('(here, now)');
});

test('figures replace what stood between the marks, and nothing else', () => {
  const document = fromRoot('docs/models.md');
  const changed = withFigures(document, 'FIGURES');
  expect(changed).toMatch(/begin -->\n\nFIGURES\n\n<!-- made by/);
  expect(withFigures(changed, 'FIGURES')).toBe(changed);
  expect(changed.split('FIGURES')[0]).toBe(`${document.split('begin -->')[0]}begin -->\n\n`);
  expect(() => withFigures('no marks', '')).toThrow('docs/models.md must hold');
});

test('docs/models.md says what the cards say', () => {
  const document = fromRoot('docs/models.md');
  for (const id of ['sat-t-2s', 'sat-t-1s', 'vit-t-10s']) {
    const shown = (measure: string): string | undefined =>
      cardOf(id)
        .quality.find((one) => one.measure === measure)
        ?.value.toFixed(3);
    const [, mean, forgetful, top1] =
      document
        .split('\n')
        .find((line) => line.startsWith(`| ${id} | 0.`))
        ?.split('|')
        .slice(1)
        .map((cell) => cell.trim()) ?? [];
    expect(mean).toBe(shown('clip mAP, mean over chunks'));
    expect(forgetful || undefined).toBe(shown('clip mAP without memory'));
    expect(top1).toBe(shown('top-1-in-labels'));
  }
});
