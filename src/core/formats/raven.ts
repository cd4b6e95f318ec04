/** Events as a Raven selection table: tab-separated, Raven's seven columns first, then ours. No quoting. Pure, any thread. */
import type { Hertz } from '../units.ts';
import type { ExportDocument } from './export-document.ts';
import { rulesInWords, runInWords } from './settings-file.ts';
import { plainTsvLine, score } from './text.ts';

/** Half of the 16 kHz every model hears at. */
const HEARD_HZ: Hertz = 8000;

const COLUMNS = [
  'Selection',
  'View',
  'Channel',
  'Begin Time (s)',
  'End Time (s)',
  'Low Freq (Hz)',
  'High Freq (Hz)',
  'Class',
  'Mid',
  'Peak score',
  'Mean score',
  'Model',
  'Settings',
];

export function* ravenParts({ source, model, run, rules, labels, derived }: ExportDocument): Generator<string> {
  yield plainTsvLine(COLUMNS);
  const highHz = Math.min(HEARD_HZ, (source.rateHz ?? 2 * HEARD_HZ) / 2);
  const heardBy = `${model.id} SHA-256 ${model.sha256}`;
  const settings = `${rulesInWords(rules, labels)} (${runInWords(run)})`;
  let selection = 0;
  for (const { startS, endS, name, mid, peak, mean } of derived.events) {
    selection += 1;
    const times = [startS.toFixed(6), endS.toFixed(6)];
    const scores = [score(peak), score(mean)];
    yield plainTsvLine([selection, 'Spectrogram 1', 1, ...times, 0, highHz, name, mid, ...scores, heardBy, settings]);
  }
}
