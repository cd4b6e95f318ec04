/** The controls of the event rules in words: what each is called, its range, and which way it trades misses for false alarms. */
import type { EventRule } from './event-types.ts';

export interface RuleControl {
  readonly field: keyof EventRule;
  readonly label: string;
  /** '' for a score. */
  readonly unit: '' | 's' | 'chunks';
  /** What a control offers; the rules themselves allow more. */
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** One plain sentence: which way it trades misses for false alarms. */
  readonly sentence: string;
}

export const RULE_CONTROLS: readonly RuleControl[] = [
  {
    field: 'on',
    label: 'On threshold',
    unit: '',
    min: 0.02,
    max: 0.98,
    step: 0.01,
    sentence: 'Lower finds fainter sounds and raises more false alarms; higher misses more.',
  },
  {
    field: 'off',
    label: 'Off threshold',
    unit: '',
    min: 0.01,
    max: 0.98,
    step: 0.01,
    sentence:
      'Lower keeps an event going through dips and may call silence sound; higher ends it early and misses its tail.',
  },
  {
    field: 'minDurationS',
    label: 'Shortest event',
    unit: 's',
    min: 0,
    max: 20,
    step: 0.1,
    sentence: 'Longer drops brief false alarms, and misses short sounds such as a single bark.',
  },
  {
    field: 'mergeGapS',
    label: 'Merge gap',
    unit: 's',
    min: 0,
    max: 20,
    step: 0.1,
    sentence: 'Longer misses less between repeats by joining them, and counts more silence as sound.',
  },
  {
    field: 'medianChunks',
    label: 'Median filter',
    unit: 'chunks',
    min: 1,
    max: 9,
    step: 2,
    sentence: 'Longer removes lone spikes, which are often false alarms, and misses sounds shorter than half of it.',
  },
];

export const GROUPING = {
  label: 'Group by the AudioSet tree',
  sentence:
    'On leaves out Dog and Animal where Bark already says it, and so misses a second animal at the same moment; off repeats them.',
} as const;
