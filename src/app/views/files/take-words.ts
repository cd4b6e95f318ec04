/** A row of the table in words. Pure. */

import { never } from '../../../core/errors.ts';
import type { Seconds } from '../../../core/units.ts';
import { formatTime } from '../../charts/time-scale.ts';
import type { Take, TakeRow, TakeState } from '../../store/take.ts';

/** Will not change any more by itself. */
export const isSettled = ({ kind }: TakeState): boolean => kind === 'done' || kind === 'stopped' || kind === 'failed';

/** A recording that ended early can be begun again; a live session is over. */
export const canRetry = ({ take, state }: TakeRow): boolean =>
  take.kind === 'file' && take.media !== null && (state.kind === 'stopped' || state.kind === 'failed');

/** Null while nobody knows: not read yet, and the file does not say. */
export function knownLengthS({ take, state }: TakeRow): Seconds | null {
  if (state.kind === 'failed') return null;
  if (take.info?.durationS != null) return Math.max(take.info.durationS, isSettled(state) ? 0 : take.readS);
  return isSettled(state) ? take.durationS : null;
}

/** 0..1; null when the length is not known. */
export function fractionOf(row: TakeRow): number | null {
  const lengthS = knownLengthS(row);
  if (lengthS === null || lengthS <= 0) return null;
  return Math.min(1, (row.take.lanes[0]?.scoredS ?? 0) / lengthS);
}

export function stateWords(row: TakeRow): string {
  const { state } = row;
  switch (state.kind) {
    case 'waiting':
      return 'waiting';
    case 'loading':
      return state.text;
    case 'running':
      return 'running';
    case 'done':
      return 'done';
    case 'stopped':
      if (state.error === null) return `cancelled at ${formatTime(state.atS, 1)}`;
      return stopWords(state.error.message, row.take.name, formatTime(state.atS, 1));
    case 'failed':
      return state.error.message;
    default:
      return never(state);
  }
}

/** The row has its name already, and a sentence that says where it stops needs no second "where". */
function stopWords(message: string, name: string, at: string): string {
  const rest = message.startsWith(`${name} `) ? message.slice(name.length + 1) : message;
  return rest.startsWith('stops at') ? rest : `stopped at ${at}: ${rest}`;
}

/** "43 %, 38×, 12 s left"; how much is read where the length is not known. */
export function runningWords(row: TakeRow): string {
  const fraction = fractionOf(row);
  const parts = [
    fraction === null ? `${formatTime(row.take.readS)} read` : `${Math.floor(fraction * 100)} %`,
    row.speed === null ? null : speedWords(row.speed),
    row.remainingS === null ? null : `${spanWords(row.remainingS)} left`,
  ];
  return parts.filter((part) => part !== null).join(', ');
}

/** Times as fast as listening: "38×", "4.2×". */
export const speedWords = (speed: number): string => `${speed < 10 ? speed.toFixed(1) : Math.round(speed)}×`;

/** A length of time as one says it: "8 s", "3 min", "1 h 20 min". */
export function spanWords(spanS: Seconds): string {
  const seconds = Math.max(1, Math.ceil(spanS));
  if (seconds < 60) return `${seconds} s`;
  // From ten minutes on nobody minds the half.
  const minutes = Math.max(1, Math.round(seconds / 60));
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return rest === 0 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}

/** What is worth knowing of a file beside its name. `titleOf`: the title of a model. */
export function noteWords(take: Take, titleOf: (modelId: string) => string): string {
  const { info, lanes } = take;
  const notes: string[] = [];
  if (info) {
    notes.push(
      info.container === info.codec || info.codec === 'PCM' ? info.container : `${info.container} (${info.codec})`,
    );
    if (info.hasVideo) notes.push('video');
    if (info.channels > 1) notes.push(`${info.channels} channels, mixed to one`);
  }
  if (lanes.length > 1) notes.push(`${lanes.length} models`);
  else if (lanes[0]) notes.push(titleOf(lanes[0].setup.modelId));
  return notes.join(' · ');
}

/** "3 files", "1 file". */
export const filesWords = (count: number): string => `${count.toLocaleString('en')} ${count === 1 ? 'file' : 'files'}`;
