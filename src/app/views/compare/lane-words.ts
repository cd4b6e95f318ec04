/** Lanes in words: short names for labels, longer ones for people who want to know what a lane does. Pure. */
import type { Seconds } from '../../../core/units.ts';
import type { LaneSetup, TakeLane } from '../../store/take.ts';

/** What must be known of a model to name a lane: from the list of models, or from a card. */
export interface LaneModel {
  readonly title: string;
  readonly family: 'streaming' | 'full-context';
  /** Length of one chunk or window. */
  readonly delayS: Seconds;
}

export interface NamedLane {
  readonly setup: LaneSetup;
  /** Null while nothing is known of the model. */
  readonly model: LaneModel | null;
}

export function modelOfLane({ card }: Pick<TakeLane, 'card'>): LaneModel | null {
  if (!card) return null;
  const hopS = card.features.hopSamples / card.audio.sampleRateHz;
  return { title: card.title, family: card.network.family, delayS: card.chunk.strideFrames * hopS };
}

/** The paper's names: "SAT 2 s", "ViT 10 s"; what is unusual about the run follows. */
function shortLabel({ setup, model }: NamedLane): string {
  if (!model) return setup.modelId;
  const length = `${Math.round(model.delayS)} s`;
  if (model.family === 'streaming') return `SAT ${length}${setup.run.memory === 'off' ? ' (no memory)' : ''}`;
  return `ViT ${length}${setup.run.recompute === 'second' ? ' (every 1 s)' : ''}`;
}

/** One short name per lane, each different: two models of one kind get their titles, two equal lanes a number. */
export function laneLabels(lanes: readonly NamedLane[]): string[] {
  const short = lanes.map(shortLabel);
  const isTwice = (list: readonly string[], at: number): boolean =>
    list.some((other, place) => place !== at && other === list[at]);
  const titled = short.map((label, at) => {
    const title = lanes[at]?.model?.title;
    return isTwice(short, at) && title !== undefined ? `${label}: ${title}` : label;
  });
  return titled.map((label, at) => {
    if (!isTwice(titled, at)) return label;
    return `${short[at]} #${titled.slice(0, at + 1).filter((other) => other === label).length}`;
  });
}

/** "streaming, remembers the chunk before" */
export function kindWords({ setup, model }: NamedLane): string {
  if (model?.family === 'full-context') return 'not streaming, no memory';
  return setup.run.memory === 'off' ? 'streaming, memory off' : 'streaming, remembers the chunk before';
}

const seconds = (value: Seconds): string => `${Number(value.toFixed(2))} s`;

export const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

/** The delay in words: how often it speaks, and how old a sound may be by then. */
export function delayWords({ setup, model }: NamedLane): string {
  if (!model) return '';
  if (model.family === 'full-context' && setup.run.recompute === 'second') {
    return `A word every second, over the latest ${seconds(model.delayS)}`;
  }
  return `A word every ${seconds(model.delayS)}: a sound waits up to that long`;
}

/** "SAT 2 s, SAT 1 s and ViT 10 s" */
export function listed(names: readonly string[]): string {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}

export const sameSetups = (a: readonly LaneSetup[], b: readonly LaneSetup[]): boolean =>
  a.length === b.length &&
  a.every((one, at) => {
    const other = b[at];
    return (
      other !== undefined &&
      one.modelId === other.modelId &&
      one.run.memory === other.run.memory &&
      one.run.recompute === other.run.recompute
    );
  });
