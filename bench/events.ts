/** Deriving events from three hours of stored scores, as moving a slider does. Processor time: the page has one thread for it. */
import { deriveEvents } from '../src/core/events/derive-events.ts';
import { DEFAULT_RULES, type EventRules } from '../src/core/events/event-types.ts';
import { audioSetLabels } from '../src/core/scores/audioset-labels.ts';
import { ScoreTimeline } from '../src/core/scores/score-timeline.ts';

/** As models score: a few classes much of the time, some now and then, the rest hardly ever. */
function threeHours(): ScoreTimeline {
  const classes = audioSetLabels.mids.length;
  const timeline = new ScoreTimeline({ classes });
  const probabilities = new Float32Array(classes);
  const level = new Float64Array(classes);
  let seed = 7;
  for (let index = 0; index < 11_250; index++) {
    for (let c = 0; c < classes; c++) {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      level[c] = level[c]! * 0.93 + seed / 2 ** 32 - 0.5;
      const usual = c % 40 === 0 ? -1 : c % 5 === 0 ? -4 : -7;
      probabilities[c] = 1 / (1 + Math.exp(-(usual + 1.8 * level[c]!)));
    }
    timeline.push({ index, startS: index * 0.96, endS: (index + 1) * 0.96, probabilities });
  }
  return timeline;
}

export interface EventsRun {
  readonly rules: string;
  /** Events and rejected candidates. */
  readonly found: number;
  /** Milliseconds of processor time, one per run. */
  readonly times: readonly number[];
}

export function benchEvents(): EventsRun[] {
  const timeline = threeHours();
  const kinds: readonly [string, Partial<EventRules>][] = [
    ['default rules', {}],
    ['median of 5', { medianChunks: 5 }],
    ['grouped, merge gap 2 s', { grouped: true, mergeGapS: 2 }],
  ];
  return kinds.map(([rules, change]) => {
    let found = 0;
    const times = Array.from({ length: 12 }, () => {
      const before = process.cpuUsage().user;
      const { events, rejected } = deriveEvents(timeline, audioSetLabels, { ...DEFAULT_RULES, ...change });
      found = events.length + rejected.length;
      return (process.cpuUsage().user - before) / 1000;
    });
    return { rules, found, times: times.slice(2) };
  });
}
