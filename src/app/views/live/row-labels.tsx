/** Names and numbers of the rows, beside the plot (inside it on a phone). Numbers are of the cursor's chunk while there is one. */
import { useLive, useLiveState } from '../../store/context.ts';
import type { Row } from '../../store/row-choice.ts';
import { ClassSwatch } from '../../ui/class-swatch.tsx';

export function RowLabels({ rows, pointed }: { readonly rows: readonly Row[]; readonly pointed: number | null }) {
  const { store } = useLive();
  const card = useLiveState((state) => state.card);
  const settings = useLiveState((state) => state.settings);
  useLiveState((state) => state.revision);
  const { scores } = store.history;
  const view = useLiveState((state) => state.view);
  // Scrolled back, the numbers are those at the right edge of the picture.
  const { to } = scores?.range(0, view.kind === 'paused' ? view.endS : Number.POSITIVE_INFINITY) ?? { to: 0 };
  const newest = scores && to > scores.from ? to - 1 : null;
  const sequence = pointed !== null && scores && pointed >= scores.from && pointed < scores.to ? pointed : newest;
  return (
    <ul
      className="row-labels"
      aria-label={pointed === null ? 'Scores of the newest chunk in view' : 'Scores at the cursor'}
      data-layout={settings.layout}
    >
      {rows.map((row) => {
        const name = card?.labels.names[row.classIndex] ?? '?';
        const mid = card?.labels.mids[row.classIndex];
        const value = scores && sequence !== null ? scores.value(sequence, row.classIndex) : null;
        const isOver = value !== null && value >= settings.threshold;
        return (
          <li key={row.classIndex} data-over={isOver}>
            <ClassSwatch slot={row.slot} />
            <span className="row-name" title={name}>
              {name}
            </span>
            <span className="row-value">
              {value === null ? '–' : value.toFixed(2)}
              {isOver && <span className="visually-hidden"> over the threshold</span>}
            </span>
            {mid !== undefined && (
              <button
                type="button"
                className="pin"
                aria-pressed={row.pinned}
                aria-label={row.pinned ? `Unpin ${name}` : `Pin ${name}`}
                title={row.pinned ? 'Unpin' : 'Keep this row'}
                onClick={() =>
                  store.changeSettings({
                    pinned: row.pinned
                      ? settings.pinned.filter((one) => one !== mid)
                      : [...settings.pinned, mid].slice(-8),
                  })
                }
              >
                <svg viewBox="0 0 12 12" aria-hidden="true">
                  <path d="M4 1h4v4l2 2H2l2-2zM6 7v4" />
                </svg>
              </button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
