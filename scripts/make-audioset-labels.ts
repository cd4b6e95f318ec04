/** Writes src/core/scores/audioset-labels.json from AudioSet's class_labels_indices.csv (its path is the first argument). */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const fromRoot = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const source = process.argv[2] ?? fromRoot('../shared/audioset/class_labels_indices.csv');

const classes = readFileSync(source, 'utf8')
  .trim()
  .split(/\r?\n/)
  .slice(1)
  .map((line, row) => {
    const match = /^(\d+),([^,]+),(?:"(.*)"|([^"]*))$/.exec(line);
    if (!match || Number(match[1]) !== row) throw new Error(`line ${row + 2} is not "${row},mid,name": ${line}`);
    return [match[2], (match[3] ?? match[4] ?? '').replaceAll('""', '"')];
  });
if (classes.length !== 527) throw new Error(`AudioSet has 527 classes, the file ${classes.length}`);

const head = {
  source: 'AudioSet class_labels_indices.csv, Google (https://research.google.com/audioset/)',
  licence: 'CC BY 4.0 (AudioSet labels and ontology names, Google Inc.); row order kept, written as JSON',
};
const rows = classes.map((entry) => `    ${JSON.stringify(entry)}`).join(',\n');
writeFileSync(
  fromRoot('src/core/scores/audioset-labels.json'),
  `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "classes": [\n${rows}\n  ]\n}\n`,
);
