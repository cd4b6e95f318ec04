/**
 * From stored scores to events, by rules; no model runs. Pure, any thread, fast enough for a slider: two passes over the scores find
 * the chunks at or above `off`, which are few, and all else works on these. Allocates for these, and for the median one Float32Array
 * of [frames] per class.
 *
 * Per class, in this order:
 * 1. Median over `medianChunks` chunks. At the ends and beside lost sound the outermost chunk is repeated: nothing is ever filtered
 *    across a gap.
 * 2. Hysteresis. A candidate lasts as long as the score stays at or above `off`; it becomes an event if it reaches `on`. Lost sound
 *    ends a candidate unless it is shorter than the merge gap.
 * 3. Events closer than the merge gap become one, with all chunks between them.
 * 4. Events shorter than the minimum duration are rejected.
 * Then, if grouping is on, from the most specific class upwards: an event is rejected when events of more specific classes of its
 * branch, kept themselves, cover at least half of its time (`GROUPED_SHARE`).
 *
 * Peak and mean are of the scores the rules saw, so after the median; without a median they are the model's own. Times are stream seconds.
 */
import type { ClassLabels } from '../scores/class-list.ts';
import type { ScoreTimeline } from '../scores/score-timeline.ts';
import { audioSetTaxonomy, type Taxonomy } from '../scores/taxonomy.ts';
import type { Probability, Seconds } from '../units.ts';
import { assertRules, ruleFor } from './event-rules.ts';
import type { DerivedEvents, EventRule, EventRules, RejectedBy, RejectedCandidate, TagEvent } from './event-types.ts';

export interface DeriveOptions {
  /** The tree that `grouped` follows; AudioSet's when not given. */
  readonly taxonomy?: Taxonomy;
  /** Output rows to look at; all when not given. Grouping knows only these. */
  readonly classes?: readonly number[];
}

export interface EventCounts {
  readonly events: number;
  /** How many classes have an event. */
  readonly classes: number;
  /** Events of each output row. */
  readonly perClass: Uint32Array;
}

/** A candidate that peaks below this is not worth a look, however low `off` is. */
export const MIN_CANDIDATE_PEAK: Probability = 0.05;
/** So much of an event's time must be events of more specific classes for these to explain it. */
export const GROUPED_SHARE = 0.5;
/** Times that differ by less are the same: float noise, well under one sample at 16 kHz. */
const SAME_S: Seconds = 1e-5;

export function deriveEvents(
  scores: ScoreTimeline,
  labels: ClassLabels,
  rules: EventRules,
  options: DeriveOptions = {},
): DerivedEvents {
  const columns = readColumns(scores, labels, rules, options.classes);
  const events: TagEvent[] = [];
  const rejected: RejectedCandidate[] = [];
  const found = columns.classes.map((column) => findSpans(column, columns));
  const explained = rules.grouped ? explain(found, labels, columns, options.taxonomy ?? audioSetTaxonomy) : null;
  for (const { column, kept, tooShort, tooLow, filtered } of found) {
    const { rule } = column;
    const eventOf = (span: Span): TagEvent => toEvent(span, columns, labels);
    for (const span of kept) {
      const why = explained?.get(span);
      if (why === undefined) events.push(eventOf(span));
      else rejected.push(toRejected(eventOf(span), 'grouped', why));
    }
    for (const span of tooShort) {
      const [lasted, least] = apart(durationOf(span, columns), rule.minDurationS);
      rejected.push(toRejected(eventOf(span), 'min-duration', `lasted ${lasted} s, shorter than ${least} s`));
    }
    for (const span of tooLow) {
      const event = eventOf(span);
      const [peak, on] = apart(event.peak, rule.on);
      rejected.push(toRejected(event, 'on-threshold', `peaked at ${peak}, below ${on}`));
    }
    for (const { span, after } of filtered) {
      const event = eventOf(span);
      const [left, on] = apart(after, rule.on);
      const why = `peaked at ${hundredths(event.peak)}, but at ${left} after the median of ${rule.medianChunks} chunks, below ${on}`;
      rejected.push(toRejected(event, 'median-filter', why));
    }
  }
  return { events: byOnset(events), rejected: byOnset(rejected) };
}

/** How many events deriveEvents would give, without making them. */
export function countEvents(
  scores: ScoreTimeline,
  labels: ClassLabels,
  rules: EventRules,
  options: DeriveOptions = {},
): EventCounts {
  const columns = readColumns(scores, labels, rules, options.classes);
  const found = columns.classes.map((column) => findSpans(column, columns, false));
  const explained = rules.grouped ? explain(found, labels, columns, options.taxonomy ?? audioSetTaxonomy) : null;
  const perClass = new Uint32Array(labels.mids.length);
  let events = 0;
  let classes = 0;
  for (const { column, kept } of found) {
    const count = explained ? kept.filter((span) => !explained.has(span)).length : kept.length;
    perClass[column.classIndex] = count;
    events += count;
    if (count > 0) classes += 1;
  }
  return { events, classes, perClass };
}

