/** What a row shows, the same in the table and on a phone's cards. */
import type { LibraryController } from '../../store/library-controller.ts';
import { useModelsState } from '../../store/models-context.ts';
import type { TakeRow } from '../../store/take.ts';
import { hasScores } from '../../store/take-fold.ts';
import type { TakeSummary } from './take-summaries.ts';
import { canRetry, fractionOf, isSettled, noteWords, runningWords, stateWords } from './take-words.ts';

export interface RowProps {
  readonly row: TakeRow;
  readonly summary: TakeSummary | null;
  readonly controller: LibraryController;
  /** Opens the menu of a row under its button. */
  readonly onMore: (id: string, button: HTMLElement) => void;
}

/** The whole name leads to the review as soon as there is something to see. */
export function TakeName({ row, controller }: Pick<RowProps, 'row' | 'controller'>) {
  const { take } = row;
  const name = (
    <>
      {take.folder !== '' && <span className="take-folder">{take.folder}</span>}
      {take.name}
    </>
  );
  return hasScores(take) ? (
    <button type="button" className="take-name" onClick={() => controller.open(row.id)}>
      {name}
      <span className="visually-hidden">, review</span>
    </button>
  ) : (
    <span className="take-name">{name}</span>
  );
}

export function TakeNotes({ row: { take } }: Pick<RowProps, 'row'>) {
  const models = useModelsState((state) => state.entries);
  const titleOf = (modelId: string): string =>
    models.find(({ id }) => id === modelId)?.title ??
    // Removed since: its take still knows it.
    take.lanes.find(({ setup }) => setup.modelId === modelId)?.card?.title ??
    modelId;
  return <p className="quiet take-notes">{noteWords(take, titleOf)}</p>;
}

/** With a space that does not break. */
const percent = (score: number): string => `${Math.round(score * 100)}\u00a0%`;

/** Classes with their highest score. Without events they are guesses, and look and read so. */
export function TopChips({ row, summary }: Pick<RowProps, 'row' | 'summary'>) {
  if (!summary) return null;
  if (summary.top.length === 0) return <span className="quiet">nothing</span>;
  const isHeard = summary.events > 0;
  return (
    <ul className="top-classes" data-heard={isHeard} aria-label={`Heard in ${row.take.name}`}>
      {!isHeard && <li className="quiet">no event; strongest:</li>}
      {summary.top.map(({ classIndex, name, peak, mean }) => (
        <li
          key={classIndex}
          className="top-class"
          title={`highest ${percent(peak)}, mean over the file ${percent(mean)}`}
        >
          {name} <span className="quiet">{percent(peak)}</span>
        </li>
      ))}
    </ul>
  );
}

export function TakeStateWords({ row }: Pick<RowProps, 'row'>) {
  const { state, take } = row;
  if (state.kind === 'running') {
    const fraction = fractionOf(row);
    return (
      <div className="take-running">
        <progress aria-label={`Progress of ${take.name}`} {...(fraction === null ? {} : { value: fraction })} />
        <span>{runningWords(row)}</span>
      </div>
    );
  }
  const isTrouble = state.kind === 'failed' || (state.kind === 'stopped' && state.error !== null);
  return (
    <p className="take-state" data-trouble={isTrouble}>
      {state.kind === 'failed' && <strong>failed: </strong>}
      {stateWords(row)}
    </p>
  );
}

/** One thing at hand, the one most likely wanted; the rest in a menu. */
export function RowActions({ row, controller, onMore }: Pick<RowProps, 'row' | 'controller' | 'onMore'>) {
  const { take, state } = row;
  return (
    <div className="row-actions">
      {!isSettled(state) ? (
        <Act word="Cancel" name={take.name} onPress={() => controller.cancel(row.id)} />
      ) : hasScores(take) ? (
        <Act word="Review" name={take.name} onPress={() => controller.open(row.id)} />
      ) : (
        canRetry(row) && <Act word="Retry" name={take.name} onPress={() => controller.retry(row.id)} />
      )}
      <button
        type="button"
        className="small more"
        aria-label={`More for ${take.name}`}
        aria-haspopup="menu"
        onClick={(event) => onMore(row.id, event.currentTarget)}
      >
        <svg viewBox="0 0 18 4" aria-hidden="true">
          <path d="M0 0h4v4H0zM7 0h4v4H7zM14 0h4v4h-4z" />
        </svg>
      </button>
    </div>
  );
}

function Act({ word, name, onPress }: { readonly word: string; readonly name: string; readonly onPress: () => void }) {
  return (
    <button type="button" className="small" onClick={onPress}>
      {word}
      <span className="visually-hidden"> {name}</span>
    </button>
  );
}
