/** Listening: what is heard now, and how it came about. */
import { useLiveState } from '../../store/context.ts';
import { ClassChoice, EngineChoice, ModelChoice, ThresholdChoice } from './choices.tsx';
import { DelayMeter } from './delay-meter.tsx';
import { FirstVisit } from './first-visit.tsx';
import { HeardNow } from './heard-now.tsx';
import { KEY_HELP, useKeys } from './keys.ts';
import { LiveCharts } from './live-charts.tsx';
import { NumbersTable } from './numbers-table.tsx';
import { SessionControls } from './session-controls.tsx';
import { Trouble } from './trouble.tsx';

export function LiveView({ dark }: { readonly dark: boolean }) {
  useKeys();
  const session = useLiveState((state) => state.session);
  return (
    <>
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
            <LiveCharts dark={dark} />
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
