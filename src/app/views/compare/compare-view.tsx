/**
 * Up to three lanes on the same samples and one clock, live or on a file: who says it first, who holds it steadily, and what that
 * costs. The numbers come from the library's takes; this only asks and draws.
 */
import { useState } from 'react';
import { DropZone } from 'react-aria-components';
import { rowOf } from '../../store/library.ts';
import { useLibrary, useLibraryState } from '../../store/library-context.ts';
import type { TakeRow } from '../../store/take.ts';
import '../../styles/compare.css';
import { compareState, useCompareState } from './compare-state.ts';
import { FirstSight } from './first-sight.tsx';
import { LaneHeads } from './lane-heads.tsx';
import { LaneSetups } from './lane-setups.tsx';
import { sameSetups } from './lane-words.ts';
import { labelsOf } from './ready-lane.ts';
import { stateWords, troubleOf } from './state-words.ts';
import { TakeComparison } from './take-comparison.tsx';
import { useCalm } from './use-calm.ts';
import { useStart } from './use-start.ts';

export function CompareView({ dark }: { readonly dark: boolean }) {
  const row = useLibraryState((state) => rowOf(state, state.compareId));
  const asking = useCompareState((state) => state.asking);
  const problem = useCompareState((state) => state.problem);
  const layout = useCompareState((state) => state.layout);
  const start = useStart();
  const hasNoTake = row === null;
  return (
    <DropZone
      className="compare"
      data-layout={layout}
      aria-label="Drop or paste one sound or video file to compare the lanes on it"
      onDrop={({ items }) => {
        const [item] = items.filter((one) => one.kind === 'file');
        if (item) void item.getFile().then((file) => start.file(file));
        else compareState.setState({ problem: 'Drop one sound or video file here; whole folders go to Files.' });
      }}
    >
      <div role="status" className="compare-said">
        {asking && hasNoTake && (
          <p className="compare-asking">Waiting for the sound: your browser may ask whether this page may use it…</p>
        )}
      </div>
      {problem !== null && (
        <div className="compare-state" data-trouble="true">
          <p role="alert">{problem}</p>
          <button type="button" className="small" onClick={() => compareState.setState({ problem: null })}>
            Close
          </button>
        </div>
      )}
      {row ? <Shown key={row.id} row={row} dark={dark} /> : <FirstSight />}
    </DropZone>
  );
}

function Shown({ row, dark }: { readonly row: TakeRow; readonly dark: boolean }) {
  const { take } = row;
  const revision = useCalm(row.revision, 500);
  const [isChanging, setIsChanging] = useState(false);
  return (
    <>
      <Head row={row} isChanging={isChanging} onChanging={setIsChanging} />
      {isChanging && <ChangeLanes row={row} />}
      <StateLine row={row} />
      <LaneHeads take={take} revision={revision} />
      <TakeComparison row={row} dark={dark} calmRevision={revision} />
    </>
  );
}

interface HeadProps {
  readonly row: TakeRow;
  readonly isChanging: boolean;
  readonly onChanging: (isChanging: boolean) => void;
}

function Head({ row, isChanging, onChanging }: HeadProps) {
  const { controller } = useLibrary();
  const rows = useLibraryState((state) => state.rows);
  const others = rows.filter((one) => one.id === row.id || one.take.lanes.length > 1);
  const leave = (): void => {
    if (row.take.kind === 'live') void controller.stopLive();
    controller.showCompare(null);
  };
  return (
    <header className="compare-head">
      <h1>{row.take.name}</h1>
      <div className="compare-head-tools">
        {others.length > 1 && (
          <label className="inline">
            <span className="quiet">Another run</span>
            <select value={row.id} onChange={(event) => controller.showCompare(event.target.value)}>
              {others.map(({ id, take }) => (
                <option key={id} value={id}>
                  {take.folder}
                  {take.name}: {labelsOf(take).join(', ')}
                </option>
              ))}
            </select>
          </label>
        )}
        <button
          type="button"
          className="small"
          aria-expanded={isChanging}
          aria-controls="compare-change"
          onClick={() => onChanging(!isChanging)}
        >
          Change the lanes
        </button>
        <button type="button" className="small" onClick={leave}>
          New comparison
        </button>
      </div>
    </header>
  );
}

function StateLine({ row }: { readonly row: TakeRow }) {
  const { controller } = useLibrary();
  const { take, state } = row;
  const said = stateWords(row);
  if (said === null) return null;
  const isTrouble = troubleOf(state);
  const isOngoing = state.kind === 'running' || state.kind === 'waiting' || state.kind === 'loading';
  const isLive = take.kind === 'live';
  return (
    <div className="compare-state" data-trouble={isTrouble}>
      {isLive && state.kind === 'running' && <span className="on-air" aria-hidden="true" />}
      <p role={isTrouble ? 'alert' : undefined}>{said}</p>
      {state.kind === 'running' && !isLive && (
        <progress aria-label="Read so far" value={take.readS} max={Math.max(take.readS, take.durationS, 0.001)} />
      )}
      {state.kind === 'loading' && <progress aria-label="Loading" />}
      {isOngoing && (
        <button
          type="button"
          className={isLive ? 'primary' : 'small'}
          onClick={() => (isLive ? void controller.stopLive() : controller.cancel(row.id))}
        >
          Stop
        </button>
      )}
      {(state.kind === 'stopped' || state.kind === 'failed') && take.media && !isLive && (
        <button type="button" className="small" onClick={() => controller.retry(row.id)}>
          Read it again
        </button>
      )}
    </div>
  );
}

/** The set-up of the next run; a run that is shown keeps its own. */
function ChangeLanes({ row }: { readonly row: TakeRow }) {
  const { take, state } = row;
  const start = useStart();
  const setups = useLibraryState((now) => now.compareSetups);
  const asking = useCompareState((now) => now.asking);
  const isOther = !sameSetups(
    setups,
    take.lanes.map(({ setup }) => setup),
  );
  const isOngoing = state.kind === 'running' || state.kind === 'waiting' || state.kind === 'loading';
  const canRunAgain = take.kind === 'live' || take.media !== null;
  return (
    <section id="compare-change" className="compare-change" aria-label="Lanes of the next run">
      <LaneSetups />
      <div className="compare-again">
        <p role="status">{isOther ? 'These lanes are not the ones that ran.' : 'These lanes ran.'}</p>
        {canRunAgain && (
          <button type="button" className="primary" disabled={asking || !isOther} onClick={() => start.again(row)}>
            {take.kind === 'live' ? 'Listen again' : 'Run again'}
          </button>
        )}
        {isOther && isOngoing && take.kind === 'file' && (
          <p className="quiet">It begins when what runs now is done, or stopped.</p>
        )}
      </div>
    </section>
  );
}
