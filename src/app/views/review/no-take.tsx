/** Nothing is open: which takes there are, or how to get one. */
import { formatTime } from '../../charts/time-scale.ts';
import { useLibrary, useLibraryState } from '../../store/library-context.ts';
import { goTo } from '../../store/navigation.ts';
import type { TakeRow } from '../../store/take.ts';
import { StoredSessions } from './stored-sessions.tsx';

export function NoTake({ rows }: { readonly rows: readonly TakeRow[] }) {
  const { controller } = useLibrary();
  const hasStored = useLibraryState((state) => state.shelf.length > 0);
  if (rows.length === 0) {
    return (
      <section className="review review-empty">
        <h1>{hasStored ? 'Nothing open for review' : 'Nothing to review yet'}</h1>
        <p>
          Drop sound or video files and look at them here second by second: what was heard when, how sure the model was,
          and how it sounds.
        </p>
        <button type="button" className="primary" onClick={() => goTo('files')}>
          Go to Files
        </button>
        <StoredSessions />
      </section>
    );
  }
  return (
    <section className="review review-empty">
      <h1>What do you want to look at?</h1>
      <ul className="take-list">
        {rows.map(({ id, take }) => (
          <li key={id}>
            <button type="button" onClick={() => controller.open(id)}>
              <span>
                {take.folder}
                {take.name}
              </span>
              <span className="quiet">{formatTime(take.durationS)}</span>
            </button>
          </li>
        ))}
      </ul>
      <StoredSessions />
    </section>
  );
}
