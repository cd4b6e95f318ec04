/** Models in words: sizes, forms, speeds, progress. Pure. */
import type { ModelCard } from '../../../core/model/card.ts';
import type { Seconds } from '../../../core/units.ts';
import type { InstallProgress, InstallRequest, Precision, StorageState } from '../../../installer/installer.ts';
import { type SpeedMeasure, timesRealTime } from '../../store/models-speed.ts';

/** A number and its unit stay on one line. */
const NBSP = '\u00a0';

/** "0.4 MB", "22.1 MB", "343 MB", "1.2 GB". */
export function sizeText(bytes: number): string {
  if (bytes >= 999.5e6) return `${(bytes / 1e9).toFixed(1)}${NBSP}GB`;
  return `${bytes >= 99.95e6 ? Math.round(bytes / 1e6) : (bytes / 1e6).toFixed(1)}${NBSP}MB`;
}

/** "1.92 s", "10.08 s". */
export const secondsText = (value: Seconds): string => `${Number(value.toFixed(2))}${NBSP}s`;

/** Whether it streams, and how often it speaks. */
export const delayWords = (family: ModelCard['network']['family'], delayS: Seconds, isRound = false): string =>
  family === 'streaming'
    ? `Streaming: a word ${isRound ? 'about every' : 'every'} ${secondsText(delayS)}, remembering what came before`
    : `Not streaming: the plain full-context network, which looks at ${secondsText(delayS)} at a time and remembers nothing`;

export interface PrecisionWords {
  readonly precision: Precision;
  readonly title: string;
  readonly meaning: string;
}

export const PRECISION_WORDS: readonly PrecisionWords[] = [
  {
    precision: 'fp32',
    title: 'fp32, as published',
    meaning: 'Every weight as it came. The largest, and the reference for the other two.',
  },
  {
    precision: 'fp16',
    title: 'fp16, half the size',
    meaning: 'Weights rounded to 16 bits for storage only; the engine still computes in float32.',
  },
  {
    precision: 'int8',
    title: 'int8, about a quarter',
    meaning:
      'Matrix weights rounded to 8 bits with a scale for each row, the first and last layer to 16; computed in float32. Differs most.',
  },
];

/** "stored as fp16" with what that cost, as far as it is known. */
export function storageWords({ storage }: Pick<ModelCard, 'storage'>): string {
  if (!storage) return 'The card does not say how the weights are stored.';
  const { precision, difference } = storage;
  if (!difference) {
    return precision === 'fp32'
      ? 'Stored as fp32: the weights as they came.'
      : `Stored as ${precision}; the difference to fp32 was not measured.`;
  }
  const { max, mean, chunks, clip, engine } = difference;
  return `Stored as ${precision}. Against fp32 its scores differ by ${figure(max)} at most and ${figure(mean)} on average, measured over ${chunks} ${chunks === 1 ? 'chunk' : 'chunks'} of the sample “${clip}” (${engine}).`;
}

/** Two digits that say something: "0.021", "0.00041", "under 0.000001". */
export function figure(value: number): string {
  if (value === 0) return '0';
  if (value < 1e-6) return `under${NBSP}0.000001`;
  const digits = Math.min(6, Math.max(2, 1 - Math.floor(Math.log10(value))));
  return value.toFixed(digits);
}

export const selfCheckWords = ({ selfCheck }: Pick<ModelCard, 'selfCheck'>): string =>
  selfCheck
    ? 'Its scores for one known sound are on the card and compared with at every load.'
    : 'None on the card: nothing is compared with at loading.';

/** "24 ms for 1.92 s of sound, 80 times faster than real time". */
export function speedWords(speed: SpeedMeasure): string {
  const times = timesRealTime(speed);
  const ms = speed.msPerChunk;
  const took = `${ms >= 10 ? Math.round(ms) : Number(ms.toPrecision(2))}${NBSP}ms for ${secondsText(speed.chunkS)} of sound`;
  if (!Number.isFinite(times)) return took;
  return times >= 1
    ? `${took}: ${times >= 10 ? Math.round(times) : times.toFixed(1)} times faster than real time`
    : `${took}: too slow to keep up, ${(1 / times).toFixed(1)} times slower than real time`;
}

export const dayText = (atMs: number): string =>
  new Date(atMs).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });

/** "about 12 s", "about 3 min", "about 2 h". */
export function leftText(leftS: Seconds): string {
  if (leftS < 90) return `about ${Math.max(1, Math.round(leftS))}${NBSP}s`;
  if (leftS < 90 * 60) return `about ${Math.round(leftS / 60)}${NBSP}min`;
  return `about ${Math.round(leftS / 3600)}${NBSP}h`;
}

/** One line about a running installation. */
export function progressWords({ phase, doneBytes, totalBytes, bytesPerS }: InstallProgress): string {
  const done = totalBytes === null ? sizeText(doneBytes) : `${sizeText(doneBytes)} of ${sizeText(totalBytes)}`;
  switch (phase) {
    case 'asking':
      return 'Beginning…';
    case 'downloading': {
      if (bytesPerS === null || bytesPerS <= 0) return `Downloading: ${done}`;
      const speed = `${sizeText(bytesPerS)}/s`;
      const left = totalBytes === null ? '' : `, ${leftText((totalBytes - doneBytes) / bytesPerS)} left`;
      return `Downloading: ${done}, ${speed}${left}`;
    }
    case 'paused':
      return `Paused at ${done}. What came is kept, also when the page is closed.`;
    case 'checking':
      return 'Downloaded. Checking it against the record’s MD5…';
    case 'reading':
      return 'Reading the weights…';
    case 'storing':
      return 'Storing…';
    case 'measuring':
      return 'Trying it on a bundled sound, and measuring the difference to fp32…';
  }
}

/** 0..1 within the present phase; null where there is nothing to count. */
export function phaseShare({ phase, doneBytes, totalBytes }: InstallProgress): number | null {
  if (phase === 'asking' || totalBytes === null || totalBytes <= 0) return null;
  return Math.min(1, doneBytes / totalBytes);
}

export const isDownload = ({ origin }: InstallRequest): boolean => origin.kind === 'published';

export const keptWhere = ({ kind }: Pick<StorageState, 'kind'>): string => {
  switch (kind) {
    case 'opfs':
      return 'in this browser’s private file system for this page';
    case 'cache':
      return 'in this browser’s cache storage for this page';
    case 'none':
      return 'nowhere: this browser gives the page no storage, as in some private windows';
  }
};
