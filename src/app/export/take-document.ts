/** One lane of a take as an export document: what the page knows, in the words of the formats. Main thread. */
import { deriveEvents } from '../../core/events/derive-events.ts';
import type { EventRules } from '../../core/events/event-types.ts';
import type { ExportDocument, ExportModel, ExportRun } from '../../core/formats/export-document.ts';
import { stoppedState } from '../../core/formats/summary.ts';
import type { ModelCard } from '../../core/model/card.ts';
import type { Seconds } from '../../core/units.ts';
import type { Take, TakeLane, TakeState } from '../store/take.ts';

/** Has this lane anything to export? */
export const isExportable = (lane: TakeLane): boolean => lane.card !== null && lane.scores !== null;

/**
 * `state` says whether the take ended early; without it, it counts as whole.
 * @throws RangeError for a lane without a model: ask `isExportable` before.
 */
export function takeDocument(
  take: Take,
  lane: TakeLane,
  rules: EventRules,
  madeAt: Date,
  state: TakeState = { kind: 'done' },
): ExportDocument {
  const { card, scores } = lane;
  if (!card || !scores)
    throw new RangeError(`lane ${lane.id} of ${take.name} must have been scored before it is exported`);
  return {
    source: {
      fileName: take.name,
      durationS: state.kind === 'stopped' || state.kind === 'failed' ? take.readS : take.durationS,
      rateHz: take.info?.rateHz ?? null,
      channels: take.info?.channels ?? null,
      stopped: whyStopped(state, take.readS),
    },
    model: modelOf(card),
    run: runOf(card, lane),
    labels: card.labels,
    scores,
    rules,
    derived: deriveEvents(scores, card.labels, rules),
    madeAt,
  };
}

export const modelOf = ({ id, title, revision, sha256, licence }: ModelCard): ExportModel => ({
  id,
  title,
  revision,
  sha256,
  licence: licence.spdx,
});

/** As the worker runs a lane (worker-host): the card's own framing, silence first where there is a memory to fill. */
export function runOf(card: ModelCard, { setup, backend }: Pick<TakeLane, 'setup' | 'backend'>): ExportRun {
  const isStreaming = card.network.family === 'streaming';
  const hopS = card.features.hopSamples / card.audio.sampleRateHz;
  const chunkS = card.chunk.inputFrames * hopS;
  const everySecond = !isStreaming && setup.run.recompute === 'second';
  const memory = isStreaming ? setup.run.memory === 'on' : null;
  return {
    framing: card.framing,
    chunkS,
    strideS: everySecond ? Math.min(1, chunkS) : card.chunk.strideFrames * hopS,
    memory,
    priming: memory === false ? 'none' : 'silence',
    backend: backend?.label ?? 'unknown',
  };
}

/** Null when all of it was heard. */
export function whyStopped(state: TakeState, readS: Seconds): string | null {
  switch (state.kind) {
    case 'done':
      return null;
    case 'stopped':
      return state.error?.message ?? `It was ${stoppedState(state.atS)} by hand.`;
    case 'failed':
      return state.error.message;
    case 'waiting':
    case 'loading':
      return 'It was still waiting to be scored.';
    default:
      return `It was still being scored: ${readS.toFixed(1)} s were read.`;
  }
}
