/** What the events panel says in words. Pure. */
import type { TagEvent } from '../../core/events/event-types.ts';

const counted = (count: number, one: string, many: string): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

/** "23 events of 5 classes". */
export function countWords(events: readonly TagEvent[]): string {
  if (events.length === 0) return 'No events';
  const classes = new Set(events.map(({ classIndex }) => classIndex)).size;
  return `${counted(events.length, 'event', 'events')} of ${counted(classes, 'class', 'classes')}`;
}

/** 0.96 s, 12.5 s, 4 min 7 s: as exact as is of use. */
export function lengthWords(seconds: number): string {
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

export interface ClassCount {
  readonly mid: string;
  readonly name: string;
  readonly count: number;
}

/** The classes of a list with how often each is in it, by name. */
export function classCounts(list: readonly TagEvent[]): ClassCount[] {
  const counts = new Map<string, { readonly mid: string; readonly name: string; count: number }>();
  for (const { mid, name } of list) {
    const known = counts.get(mid);
    if (known) known.count += 1;
    else counts.set(mid, { mid, name, count: 1 });
  }
  return [...counts.values()].sort((a, b) => a.name.localeCompare(b.name, 'en'));
}
