import { expect, test } from 'vitest';
import { audioSetLabels } from '../scores/audioset-labels.ts';
import { caption, captionWords } from './caption-words.ts';

test.each([
  ['Bark', '[Dog barking]'],
  ['Rain', '[Rain]'],
  ['Siren', '[Siren]'],
  ['Speech', '[Speech]'],
  ['Baby cry, infant cry', '[Baby crying]'],
  ['Police car (siren)', '[Police siren]'],
  ['Guitar', '[Guitar music]'],
  ['Jazz', '[Jazz music]'],
  ['Pop music', '[Pop music]'],
  ['constructor', '[Constructor]'],
  ['éolienne (loin)', '[Éolienne]'],
  ['(only this)', '[(only this)]'],
])('%s is %s', (name, words) => {
  expect(caption(name)).toBe(words);
});

test('every AudioSet class has a caption one can read in passing: capital first, no list, no remark, at most four words', () => {
  for (const name of audioSetLabels.names) {
    const words = captionWords(name);
    expect(words, name).toMatch(/^[A-Z0-9]/);
    if (!/^(Outdoors|Sound)/.test(words)) expect(words, name).not.toMatch(/[,()[\]]/);
    expect(words.split(' ').length, name).toBeLessThanOrEqual(4);
  }
});
