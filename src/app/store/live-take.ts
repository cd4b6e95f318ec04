/** A session of the live view as a take: the same tables, to be reviewed, measured and exported like a file. */
import type { LiveStore } from './live-store.ts';
import type { Take } from './take.ts';
import { DEFAULT_RUN } from './take.ts';
import { createTake } from './take-fold.ts';

/** Null when nothing was scored. The tables are handed over, not copied: the live history begins new ones at its next start. */
export function takeOfSession(store: LiveStore, name: string): Take | null {
  const { history } = store;
  const { card, backend, gaps, recorded } = store.getState();
  const { scores, mel, wave, hopS, computeMs } = history;
  if (!card || !scores || scores.to === scores.from) return null;
  const media =
    recorded?.file instanceof Blob
      ? new File([recorded.file], `${name.replaceAll(/[^\p{L}\p{N}]+/gu, '-')}.${endingOf(recorded.file.type)}`, {
          type: recorded.file.type,
        })
      : null;
  const take = createTake({ name, kind: 'live', media, setups: [{ modelId: card.id, run: DEFAULT_RUN }] });
  const lane = take.lanes[0];
  if (lane) {
    lane.card = card;
    lane.backend = backend;
    lane.scores = scores;
    lane.computeMs = computeMs;
    for (let sequence = scores.from; sequence < scores.to; sequence++) {
      lane.scoredS += scores.endOf(sequence) - scores.startOf(sequence);
    }
  }
  take.mel = mel;
  take.hopS = hopS;
  take.gaps = gaps;
  take.mediaStartS = recorded?.startS ?? 0;
  take.readS = Math.max(scores.endS, wave.endS);
  take.durationS = take.readS;
  return { ...take, wave };
}

const endingOf = (type: string): string => /^[a-z]+\/(?:x-)?([a-z0-9]+)/i.exec(type)?.[1] ?? 'webm';