/** Scores of one class, as the model gave them or filtered. Frames are counted from the oldest kept. */
interface Track {
  /** Frames at or above `off`, ascending. */
  readonly above: readonly number[];
  at(frame: number): Probability;
}

/** One class worth a look. */
interface Column {
  readonly classIndex: number;
  readonly rule: EventRule;
  readonly raw: Track;
}

interface Columns {
  readonly classes: readonly Column[];
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  /** For each frame the first of its unbroken stretch, and one past the last. */
  readonly stretchFrom: Int32Array;
  readonly stretchTo: Int32Array;
}

/** A stretch of frames [from, to) of one class, with the scores it is judged by. */
interface Span {
  readonly column: Column;
  readonly track: Track;
  readonly from: number;
  readonly to: number;
}

function readColumns(
  scores: ScoreTimeline,
  labels: ClassLabels,
  rules: EventRules,
  only: readonly number[] | undefined,
): Columns {
  assertRules(rules);
  if (labels.mids.length !== scores.classes || labels.names.length !== scores.classes) {
    throw new RangeError(
      `labels must have a mid and a name for each of the ${scores.classes} classes scored, got ${labels.mids.length} and ${labels.names.length}`,
    );
  }
  for (const classIndex of only ?? []) {
    if (!(Number.isInteger(classIndex) && classIndex >= 0 && classIndex < scores.classes)) {
      throw new RangeError(`classes must be whole numbers from 0 to ${scores.classes - 1}, got ${classIndex}`);
    }
  }
  const frames = scores.to - scores.from;
  const rows = Array.from({ length: frames }, (_, frame) => scores.row(scores.from + frame));
  const wanted = Int32Array.from(only ? [...new Set(only)].sort((a, b) => a - b) : labels.mids.keys());
  const peaks = new Float32Array(wanted.length);
  for (const row of rows) {
    for (let i = 0; i < wanted.length; i++) {
      const value = row[wanted[i]!]!;
      if (value > peaks[i]!) peaks[i] = value;
    }
  }
  const classes: Column[] = [];
  const aboves: number[][] = [];
  wanted.forEach((classIndex, i) => {
    const rule = asStored(ruleFor(rules, labels.mids[classIndex]!));
    const peak = peaks[i]!;
    // The median of a window is never above its peak, so a class that fails here cannot give a candidate either way.
    if (!(peak >= rule.off && (peak >= rule.on || peak >= MIN_CANDIDATE_PEAK))) return;
    const above: number[] = [];
    aboves.push(above);
    classes.push({ classIndex, rule, raw: { above, at: (frame) => rows[frame]![classIndex]! } });
  });
  const indexes = Int32Array.from(classes, ({ classIndex }) => classIndex);
  const offs = Float32Array.from(classes, ({ rule }) => rule.off);
  rows.forEach((row, frame) => {
    for (let i = 0; i < indexes.length; i++) if (row[indexes[i]!]! >= offs[i]!) aboves[i]!.push(frame);
  });
  return { classes, ...timesOf(scores, frames) };
}

function timesOf(scores: ScoreTimeline, frames: number): Omit<Columns, 'classes'> {
  const starts = new Float64Array(frames);
  const ends = new Float64Array(frames);
  const stretchFrom = new Int32Array(frames);
  const stretchTo = new Int32Array(frames);
  let from = 0;
  for (let frame = 0; frame < frames; frame++) {
    starts[frame] = scores.startOf(scores.from + frame);
    ends[frame] = scores.endOf(scores.from + frame);
    if (frame > 0 && starts[frame]! - ends[frame - 1]! > SAME_S) {
      stretchTo.fill(frame, from, frame);
      from = frame;
    }
    stretchFrom[frame] = from;
  }
  stretchTo.fill(frames, from);
  return { starts, ends, stretchFrom, stretchTo };
}

/** Scores are kept as float32, so thresholds are compared as such: 0.7 reaches 0.7. */
const asStored = (rule: EventRule): EventRule => ({ ...rule, on: Math.fround(rule.on), off: Math.fround(rule.off) });

interface Found {
  readonly column: Column;
  readonly kept: readonly Span[];
  readonly tooShort: readonly Span[];
  readonly tooLow: readonly Span[];
  /** Candidates of the unfiltered scores that reached `on` and met none that reached it filtered; with the filtered peak. */
  readonly filtered: readonly { readonly span: Span; readonly after: Probability }[];
}

