/** How far a comparison is, in words. Pure. */
import { formatTime } from '../../charts/time-scale.ts';
import type { TakeRow, TakeState } from '../../store/take.ts';

export const troubleOf = (state: TakeState): boolean =>
  state.kind === 'failed' || (state.kind === 'stopped' && state.error !== null);

/** Null when there is nothing to say: a file that is done. */
export function stateWords({ take, state, speed, remainingS }: TakeRow): string | null {
  switch (state.kind) {
    case 'waiting':
      return 'Waiting for its turn.';
    case 'loading':
      return state.text;
    case 'running': {
      if (take.kind === 'live') return `Listening: ${formatTime(take.readS)} so far.`;
      const parts = [`Reading: ${formatTime(take.readS)} of ${formatTime(take.durationS)}`];
      if (speed !== null) parts.push(`${speed < 10 ? speed.toFixed(1) : Math.round(speed)} times as fast as it sounds`);
      if (remainingS !== null) parts.push(`about ${lengthWords(remainingS)} left`);
      return `${parts.join(', ')}.`;
    }
    case 'stopped':
      return state.error === null
        ? `Stopped at ${formatTime(state.atS, 1)}.`
        : `Stopped at ${formatTime(state.atS, 1)}: ${state.error.message} What was scored before is kept.`;
    case 'failed':
      return state.error.message;
    case 'done':
      return take.kind === 'live' ? `Heard live: ${formatTime(take.durationS, 1)}. All of it can be looked at.` : null;
  }
}

function lengthWords(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  return seconds < 90 * 60 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
