/** Rows for the tests of this folder: a take in any state, with invented scores. */

import type { ModelCard } from '../../../core/model/card.ts';
import { ScoreTimeline } from '../../../core/scores/score-timeline.ts';
import { DEFAULT_RUN, type Take, type TakeRow, type TakeState } from '../../store/take.ts';
import { WaveEnvelope } from '../../store/wave-envelope.ts';

export const LABELS = { mids: ['/r', '/d', '/b', '/s'], names: ['Rain', 'Dog', 'Bark', 'Silence'] };

export interface TestRow extends Partial<Omit<TakeRow, 'take'>> {
  readonly name?: string;
  readonly folder?: string;
  readonly bytes?: number;
  /** Of the file's head; undefined for a file not opened yet. */
  readonly saidS?: number | null;
  readonly durationS?: number;
  readonly scoredS?: number;
  /** One second each. */
  readonly scores?: readonly (readonly number[])[];
}

export function testRow(id: string, options: TestRow = {}): TakeRow {
  const { name = `${id}.wav`, folder = '', bytes = 1000, saidS, durationS = 0, scoredS = 0, scores: rows } = options;
  const scores = rows ? new ScoreTimeline({ classes: LABELS.mids.length }) : null;
  for (const row of rows ?? []) {
    const startS = scores!.endS;
    scores!.push({ index: scores!.to, startS, endS: startS + 1, probabilities: Float32Array.from(row) });
  }
  const take: Take = {
    id,
    name,
    folder,
    kind: 'file',
    media: new File([new Uint8Array(bytes)], name),
    mediaStartS: 0,
    info:
      saidS === undefined
        ? null
        : {
            container: 'WAV',
            codec: 'PCM',
            decoder: 'built in',
            rateHz: 44100,
            channels: 2,
            durationS: saidS,
            hasVideo: false,
          },
    lanes: [
      {
        id: 'a',
        setup: { modelId: 'tiny', run: DEFAULT_RUN },
        card: rows ? ({ labels: LABELS } as ModelCard) : null,
        backend: null,
        scores,
        computeMs: 0,
        scoredS,
      },
    ],
    mel: null,
    hopS: 0.01,
    wave: new WaveEnvelope(),
    gaps: [],
    readS: scoredS,
    durationS,
  };
  const state: TakeState = options.state ?? { kind: 'waiting' };
  return {
    id,
    take,
    state,
    revision: options.revision ?? 0,
    remainingS: options.remainingS ?? null,
    speed: options.speed ?? null,
  };
}
