/** How far all files are, and how long they will take. Pure. */
import type { Seconds } from '../../../core/units.ts';
import type { TakeRow } from '../../store/take.ts';
import { isSettled, knownLengthS } from './take-words.ts';

export interface BatchProgress {
  readonly files: number;
  readonly settled: number;
  readonly failed: number;
  /** 0..1, by length of sound where it is known or can be guessed, else by number of files. */
  readonly fraction: number;
  /** Wall-clock time to the end; null when it cannot be guessed yet. */
  readonly remainingS: Seconds | null;
}

/** `speed`: seconds of sound per second, of the running file or the one before. */
export function batchProgress(rows: readonly TakeRow[], speed: number | null): BatchProgress {
  const guess = lengthGuess(rows);
  let settled = 0;
  let failed = 0;
  let doneS: Seconds = 0;
  let totalS: Seconds = 0;
  let waitingS: Seconds = 0;
  let underwayS: Seconds = 0;
  let isGuessable = true;
  for (const row of rows) {
    const { state, take } = row;
    if (isSettled(state)) {
      settled += 1;
      if (state.kind === 'failed') {
        failed += 1;
        continue;
      }
      // Cut short is finished too: what it could have been is not waited for.
      doneS += take.durationS;
      totalS += take.durationS;
      continue;
    }
    const lengthS = guess(row);
    if (lengthS === null) {
      isGuessable = false;
      continue;
    }
    const scoredS = Math.min(lengthS, take.lanes[0]?.scoredS ?? 0);
    totalS += lengthS;
    doneS += scoredS;
    if (state.kind === 'running' && row.remainingS !== null) underwayS += row.remainingS;
    else waitingS += lengthS - scoredS;
  }
  const isOver = settled === rows.length;
  const knowsRest = isGuessable && (waitingS === 0 || (speed !== null && speed > 0));
  return {
    files: rows.length,
    settled,
    failed,
    fraction: isOver ? 1 : isGuessable && totalS > 0 ? doneS / totalS : settled / rows.length,
    remainingS: isOver || !knowsRest ? null : underwayS + (waitingS === 0 ? 0 : waitingS / speed!),
  };
}

const endingOf = (name: string): string => name.slice(name.lastIndexOf('.') + 1).toLowerCase();

/** Files of one kind have about the same bytes per second: what was read says how long the rest may be. */
function lengthGuess(rows: readonly TakeRow[]): (row: TakeRow) => Seconds | null {
  const known = new Map<string, { bytes: number; seconds: Seconds }>();
  for (const row of rows) {
    const lengthS = knownLengthS(row);
    const bytes = row.take.media?.size ?? 0;
    if (lengthS === null || lengthS <= 0 || bytes === 0 || row.state.kind === 'stopped') continue;
    for (const kind of [endingOf(row.take.name), '']) {
      const sum = known.get(kind) ?? { bytes: 0, seconds: 0 };
      known.set(kind, { bytes: sum.bytes + bytes, seconds: sum.seconds + lengthS });
    }
  }
  return (row) => {
    const lengthS = knownLengthS(row);
    if (lengthS !== null) return lengthS;
    const like = known.get(endingOf(row.take.name)) ?? known.get('');
    if (!like || !row.take.media) return null;
    return (row.take.media.size * like.seconds) / like.bytes;
  };
}