function findSpans(column: Column, columns: Columns, withRejected = true): Found {
  const { rule, raw } = column;
  const track = rule.medianChunks === 1 ? raw : median(column, columns);
  const { reached, tooLow } = hysteresis(column, track, columns);
  const merged = merge(reached, columns);
  const isLong = (span: Span): boolean => durationOf(span, columns) >= rule.minDurationS - SAME_S;
  const kept = merged.filter(isLong);
  if (!withRejected) return { column, kept, tooShort: [], tooLow: [], filtered: [] };

  const lost =
    track === raw ? [] : hysteresis(column, raw, columns).reached.filter((span) => !touchesAny(span, reached));
  // What lies between two merged events is part of the event.
  const isWorthALook = (span: Span): boolean => peakOf(span) >= MIN_CANDIDATE_PEAK && !touchesAny(span, merged);
  return {
    column,
    kept,
    tooShort: merged.filter((span) => !isLong(span)),
    // What the median lowered is told as that.
    tooLow: tooLow.filter((span) => isWorthALook(span) && !touchesAny(span, lost)),
    filtered: lost.filter(isWorthALook).map((span) => ({ span, after: peakOf({ ...span, track }) })),
  };
}

/**
 * The class's scores after a median over `medianChunks` chunks, never across lost sound, the outermost chunk of a stretch repeated.
 * Worked out where it may reach `off`, which is near a chunk that does, and else when asked for.
 */
function median({ rule, raw }: Column, { starts, stretchFrom, stretchTo }: Columns): Track {
  const half = (rule.medianChunks - 1) / 2;
  const window = new Float32Array(rule.medianChunks);
  const known = new Float32Array(starts.length).fill(Number.NaN);
  const at = (frame: number): Probability => {
    if (!Number.isNaN(known[frame])) return known[frame]!;
    const first = stretchFrom[frame]!;
    const last = stretchTo[frame]! - 1;
    for (let k = 0; k < window.length; k++) {
      const value = raw.at(Math.min(last, Math.max(first, frame - half + k)));
      let place = k;
      for (; place > 0 && window[place - 1]! > value; place--) window[place] = window[place - 1]!;
      window[place] = value;
    }
    known[frame] = window[half]!;
    return known[frame]!;
  };
  const above: number[] = [];
  let next = 0;
  for (const near of raw.above) {
    const to = Math.min(near + half + 1, stretchTo[near]!);
    for (next = Math.max(next, near - half, stretchFrom[near]!); next < to; next++) {
      if (at(next) >= rule.off) above.push(next);
    }
  }
  return { above, at };
}

function hysteresis(
  column: Column,
  track: Track,
  { starts, ends }: Columns,
): { readonly reached: readonly Span[]; readonly tooLow: readonly Span[] } {
  const { on, mergeGapS } = column.rule;
  const reached: Span[] = [];
  const tooLow: Span[] = [];
  let from = -1;
  let to = -1;
  let isEvent = false;
  const close = (): void => {
    if (to > from) (isEvent ? reached : tooLow).push({ column, track, from, to });
    isEvent = false;
  };
  for (const frame of track.above) {
    if (frame !== to || !bridges(starts[frame]! - ends[frame - 1]!, mergeGapS)) {
      close();
      from = frame;
    }
    to = frame + 1;
    if (track.at(frame) >= on) isEvent = true;
  }
  close();
  return { reached, tooLow };
}

/** Touching chunks always hang together; otherwise what is between must be shorter than the merge gap. */
const bridges = (betweenS: Seconds, mergeGapS: Seconds): boolean => betweenS <= SAME_S || betweenS < mergeGapS - SAME_S;

function merge(spans: readonly Span[], { starts, ends }: Columns): readonly Span[] {
  const merged: Span[] = [];
  for (const span of spans) {
    const before = merged.at(-1);
    if (before && starts[span.from]! - ends[before.to - 1]! < span.column.rule.mergeGapS - SAME_S) {
      merged[merged.length - 1] = { ...before, to: span.to };
    } else merged.push(span);
  }
  return merged;
}

/** For each event that more specific ones explain, why. */
function explain(
  found: readonly Found[],
  labels: ClassLabels,
  columns: Columns,
  taxonomy: Taxonomy,
): ReadonlyMap<Span, string> {
  const explained = new Map<Span, string>();
  const byMid = new Map(found.map((one) => [labels.mids[one.column.classIndex]!, one]));
  // What is below a class has fewer classes below it than that class: so the most specific come first.
  const upwards = [...byMid].sort(([a], [b]) => taxonomy.descendants(a).size - taxonomy.descendants(b).size);
  for (const [mid, { kept }] of upwards) {
    if (kept.length === 0) continue;
    const below = [...taxonomy.descendants(mid)]
      .flatMap((one) => byMid.get(one) ?? [])
      .map((one) => ({
        name: labels.names[one.column.classIndex]!,
        spans: one.kept.filter((span) => !explained.has(span)),
      }))
      .filter(({ spans }) => spans.length > 0);
    if (below.length === 0) continue;
    for (const span of kept) {
      const parts = below
        .map(({ name, spans }) => ({ name, pieces: overlaps(span, spans, columns) }))
        .filter(({ pieces }) => pieces.length > 0)
        .map((part) => ({ ...part, coveredS: unionS(part.pieces) }));
      const share = unionS(parts.flatMap(({ pieces }) => pieces)) / durationOf(span, columns);
      if (!(share >= GROUPED_SHARE - SAME_S)) continue;
      const most = parts.reduce((best, part) => (part.coveredS > best.coveredS ? part : best));
      const others = parts.length - 1;
      const rest = others === 0 ? '' : others === 1 ? ' and one other class' : ` and ${others} other classes`;
      explained.set(span, `${Math.round(share * 100)} % of it is explained by ${most.name}${rest}, more specific`);
    }
  }
  return explained;
}

