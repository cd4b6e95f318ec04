/** The words: what is heard now, large and calm. Each stands on a rule from 0 to 100 percent. */
import { useEffect, useRef, useState } from 'react';
import { formatTime } from '../../charts/time-scale.ts';
import { Announcer } from '../../store/announcer.ts';
import { useLive, useLiveState } from '../../store/context.ts';
import { saidNow } from '../../store/said-now.ts';

export function HeardNow() {
  const { store } = useLive();
  const all = useLiveState((state) => state.now);
  const rows = useLiveState((state) => state.rows);
  const card = useLiveState((state) => state.card);
  const now = saidNow(all, card);
  const threshold = useLiveState((state) => state.settings.threshold);
  const phase = useLiveState((state) => state.phase.kind);
  useLiveState((state) => state.revision);
  const { scores } = store.history;
  const isFirst = !scores || scores.to === scores.from;
  return (
    <section className="heard" aria-labelledby="heard-title" data-phase={phase}>
      <h2 id="heard-title">Heard now</h2>
      <ul>
        {now.map((entry) => {
          const name = card?.labels.names[entry.classIndex] ?? '?';
          const slot = rows.find((row) => row.classIndex === entry.classIndex)?.slot;
          const isOver = entry.score >= threshold;
          return (
            <li
              key={entry.classIndex}
              data-over={isOver}
              style={{ ['--tone' as string]: slot === undefined ? 'var(--ink)' : `var(--class-${slot})` }}
            >
              <span className="heard-name">{name}</span>
              <span className="heard-score">{Math.round(entry.score * 100)}%</span>
              <span className="measure" aria-hidden="true">
                <span className="measure-fill" style={{ transform: `scaleX(${entry.score})` }} />
                <span className="measure-threshold" style={{ left: `${threshold * 100}%` }} />
              </span>
              <span className="heard-since">
                {entry.heardS < (scores?.endS ?? 0) - 0.01
                  ? `until ${formatTime(entry.heardS)}`
                  : `since ${formatTime(entry.sinceS)}`}
              </span>
            </li>
          );
        })}
      </ul>
      {now.length === 0 && (
        <p className="heard-nothing">
          {isFirst ? phase === 'listening' ? 'Listening for the first sound…' : '' : <Nearest threshold={threshold} />}
        </p>
      )}
      <Announcements />
    </section>
  );
}

/** Nothing is sure; what comes nearest is said as that. */
function Nearest({ threshold }: { readonly threshold: number }) {
  const { store } = useLive();
  const card = useLiveState((state) => state.card);
  const { scores } = store.history;
  if (!scores || !card || scores.to === scores.from) return null;
  const row = scores.row(scores.to - 1);
  let top = 0;
  for (let index = 1; index < row.length; index++) if (row[index]! > row[top]!) top = index;
  return (
    <>
      Nothing over {Math.round(threshold * 100)}%.
      <br />
      <span>
        Nearest: {card.labels.names[top]}, {Math.round(row[top]! * 100)}%
      </span>
    </>
  );
}

/** For screen readers: polite, merged, at most a sentence every few seconds. */
function Announcements() {
  const { store } = useLive();
  const [said, setSaid] = useState('');
  const announcer = useRef<Announcer | null>(null);
  const session = useLiveState((state) => state.session);
  useEffect(() => {
    void session;
    const made = new Announcer();
    announcer.current = made;
    const hear = (): void => {
      const { now, card, phase } = store.getState();
      if (phase.kind !== 'listening') return;
      const names = saidNow(now, card).flatMap(({ classIndex }) => card?.labels.names[classIndex] ?? []);
      const sentence = made.hear(names, performance.now());
      if (sentence !== null) setSaid(sentence);
    };
    const timer = setInterval(hear, 1000);
    return () => clearInterval(timer);
  }, [store, session]);
  return (
    <p className="visually-hidden" role="status" aria-live="polite" data-testid="announcements">
      {said}
    </p>
  );
}
