/** Above the charts: what is looked at, and how. */
import { formatTime } from '../../charts/time-scale.ts';
import { useLive, useLiveState } from '../../store/context.ts';
import { WINDOW_CHOICES } from '../../store/settings.ts';
import { goLive, togglePause } from './scrolling.ts';

export function ChartToolbar({ pointed }: { readonly pointed: number | null }) {
  const live = useLive();
  const { store } = live;
  const { windowS, layout } = useLiveState((state) => state.settings);
  const isPaused = useLiveState((state) => state.view.kind === 'paused');
  const isListening = useLiveState((state) => state.phase.kind === 'listening');
  return (
    <div className="chart-toolbar">
      <h2 id="charts-title">Timeline</h2>
      <Readout pointed={pointed} />
      <div className="chart-tools">
        {isPaused ? (
          <button type="button" className="small live-button" onClick={() => goLive(live)}>
            {isListening ? 'Live' : 'To the end'}
          </button>
        ) : (
          <button type="button" className="small" onClick={() => togglePause(live)}>
            Pause view
          </button>
        )}
        <label className="compact">
          <span className="visually-hidden">Time window</span>
          <select
            value={windowS}
            onChange={(event) => {
              const choice = WINDOW_CHOICES.find(({ seconds }) => String(seconds) === event.target.value);
              if (choice) store.changeSettings({ windowS: choice.seconds });
            }}
          >
            {WINDOW_CHOICES.map(({ seconds, label }) => (
              <option key={seconds} value={seconds}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <label className="compact">
          <span className="visually-hidden">Lines</span>
          <select
            value={layout}
            onChange={(event) =>
              store.changeSettings({ layout: event.target.value === 'overlaid' ? 'overlaid' : 'rows' })
            }
          >
            <option value="rows">a row each</option>
            <option value="overlaid">overlaid</option>
          </select>
        </label>
      </div>
    </div>
  );
}

/** Time span and strongest class of the chunk under the cursor. */
function Readout({ pointed }: { readonly pointed: number | null }) {
  const { store } = useLive();
  const card = useLiveState((state) => state.card);
  const { scores } = store.history;
  if (pointed === null || !scores || !card || pointed < scores.from || pointed >= scores.to) {
    return <p className="readout" />;
  }
  const row = scores.row(pointed);
  let top = 0;
  for (let index = 1; index < row.length; index++) if (row[index]! > row[top]!) top = index;
  return (
    <p className="readout">
      <span className="readout-time">
        {formatTime(scores.startOf(pointed), 1)} to {formatTime(scores.endOf(pointed), 1)}
      </span>{' '}
      strongest: <strong>{card.labels.names[top]}</strong> {row[top]!.toFixed(2)}
    </p>
  );
}
