/** The lanes against each other, class by class: numbers, which of them is best, and a sentence that says so. Pure. */
import { type LaneStats, laneStats } from '../../../core/metrics/lane-stats.ts';
import type { ScoreTimeline } from '../../../core/scores/score-timeline.ts';
import type { Probability, Seconds } from '../../../core/units.ts';
import { formatTime } from '../../charts/time-scale.ts';
import type { Span } from '../../timeline/event-bars.ts';
import { listed } from './lane-words.ts';

export interface ComparedLane {
  readonly label: string;
  readonly scores: ScoreTimeline;
  /** Output row of a class, or undefined when this model does not know it. */
  indexOf(mid: string): number | undefined;
}

export type Measure = 'first' | 'share' | 'flicker' | 'mean';
export const MEASURES: readonly Measure[] = ['first', 'share', 'flicker', 'mean'];

export interface LaneResult {
  readonly label: string;
  /** Null where the model does not know the class. */
  readonly stats: LaneStats | null;
  /** What this lane does better than others. */
  readonly best: ReadonlySet<Measure>;
}

export interface ClassComparison {
  readonly mid: string;
  readonly name: string;
  readonly lanes: readonly LaneResult[];
  readonly sentence: string;
}

/** The stretch that every lane has scored: a longer one would compare different sounds. Null while there is none. */
export function commonSpan(lanes: readonly ComparedLane[], within?: Span): Span | null {
  const heard = lanes.filter(({ scores }) => scores.to > scores.from);
  if (heard.length === 0) return null;
  const startS = Math.max(within?.startS ?? 0, ...heard.map(({ scores }) => scores.startS));
  const endS = Math.min(within?.endS ?? Number.POSITIVE_INFINITY, ...heard.map(({ scores }) => scores.endS));
  return endS > startS ? { startS, endS } : null;
}

export interface Question {
  readonly mid: string;
  readonly name: string;
}

export function compareClass(
  { mid, name }: Question,
  lanes: readonly ComparedLane[],
  threshold: Probability,
  span: Span,
): ClassComparison {
  const stats = lanes.map((lane) => {
    const index = lane.indexOf(mid);
    return index === undefined ? null : laneStats(lane.scores, index, threshold, span.startS, span.endS);
  });
  const results = lanes.map(({ label }, at) => ({ label, stats: stats[at]!, best: bestOf(stats, at) }));
  return { mid, name, lanes: results, sentence: sentenceFor(name, results, threshold) };
}

/** As `momentText` cuts it. */
const tenths = (atS: Seconds): number => Math.floor(atS * 10 + 1e-6);

/** As it is shown: what looks equal is equal. Null where a lane has no part in it. */
const COMPARABLE: Readonly<Record<Measure, (stats: LaneStats) => number | null>> = {
  first: ({ firstDetectionS }) => (firstDetectionS === null ? null : -tenths(firstDetectionS)),
  share: ({ shareAbove }) => Math.round(shareAbove * 100),
  // A lane that never says it flickers never, and deserves no praise for it.
  flicker: ({ flickerPerMinute, shareAbove }) => (shareAbove > 0 ? -Math.round(flickerPerMinute * 10) : null),
  mean: ({ mean }) => (mean === null ? null : Math.round(mean * 100)),
};

function bestOf(all: readonly (LaneStats | null)[], at: number): ReadonlySet<Measure> {
  const best = new Set<Measure>();
  if (all.filter((one) => one !== null).length < 2) return best;
  for (const measure of MEASURES) {
    const values = all.map((stats) => (stats ? COMPARABLE[measure](stats) : null));
    const own = values[at];
    if (own === null || own === undefined) continue;
    const others = values.filter((_, place) => place !== at && all[place] !== null);
    const isHighest = others.every((value) => value === null || value <= own);
    const isAhead = others.some((value) =>
      measure === 'flicker' ? value !== null && value < own : (value ?? Number.NEGATIVE_INFINITY) < own,
    );
    if (isHighest && isAhead) best.add(measure);
  }
  return best;
}

