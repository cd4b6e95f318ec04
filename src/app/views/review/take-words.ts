/** A take in words: what kind of file, by which model, how far it is. Pure. */
import type { MediaInfo } from '../../../core/media-info.ts';
import { formatTime } from '../../charts/time-scale.ts';
import type { Take, TakeLane, TakeRow, TakeState } from '../../store/take.ts';

/** "MP4, AAC, 44.1 kHz, 2 channels mixed to one" */
export function mediaWords(info: MediaInfo): string {
  const { container, codec, rateHz, channels, hasVideo } = info;
  const kind = container === codec ? [container] : [container, codec];
  const rate = `${Number((rateHz / 1000).toFixed(3))} kHz`;
  const mix = channels === 1 ? '1 channel' : `${channels} channels, mixed to one`;
  return [...kind, rate, mix, ...(hasVideo ? ['with video'] : [])].join(', ');
}

/** "Tiny streaming, 2 s, without memory" */
export function laneWords({ card, setup }: TakeLane): string {
  const title = card?.title ?? setup.modelId;
  const isStreaming = card?.network.family !== 'full-context';
  if (isStreaming) return setup.run.memory === 'off' ? `${title}, without memory` : title;
  return setup.run.recompute === 'second' ? `${title}, every second` : title;
}

/** Null when there is nothing to say: it is done. */
export function stateWords({ take, state, speed, remainingS }: TakeRow): string | null {
  switch (state.kind) {
    case 'done':
      return null;
    case 'waiting':
      return 'Waiting for its turn.';
    case 'loading':
      return state.text;
    case 'running':
      return runningWords(take, speed, remainingS);
    case 'stopped':
      return stoppedWords(state);
    case 'failed':
      return state.error.message;
  }
}

function runningWords(take: Take, speed: number | null, remainingS: number | null): string {
  if (take.kind === 'live') return `Listening: ${formatTime(take.readS)} so far.`;
  const parts = [`Reading: ${formatTime(take.readS)} of ${formatTime(take.durationS)}`];
  if (speed !== null) parts.push(`${speed < 10 ? speed.toFixed(1) : Math.round(speed)} times as fast as it sounds`);
  if (remainingS !== null) parts.push(`about ${durationWords(remainingS)} left`);
  return `${parts.join(', ')}.`;
}

const stoppedWords = ({ atS, error }: Extract<TakeState, { kind: 'stopped' }>): string =>
  error === null
    ? `Stopped at ${formatTime(atS, 1)}.`
    : `Stopped at ${formatTime(atS, 1)}: ${error.message} What was scored before is kept.`;

function durationWords(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
