/** Name of a timeline's row, its score at the cursor (or where the sound is), and the way to take it away. */
import type { ScoreTimeline } from '../../../core/scores/score-timeline.ts';
import { usePlot, useViewport } from '../../timeline/plot-context.ts';
import { ClassSwatch } from '../../ui/class-swatch.tsx';

export interface ChosenNameProps {
  readonly name: string;
  readonly slot: number;
  readonly scores: ScoreTimeline;
  readonly classIndex: number;
  readonly onRemove: () => void;
}

export function ChosenName({ name, slot, scores, classIndex, onRemove }: ChosenNameProps) {
  const { viewport } = usePlot();
  // A number of a chunk, so that this is rendered once a chunk and not once a frame.
  const sequence = useViewport(viewport, ({ cursorS, playS }) => {
    const atS = cursorS ?? playS;
    return atS === null ? null : scores.at(atS);
  });
  const isKept = sequence !== null && sequence >= scores.from && sequence < scores.to;
  return (
    <>
      <ClassSwatch slot={slot} />
      <span className="row-name" title={name}>
        {name}
      </span>
      <span className="row-value">{isKept ? scores.value(sequence, classIndex).toFixed(2) : ''}</span>
      <button type="button" className="drop" aria-label={`Remove ${name} from the timelines`} onClick={onRemove}>
        <svg viewBox="0 0 12 12" aria-hidden="true">
          <path d="M2 2L10 10M10 2L2 10" />
        </svg>
      </button>
    </>
  );
}
