/** AudioSet's 527 classes in the order of the published networks' outputs. Labels: Google, CC BY 4.0 (see the JSON). */
import audioset from './audioset-labels.json' with { type: 'json' };

export interface Labels {
  readonly mids: readonly string[];
  readonly names: readonly string[];
}

export const audioSetLabels: Labels = {
  mids: audioset.classes.map(([mid]) => mid!),
  names: audioset.classes.map(([, name]) => name!),
};
