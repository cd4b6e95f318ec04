/** What is reviewed: name, kind of file, model, how far it is, which lane; and the choice of another take. */
import { formatTime } from '../../charts/time-scale.ts';
import { saveBlob } from '../../export/download.ts';
import { useLibrary } from '../../store/library-context.ts';
import type { TakeLane, TakeRow } from '../../store/take.ts';
import { laneWords, mediaWords, stateWords } from './take-words.ts';

export interface ReviewHeaderProps {
  readonly row: TakeRow;
  readonly rows: readonly TakeRow[];
  readonly lane: TakeLane;
  readonly onLane: (id: string) => void;
}

const SaveRecording = ({ file }: { readonly file: File }) => (
  <button type="button" className="small" onClick={() => saveBlob(file, file.name)}>
    Save the recording
  </button>
);

export function ReviewHeader({ row, rows, lane, onLane }: ReviewHeaderProps) {
  const { controller } = useLibrary();
  const { take, state } = row;
  const said = stateWords(row);
  const isTrouble = state.kind === 'failed' || (state.kind === 'stopped' && state.error !== null);
  const others = rows.length > 1;
  return (
    <header className="review-header">
      <div className="review-title">
        <h1>{take.name}</h1>
        {others && (
          <label className="inline">
            <span className="quiet">Another</span>
            <select value={row.id} onChange={(event) => controller.open(event.target.value)}>
              {rows.map(({ id, take: { name, folder } }) => (
                <option key={id} value={id}>
                  {folder}
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      <ul className="review-facts">
        <li>{formatTime(take.durationS)}</li>
        {take.info && <li>{mediaWords(take.info)}</li>}
        {take.kind === 'live' && <li>heard live</li>}
        <li>
          {take.lanes.length > 1 ? (
            <label className="inline">
              <span className="quiet">Model</span>
              <select value={lane.id} onChange={(event) => onLane(event.target.value)}>
                {take.lanes
                  .filter(({ scores }) => scores !== null)
                  .map((one) => (
                    <option key={one.id} value={one.id}>
                      {laneWords(one)}
                    </option>
                  ))}
              </select>
            </label>
          ) : (
            laneWords(lane)
          )}
        </li>
        {take.kind === 'live' && take.media && (
          <li>
            <SaveRecording file={take.media} />
          </li>
        )}
        {lane.backend && <li title={lane.backend.reason}>{lane.backend.label}</li>}
      </ul>
      {said !== null && (
        <div className="review-state" data-trouble={isTrouble}>
          <p role={isTrouble ? 'alert' : undefined}>{said}</p>
          {state.kind === 'running' && take.kind === 'file' && (
            <progress aria-label="Read so far" value={take.readS} max={Math.max(take.readS, take.durationS, 0.001)} />
          )}
          {(state.kind === 'running' || state.kind === 'waiting' || state.kind === 'loading') && (
            <button type="button" className="small" onClick={() => controller.cancel(row.id)}>
              Stop
            </button>
          )}
          {(state.kind === 'stopped' || state.kind === 'failed') && take.media && take.kind === 'file' && (
            <button type="button" className="small" onClick={() => controller.retry(row.id)}>
              Read it again
            </button>
          )}
        </div>
      )}
    </header>
  );
}
