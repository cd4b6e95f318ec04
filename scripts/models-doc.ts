/** The figures of docs/models.md, as Markdown, from what training/evaluate.py wrote. Everything between the two marks is made here. */
import type { ModelCard } from '../src/core/model/card.ts';

export interface Clips {
  readonly clips: number;
  readonly classes: number;
  readonly mean_ap: number;
  readonly top1: number;
}

export interface Steadiness {
  readonly clips: number;
  readonly share: number;
  /** Changes of "over the threshold" a minute. */
  readonly flicker: number;
}

/** One entry of evaluation.json. */
export interface Report {
  readonly model: string;
  readonly real: Clips;
  readonly every_licence: Clips;
  readonly synth: Clips | null;
  readonly without_memory?: Clips | undefined;
  readonly teacher: { readonly first_in_top5: number; readonly cosine: number };
  readonly scenes: {
    readonly segment_f1: number;
    readonly onset_f1: number;
    /** Over thresholds, chosen on the very same scenes. */
    readonly best_segment_f1: number;
    readonly best_threshold: number;
  };
  readonly steady: Readonly<Record<string, Steadiness>>;
  readonly steady_without_memory?: Readonly<Record<string, Steadiness>> | undefined;
}

export interface TrainedModel {
  readonly card: ModelCard;
  /** The last stage alone; null where it is not known. */
  readonly training: { readonly steps: number; readonly hours: number } | null;
  /** Largest difference between PyTorch's scores and this engine's on the stored check. */
  readonly torchDifference: number;
}

const BEGIN = '<!-- made by scripts/make-models.ts: begin -->';
const END = '<!-- made by scripts/make-models.ts: end -->';

const figure = (value: number | undefined): string => (value === undefined ? '' : value.toFixed(3));
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

export function figuresOf(models: readonly TrainedModel[], reports: readonly Report[], provenance: string): string {
  const [{ real } = { real: undefined }] = reports;
  const lines = [
    `On ${real?.clips} real clips of the valid rows (licences as in training, first 20 s of each), mAP over the ${real?.classes} classes with at least 5 positives.`,
    '',
    row([
      'model',
      'clip mAP',
      'without memory',
      'top-1-in-labels',
      'clip mAP, every licence',
      'clip mAP on synth/',
      'teacher: first class in its top 5',
      'teacher: cosine',
      'Seg-F1',
      'onset-F1',
      'Seg-F1 at its best threshold',
    ]),
    row(Array.from({ length: 11 }, () => '---')),
    ...reports.map(({ model, real: clips, every_licence: every, synth, without_memory: forgetful, teacher, scenes }) =>
      row([
        model,
        figure(clips.mean_ap),
        figure(forgetful?.mean_ap),
        figure(clips.top1),
        figure(every.mean_ap),
        figure(synth?.mean_ap),
        figure(teacher.first_in_top5),
        figure(teacher.cosine),
        figure(scenes.segment_f1),
        figure(scenes.onset_f1),
        `${figure(scenes.best_segment_f1)} at ${scenes.best_threshold.toFixed(2)}`,
      ]),
    ),
    '',
    'Steadiness (the paper’s Figure 2) on clips of at least 4 s, those under 30 s repeated: share of chunks over 0.5, and how often a minute that changes.',
    '',
    row([
      'model',
      'sound',
      'clips',
      'over 0.5',
      'changes a minute',
      'over 0.5 without memory',
      'changes without memory',
    ]),
    row(Array.from({ length: 7 }, () => '---')),
    ...reports.flatMap(({ model, steady, steady_without_memory: forgetful }) =>
      Object.entries(steady).map(([sound, { clips, share, flicker }]) =>
        row([
          model,
          sound,
          String(clips),
          figure(share),
          flicker.toFixed(2),
          figure(forgetful?.[sound]?.share),
          forgetful?.[sound]?.flicker.toFixed(2) ?? '',
        ]),
      ),
    ),
    '',
    row(['model', 'last stage', 'classes not weak', 'MB', 'engine against PyTorch, at most']),
    row(Array.from({ length: 5 }, () => '---')),
    ...models.map(({ card, training, torchDifference }) =>
      row([
        card.id,
        training ? `${training.steps} steps, ${training.hours.toFixed(2)} h` : 'not known',
        String(card.labels.mids.length - (card.classes?.weak.length ?? 0)),
        (card.weightsBytes / 1e6).toFixed(1),
        torchDifference.toExponential(1),
      ]),
    ),
    '',
    `(${provenance})`,
  ];
  return lines.join('\n');
}

/** @throws Error when the marks are not there. */
export function withFigures(document: string, figures: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`docs/models.md must hold "${BEGIN}" and, after it, "${END}"`);
  return `${document.slice(0, begin + BEGIN.length)}\n\n${figures}\n\n${document.slice(end)}`;
}