interface Piece {
  readonly startS: Seconds;
  readonly endS: Seconds;
}

/** Where one event and ascending events of another class sound together. */
function overlaps(span: Span, others: readonly Span[], { starts, ends }: Columns): readonly Piece[] {
  const pieces: Piece[] = [];
  for (let at = firstEndingAfter(others, span.from); at < others.length && others[at]!.from < span.to; at++) {
    const other = others[at]!;
    pieces.push({
      startS: starts[Math.max(span.from, other.from)]!,
      endS: ends[Math.min(span.to, other.to) - 1]!,
    });
  }
  return pieces;
}

/** Total length of what at least one piece covers. */
function unionS(pieces: readonly Piece[]): Seconds {
  let total = 0;
  let untilS = Number.NEGATIVE_INFINITY;
  for (const { startS, endS } of [...pieces].sort((a, b) => a.startS - b.startS)) {
    if (endS <= untilS) continue;
    total += endS - Math.max(startS, untilS);
    untilS = endS;
  }
  return total;
}

/** Does the span share a chunk with one of the others, which are ascending and apart? */
function touchesAny(span: Span, others: readonly Span[]): boolean {
  const at = firstEndingAfter(others, span.from);
  return at < others.length && others[at]!.from < span.to;
}

function firstEndingAfter(spans: readonly Span[], frame: number): number {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spans[middle]!.to > frame) high = middle;
    else low = middle + 1;
  }
  return low;
}

const durationOf = ({ from, to }: Span, { starts, ends }: Columns): Seconds => ends[to - 1]! - starts[from]!;

function peakOf({ track, from, to }: Span): Probability {
  let peak = 0;
  for (let frame = from; frame < to; frame++) peak = Math.max(peak, track.at(frame));
  return peak;
}

function toEvent({ column, track, from, to }: Span, { starts, ends }: Columns, labels: ClassLabels): TagEvent {
  let peak = -1;
  let peakFrame = from;
  let sum = 0;
  let scoredS = 0;
  for (let frame = from; frame < to; frame++) {
    const value = track.at(frame);
    const lengthS = ends[frame]! - starts[frame]!;
    if (value > peak) {
      peak = value;
      peakFrame = frame;
    }
    sum += value * lengthS;
    scoredS += lengthS;
  }
  return {
    classIndex: column.classIndex,
    mid: labels.mids[column.classIndex]!,
    name: labels.names[column.classIndex]!,
    startS: starts[from]!,
    endS: ends[to - 1]!,
    peak,
    peakS: (starts[peakFrame]! + ends[peakFrame]!) / 2,
    mean: sum / scoredS,
    chunks: to - from,
  };
}

/** Field by field: a spread is several times slower, and there may be tens of thousands. */
const toRejected = (event: TagEvent, rule: RejectedBy, why: string): RejectedCandidate => ({
  classIndex: event.classIndex,
  mid: event.mid,
  name: event.name,
  startS: event.startS,
  endS: event.endS,
  peak: event.peak,
  peakS: event.peakS,
  mean: event.mean,
  chunks: event.chunks,
  rule,
  why,
});

const byOnset = <One extends TagEvent>(events: One[]): One[] =>
  events.sort((a, b) => a.startS - b.startS || a.classIndex - b.classIndex);

const HUNDREDTHS = Array.from({ length: 101 }, (_, i) => (i / 100).toFixed(2));

/** toFixed(2), from a table for scores. */
const hundredths = (value: number): string => HUNDREDTHS[Math.round(value * 100)] ?? value.toFixed(2);

/** Both with two decimals, or as many as it takes to tell them apart. */
function apart(a: number, b: number): readonly [string, string] {
  const [short, other] = [hundredths(a), hundredths(b)];
  if (short !== other) return [short, other];
  for (let digits = 3; digits < 6; digits++) {
    if (a.toFixed(digits) !== b.toFixed(digits)) return [a.toFixed(digits), b.toFixed(digits)];
  }
  return [String(a), String(b)];
}