export const shareText = (share: number): string => {
  if (share > 0 && share < 0.005) return 'under 1 %';
  if (share < 1 && share >= 0.995) return 'over 99 %';
  return `${Math.round(share * 100)} %`;
};
export const perMinuteText = (perMinute: number): string => perMinute.toFixed(1);
export const momentText = (atS: Seconds): string => formatTime(atS, 1);

interface Told {
  readonly label: string;
  readonly stats: LaneStats;
}

/** "SAT 2 s holds Rain at 0.50 or more for 93 % of the time, SAT 1 s for 71 %. SAT 1 s says it first, …" */
export function sentenceFor(
  name: string,
  lanes: readonly { readonly label: string; readonly stats: LaneStats | null }[],
  threshold: Probability,
): string {
  const told = lanes.flatMap(({ label, stats }) => (stats && stats.scoredS > 0 ? [{ label, stats }] : []));
  if (told.length === 0) return `Nothing was scored for ${name} here.`;
  const heard = told.filter(({ stats }) => stats.shareAbove > 0);
  if (heard.length === 0) return unbroken(`${neverWords(name, told, threshold)}.`);
  const parts = [heldWords(name, told, threshold), firstWords(heard), flickerWords(heard)];
  return unbroken(parts.flatMap((part) => (part === null ? [] : [`${part}.`])).join(' '));
}

/** A number and its unit stay on one line. */
const unbroken = (text: string): string => text.replaceAll(/(\d) (s|%)(?!\w)/g, '$1\u00a0$2');

function neverWords(name: string, told: readonly Told[], threshold: Probability): string {
  const [top] = [...told].sort((a, b) => (b.stats.mean ?? 0) - (a.stats.mean ?? 0));
  const mean = (top?.stats.mean ?? 0).toFixed(2);
  const who = told.length === 1 ? `${told[0]!.label} never reaches` : 'No lane reaches';
  return `${who} ${threshold.toFixed(2)} for ${name}; the highest mean score is ${mean}${told.length > 1 ? `, of ${top!.label}` : ''}`;
}

function heldWords(name: string, told: readonly Told[], threshold: Probability): string {
  const [first, ...rest] = [...told].sort((a, b) => b.stats.shareAbove - a.stats.shareAbove);
  const others = rest.map(({ label, stats }) =>
    stats.shareAbove > 0 ? `, ${label} for ${shareText(stats.shareAbove)}` : `, ${label} never`,
  );
  return `${first!.label} holds ${name} at ${threshold.toFixed(2)} or more for ${shareText(first!.stats.shareAbove)} of the time${others.join('')}`;
}

/** Null when there is nobody to be first before. */
function firstWords(heard: readonly Told[]): string | null {
  if (heard.length < 2) return null;
  const at = (one: Told): Seconds => one.stats.firstDetectionS ?? 0;
  const order = [...heard].sort((a, b) => at(a) - at(b));
  const firsts = order.filter((one) => tenths(at(one)) === tenths(at(order[0]!)));
  const next = order[firsts.length];
  if (!next) return `All say it first at ${momentText(at(order[0]!))}`;
  const say = firsts.length === 1 ? 'says' : 'say';
  const lead = (at(next) - at(order[0]!)).toFixed(1);
  return `${listed(firsts.map(({ label }) => label))} ${say} it first, at ${momentText(at(order[0]!))}, ${lead} s before ${next.label}`;
}

function flickerWords(heard: readonly Told[]): string | null {
  if (heard.length < 2) return null;
  const often = ({ stats }: Told): string => perMinuteText(stats.flickerPerMinute);
  const order = [...heard].sort((a, b) => a.stats.flickerPerMinute - b.stats.flickerPerMinute);
  const calm = order[0]!;
  const restless = order[order.length - 1]!;
  if (often(calm) === often(restless)) return null;
  return `It crosses the threshold least in ${calm.label}, ${often(calm)} times a minute, and most in ${restless.label}, ${often(restless)}`;
}
