/**
 * What each take comes to (top classes, number of events), kept by take, revision and rules, and worked out in slices of a few
 * milliseconds, so that a thousand finished files and a moved slider never hold the page. Main thread; time and waiting are
 * passed in.
 */
import type { EventCounts } from '../../../core/events/derive-events.ts';
import type { EventRules } from '../../../core/events/event-types.ts';
import type { ClassLabels } from '../../../core/scores/class-list.ts';
import type { ScoreTimeline } from '../../../core/scores/score-timeline.ts';
import type { Milliseconds } from '../../../core/units.ts';
import type { Take, TakeRow } from '../../store/take.ts';
import { ClassTotals } from './class-totals.ts';
import { isSettled } from './take-words.ts';
import { type TopClass, topClasses } from './top-classes.ts';

export interface TakeSummary {
  readonly top: readonly TopClass[];
  readonly events: number;
  /** Names of all classes that have events; the top ones where none has. */
  readonly heard: readonly string[];
}

export interface SummaryPorts {
  readonly countEvents: (scores: ScoreTimeline, labels: ClassLabels, rules: EventRules) => EventCounts;
  readonly nowMs: () => Milliseconds;
  /** Calls back soon, in a task of its own. */
  readonly later: (work: () => void) => void;
}

interface Entry {
  totals: ClassTotals | null;
  /** What the summary was made from. */
  revision: number;
  rules: EventRules | null;
  settled: boolean;
  madeAtMs: Milliseconds;
  summary: TakeSummary | null;
}

const TOP = 4;
/** Well under a frame, and under the 50 ms from which on a page feels held. */
const SLICE_MS: Milliseconds = 8;
/** A file that is being read changes all the time: once a second is enough for the eye. */
const RUNNING_PACE_MS: Milliseconds = 1000;
/** Views are told this often at most. */
const TELL_MS: Milliseconds = 250;
/** Chunks read at once, about a millisecond. */
const CHUNKS_AT_ONCE = 500;

export class TakeSummaries {
  readonly #ports: SummaryPorts;
  /** By take, so that what nobody holds any more goes. */
  readonly #entries = new WeakMap<Take, Entry>();
  readonly #listeners = new Set<() => void>();
  #queue: TakeRow[] = [];
  #rules: EventRules | null = null;
  #isWaiting = false;
  #toldMs: Milliseconds = Number.NEGATIVE_INFINITY;
  #isNews = false;
  #version = 0;

  constructor(ports: SummaryPorts) {
    this.#ports = ports;
  }

  /** Grows when a summary changed. */
  get version(): number {
    return this.#version;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The latest there is, which may be of a moment ago; null when nothing was scored. */
  of(take: Take): TakeSummary | null {
    const scores = take.lanes[0]?.scores;
    const entry = this.#entries.get(take);
    return scores && entry?.totals?.follows(scores) ? entry.summary : null;
  }

  /** Brings the summaries of these rows up to date, in this order. */
  want(rows: readonly TakeRow[], rules: EventRules): void {
    this.#rules = rules;
    this.#queue = rows.filter((row) => this.#isStale(row));
    if (this.#queue.length > 0) this.#wait();
  }

  #isStale(row: TakeRow): boolean {
    const lane = row.take.lanes[0];
    if (!lane?.scores || !lane.card) return false;
    const entry = this.#entries.get(row.take);
    if (!entry) return true;
    if (entry.rules !== this.#rules || entry.settled !== isSettled(row.state)) return true;
    if (entry.revision === row.revision) return false;
    return isSettled(row.state) || this.#ports.nowMs() - entry.madeAtMs >= RUNNING_PACE_MS;
  }

  #wait(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#ports.later(() => {
      this.#isWaiting = false;
      this.#work();
    });
  }

  #work(): void {
    const { nowMs } = this.#ports;
    const endMs = nowMs() + SLICE_MS;
    let done = 0;
    while (done < this.#queue.length && nowMs() < endMs) {
      if (this.#step(this.#queue[done]!)) done += 1;
    }
    this.#queue = this.#queue.slice(done);
    this.#isNews ||= done > 0;
    const isOver = this.#queue.length === 0;
    if (this.#isNews && (isOver || nowMs() - this.#toldMs >= TELL_MS)) {
      this.#isNews = false;
      this.#toldMs = nowMs();
      this.#version += 1;
      for (const listener of this.#listeners) listener();
    }
    if (!isOver) this.#wait();
  }

  /** One small piece of work on a take. True when its summary is made. */
  #step({ take, state, revision }: TakeRow): boolean {
    const lane = take.lanes[0];
    const rules = this.#rules;
    if (!lane?.scores || !lane.card || !rules) return true;
    let entry = this.#entries.get(take);
    if (!entry) {
      entry = { totals: null, revision: -1, rules: null, settled: false, madeAtMs: 0, summary: null };
      this.#entries.set(take, entry);
    }
    if (!entry.totals?.follows(lane.scores)) entry.totals = new ClassTotals(lane.scores);
    const { totals } = entry;
    if (!totals.update(CHUNKS_AT_ONCE)) return false;
    const { labels } = lane.card;
    if (totals.isEmpty) entry.summary = null;
    else {
      const { events, perClass } = this.#ports.countEvents(lane.scores, labels, rules);
      const all = topClasses(totals, perClass, labels, events > 0 ? undefined : TOP);
      entry.summary = { top: all.slice(0, TOP), events, heard: all.map(({ name }) => name) };
    }
    entry.revision = revision;
    entry.rules = rules;
    entry.settled = isSettled(state);
    entry.madeAtMs = this.#ports.nowMs();
    return true;
  }
}
