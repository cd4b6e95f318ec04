/**
 * Scores of a whole clip, as a listener would get them: what a converted model is compared by (core/model/precision,
 * `scoreDifference`). Any thread. The same in the browser and in Node, so that cards can be compared.
 */
import { LogMel } from './dsp/log-mel.ts';
import type { StepSession } from './engine/step-session.ts';
import { storedFrontEnd } from './model/stored-front-end.ts';
import type { StateDict } from './model/tensor.ts';
import { StreamingTagger } from './tagger.ts';
import type { Hertz } from './units.ts';

/**
 * [chunks][classes]: continuous framing, memory primed with silence, the model's own front end. What is left after the last whole chunk
 * is not scored, unless it is all there is: it would take the graph of another form, and with it the weights twice. The session
 * stays open.
 */
export async function clipScores(
  session: StepSession,
  state: StateDict,
  samples: Float32Array,
  rateHz: Hertz,
): Promise<Float32Array[]> {
  const logMel = new LogMel(session.card.features, storedFrontEnd(session.card, state));
  const tagger = new StreamingTagger({ session, logMel, framing: 'continuous' });
  try {
    const whole = await tagger.push(samples, rateHz);
    const frames = whole.length > 0 ? whole : await tagger.finish();
    return frames.map(({ probabilities }) => probabilities);
  } finally {
    await tagger.dispose();
  }
}
