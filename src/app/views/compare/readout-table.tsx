/** The scores of one moment as a table: at the cursor, where the sound is, or the newest while listening. */
import type { Seconds } from '../../../core/units.ts';
import { formatTime } from '../../charts/time-scale.ts';
import { useViewport } from '../../timeline/plot-context.ts';
import type { Viewport } from '../../timeline/viewport.ts';
import { ClassSwatch } from '../../ui/class-swatch.tsx';
import { readoutAt, readoutKey } from './cursor-readout.ts';
import { nameOfClass, type ReadyLane } from './ready-lane.ts';

export interface ReadoutTableProps {
  readonly viewport: Viewport;
  readonly lanes: readonly ReadyLane[];
  readonly mids: readonly string[];
  readonly threshold: number;
}

export function ReadoutTable({ viewport, lanes, mids, threshold }: ReadoutTableProps) {
  useViewport(viewport, ({ cursorS, playS }) => readoutKey(lanes, cursorS ?? playS));
  const tenths = useViewport(viewport, ({ cursorS, playS }) => {
    const atS = cursorS ?? playS;
    return atS === null ? null : Math.floor(atS * 10 + 1e-6);
  });
  const isCursor = useViewport(viewport, ({ cursorS }) => cursorS !== null);
  const { cursorS, playS } = viewport.getState();
  const atS: Seconds | null = cursorS ?? playS;
  const readouts = readoutAt(lanes, mids, atS);
  const where =
    tenths === null ? '' : `${formatTime(tenths / 10, 1)}, ${isCursor ? 'the cursor' : 'where the sound is'}`;
  return (
    <div className="table-scroll">
      <table className="readout-table">
        <caption>{atS === null ? 'The newest word of each lane' : `At ${where}`}</caption>
        <thead>
          <tr>
            <th scope="col">Class</th>
            {lanes.map(({ label, slot }) => (
              <th key={slot} scope="col">
                <ClassSwatch slot={slot} /> {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {mids.map((mid, row) => (
            <tr key={mid}>
              <th scope="row">{nameOfClass(lanes, mid)}</th>
              {lanes.map(({ slot }, at) => {
                const value = readouts[at]?.values[row];
                return (
                  <td key={slot} data-over={value != null && value >= threshold}>
                    {value == null ? '–' : value.toFixed(2)}
                  </td>
                );
              })}
            </tr>
          ))}
          <tr className="readout-chunk">
            <th scope="row">Said of</th>
            {lanes.map(({ slot }, at) => {
              const chunk = readouts[at]?.chunk;
              return (
                <td key={slot}>{chunk ? `${formatTime(chunk.startS, 1)} to ${formatTime(chunk.endS, 1)}` : '–'}</td>
              );
            })}
          </tr>
        </tbody>
      </table>
    </div>
  );
}
