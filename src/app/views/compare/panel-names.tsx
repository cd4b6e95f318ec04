/** What stands left of a panel: its name, and for each of its lines the stroke, the label and the score at the cursor. */
import type { ReactNode } from 'react';
import { usePlot, useViewport } from '../../timeline/plot-context.ts';
import { ClassSwatch } from '../../ui/class-swatch.tsx';
import { readoutAt, readoutKey } from './cursor-readout.ts';
import type { ReadyLane } from './ready-lane.ts';

export interface PanelLine {
  readonly lane: ReadyLane;
  readonly mid: string;
  readonly slot: number;
  readonly label: string;
  readonly onRemove?: () => void;
}

export function PanelName({ title, lines }: { readonly title: ReactNode; readonly lines: readonly PanelLine[] }) {
  const { viewport } = usePlot();
  // The chunks' numbers, so that this is rendered once a chunk and not once a frame.
  useViewport(viewport, ({ cursorS, playS }) =>
    readoutKey(
      lines.map(({ lane }) => lane),
      cursorS ?? playS,
    ),
  );
  const { cursorS, playS } = viewport.getState();
  const atS = cursorS ?? playS;
  return (
    <div className="panel-name">
      <div className="panel-title">{title}</div>
      <ul className="panel-lines">
        {lines.map(({ lane, mid, slot, label, onRemove }) => {
          const value = readoutAt([lane], [mid], atS)[0]?.values[0];
          return (
            <li key={`${slot}:${mid}`}>
              <ClassSwatch slot={slot} />
              <span className="panel-label" title={label}>
                {label}
              </span>
              <span className="row-value">{value?.toFixed(2)}</span>
              {onRemove && <RemoveButton name={label} onRemove={onRemove} />}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

export function RemoveButton({ name, onRemove }: { readonly name: string; readonly onRemove: () => void }) {
  return (
    <button type="button" className="drop" aria-label={`Remove ${name} from the comparison`} onClick={onRemove}>
      <svg viewBox="0 0 12 12" aria-hidden="true">
        <path d="M2 2L10 10M10 2L2 10" />
      </svg>
    </button>
  );
}
