/**
 * The public surface of Earshot's core: tag a stream of sound with a streaming model. No DOM, no Node, no runtime: those are passed in.
 *
 * ```ts
 * const session = await StepSession.open({ card, state, backend: createNodeBackend() });
 * const tagger = new StreamingTagger({ session });
 * for (const frame of await tagger.push(samples, 48_000)) console.log(frame.startS, frame.probabilities);
 * ```
 */
export { LogMel } from './dsp/log-mel.ts';
export { Resampler } from './dsp/resampler.ts';
export type { InferenceBackend } from './engine/backend.ts';
export type { BackendInfo, EngineSession, EngineState, Priming } from './engine/engine-session.ts';
export { selfCheck } from './engine/self-check.ts';
export { StepSession } from './engine/step-session.ts';
export { EarshotError, type EarshotErrorCode } from './errors.ts';
export { type Framing, type ModelCard, parseCard } from './model/card.ts';
export { makeModel } from './model/make-model.ts';
export { validateState } from './model/network.ts';
export { PRECISIONS, type Precision, storedPrecision } from './model/precision.ts';
export { readSafetensors, writeSafetensors } from './model/safetensors.ts';
export { readTorchCheckpoint } from './model/torch-checkpoint.ts';
export { createRing, openReader, openWriter } from './ring/open.ts';
export { ClassList } from './scores/class-list.ts';
export type { TagFrame } from './scores/tag-frame.ts';
export { StreamingTagger } from './tagger.ts';
export type { Tagger } from './tagger-interface.ts';
