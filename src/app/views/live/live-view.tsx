/** Listening: what is heard now, and how it came about. */
import { lazy, Suspense, useEffect } from 'react';
import { useLiveState } from '../../store/context.ts';
import { ClassChoice, EngineChoice, ModelChoice, RecordChoice, ThresholdChoice } from './choices.tsx';
import { DelayMeter } from './delay-meter.tsx';
import { FirstVisit } from './first-visit.tsx';
import { HeardNow } from './heard-now.tsx';
import { KEY_HELP, useKeys } from './keys.ts';
import { MissingModelNotice } from './missing-model.tsx';
import { NumbersTable } from './numbers-table.tsx';
import { SessionControls } from './session-controls.tsx';
import { Trouble } from './trouble.tsx';

/** The chart library is a third of the page, and not needed to be greeted. */
const loadCharts = () => import('./live-charts.tsx');
const LiveCharts = lazy(() => loadCharts().then(({ LiveCharts: component }) => ({ default: component })));

export function LiveView({ dark }: { readonly dark: boolean }) {
  useKeys();
  // Fetched while the person reads, so that it is there when the first sound is.
  useEffect(() => void loadCharts().catch(() => {}), []);
  const session = useLiveState((state) => state.session);
  return (
    <>
      <MissingModelNotice />
      {session === 0 ? (
        <FirstVisit />
      ) : (
        <div className="live">
          <h1 className="visually-hidden">Earshot, live</h1>
          <div className="live-words">
            <SessionControls />
            <Trouble />
            <HeardNow />
          </div>
          <div className="live-picture">
            <Suspense fallback={null}>
              <LiveCharts dark={dark} />
            </Suspense>
          </div>
        </div>
      )}
      <section className="below" aria-label="Settings and measurements">
        {session > 0 && (
          <div className="below-wide">
            <DelayMeter />
            <NumbersTable />
          </div>
        )}
        <div className="choices">
          <ClassChoice />
          <ThresholdChoice />
          <ModelChoice />
          <EngineChoice />
          <RecordChoice />
        </div>
        <details className="keys">
          <summary>Keys</summary>
          <dl>
            {KEY_HELP.map(({ keys, does }) => (
              <div key={keys}>
                <dt>
                  <kbd>{keys}</kbd>
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
        </details>
      </section>
    </>
  );
}
