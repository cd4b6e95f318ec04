/** Scores one front-end call: its segments in order, each from the state the one before left, joined as SPEC section 6 says. */
import { EarshotError } from '../errors.ts';
import { probabilities } from '../scores/probabilities.ts';
import type { MelChunk } from '../stream/mel-chunk.ts';
import { cutIntoSegments } from '../stream/segments.ts';
import type { EngineSession, EngineState } from './engine-session.ts';

/** `state` is consumed, also when this rejects. */
export async function scoreCall(
  session: EngineSession,
  chunk: MelChunk,
  state: EngineState,
): Promise<{ readonly scores: Float32Array; readonly state: EngineState }> {
  const { card } = session;
  let current = state;
  try {
    const segments = cutIntoSegments(chunk, card.network);
    const joined = new Float64Array(card.labels.mids.length).fill(
      card.network.segmentAverage === 'max' ? -Infinity : 0,
    );
    for (const segment of segments) {
      const { output, state: next } = await session.step(segment, current);
      current = next;
      const scores = probabilities(output, card);
      for (let k = 0; k < joined.length; k++) {
        const score = scores[k]!;
        if (Number.isNaN(score)) {
          throw new EarshotError('engine-failed', `The engine returned NaN for class ${card.labels.names[k]}.`);
        }
        if (card.network.segmentAverage === 'mean') joined[k]! += score / segments.length;
        else if (card.network.segmentAverage === 'max') joined[k] = Math.max(joined[k]!, score);
        else joined[k] = score;
      }
    }
    return { scores: Float32Array.from(joined), state: current };
  } catch (error) {
    await session.discard(current);
    throw error;
  }
}
