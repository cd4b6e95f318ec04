/** Recorded sessions in this browser's storage: open, or remove for good. */
import { formatTime } from '../../charts/time-scale.ts';
import { useLibrary, useLibraryState } from '../../store/library-context.ts';

export function StoredSessions() {
  const { controller } = useLibrary();
  const shelf = useLibraryState((state) => state.shelf);
  const notice = useLibraryState((state) => state.notice);
  if (shelf.length === 0) return null;
  return (
    <section aria-labelledby="stored-title" className="stored-sessions">
      <h2 id="stored-title">Recorded here</h2>
      {notice !== null && <p role="alert">{notice}</p>}
      <ul className="take-list">
        {shelf.map(({ key, name, keptAtMs, durationS, bytes }) => {
          const day = new Date(keptAtMs).toLocaleDateString();
          return (
            <li key={key} className="stored-session">
              <button type="button" onClick={() => void controller.openStored(key)}>
                <span>
                  {name} <span className="quiet">{day}</span>
                </span>
                <span className="quiet">
                  {formatTime(durationS)}, {Math.max(0.1, bytes / 1e6).toFixed(1)} MB
                </span>
              </button>
              <button
                type="button"
                className="small"
                aria-label={`Remove ${name}, ${day}`}
                onClick={() => void controller.removeStored(key)}
              >
                Remove
              </button>
            </li>
          );
        })}
      </ul>
      <p className="quiet">Kept in this browser only. Removing one cannot be undone.</p>
    </section>
  );
}
