/** Why a stretch was not scored, in words. */
import type { GapReason } from '../../core/protocol/messages.ts';

const WORDS: Readonly<Record<GapReason, string>> = {
  'capture-lost': 'sound lost in capture',
  'engine-slow': 'dropped, engine too slow',
  'engine-restarted': 'engine restarted',
  'model-changed': 'model or engine changed',
  'bad-samples': 'unusable samples',
};

/** "sound lost in capture, 2.2 s" */
export const gapWords = (gap: { readonly startS: number; readonly endS: number; readonly reason: GapReason }): string =>
  `${WORDS[gap.reason]}, ${(gap.endS - gap.startS).toFixed(1)} s`;
