/**
 * The golden self-check: two fixed segments whose scores were stored in the card when the model was made. It guards against
 * drivers that compute wrongly without saying so, and it warms the engine up. The segments are made from a formula, not stored.
 */
import { EarshotError } from '../errors.ts';
import type { ModelCard } from '../model/card.ts';
import { probabilities } from '../scores/probabilities.ts';
import type { Segment } from '../stream/segments.ts';
import type { EngineSession } from './engine-session.ts';

/** Largest difference in probability that a healthy engine shows; wrong drivers were off by 0.1 to 0.5. */
export const SELF_CHECK_TOLERANCE = 1e-3;

/**
 * A made-up spectrogram with everything in it that matters: sweeping bands, clicks, a quiet floor. dB, [frames, mels].
 * `turn` makes the second differ from the first.
 */
export function selfCheckSegment(card: ModelCard, turn: number): Segment {
  const frameCount = card.chunk.inputFrames;
  const { mels } = card.features;
  const data = new Float32Array(frameCount * mels);
  for (let frame = 0; frame < frameCount; frame++) {
    for (let mel = 0; mel < mels; mel++) {
      const sweep = Math.sin(mel / 5 + frame / (9 + 4 * turn));
      const click = (frame + 17 * turn) % 41 < 2 ? 18 : 0;
      data[frame * mels + mel] = Math.fround(-38 + 22 * sweep * Math.cos(frame / 31 - mel / 17) + click - mel / 4);
    }
  }
  return { data, frameCount, paddedTo: frameCount };
}

/** Primed with silence, both segments in turn; the scores of the second, which has the first in its memory. */
export async function selfCheckScores(session: EngineSession): Promise<Float32Array> {
  const { card } = session;
  let state = await session.initialState('silence');
  let output = new Float32Array(0);
  for (const turn of [0, 1]) {
    const result = await session.step(selfCheckSegment(card, turn), state);
    state = result.state;
    output = Float32Array.from(result.output);
  }
  await session.discard(state);
  return probabilities(output, card);
}

/** Throws `self-check-failed` when the engine's scores are not the stored ones. A card without stored scores passes with null. */
export async function selfCheck(session: EngineSession): Promise<{ readonly maxDifference: number } | null> {
  const { selfCheck: expected, labels } = session.card;
  const scores = await selfCheckScores(session);
  if (!expected) return null;
  let maxDifference = 0;
  let worst = 0;
  scores.forEach((score, k) => {
    const difference = Number.isFinite(score) ? Math.abs(score - expected[k]!) : Infinity;
    if (difference > maxDifference) {
      maxDifference = difference;
      worst = k;
    }
  });
  if (maxDifference > SELF_CHECK_TOLERANCE) {
    throw new EarshotError(
      'self-check-failed',
      `${session.backend.label} computes wrongly: "${labels.names[worst]}" came out as ${scores[worst]!.toFixed(4)} instead of ` +
        `${expected[worst]!.toFixed(4)} on the stored check.`,
    );
  }
  return { maxDifference };
}
