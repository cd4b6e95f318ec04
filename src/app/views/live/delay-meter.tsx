/** From the air to the screen: where the time goes, as one bar and four numbers. */
import { useLiveState } from '../../store/context.ts';

export function DelayMeter() {
  const delay = useLiveState((state) => state.delay);
  const health = useLiveState((state) => state.health);
  if (!delay) {
    return (
      <div className="delay">
        <h3>Delay</h3>
        <p className="quiet">Measured while listening, from the microphone to the screen.</p>
      </div>
    );
  }
  const parts = [
    { key: 'chunk', name: 'Filling the chunk', ms: delay.chunkMs },
    { key: 'queue', name: 'Waiting in line', ms: delay.queueMs },
    { key: 'compute', name: 'Computing', ms: delay.computeMs },
    { key: 'draw', name: 'Drawing', ms: delay.drawMs },
  ];
  const total = parts.reduce((sum, { ms }) => sum + ms, 0);
  return (
    <div className="delay">
      <h3>
        Delay <span className="figure">{(total / 1000).toFixed(2)} s</span> at most, captured to shown
      </h3>
      <div className="delay-bar" aria-hidden="true">
        {parts.map(({ key, ms }) => (
          <span key={key} data-part={key} style={{ flexGrow: Math.max(ms, total / 160) }} />
        ))}
      </div>
      <dl className="delay-parts">
        {parts.map(({ key, name, ms }) => (
          <div key={key} data-part={key}>
            <dt>{name}</dt>
            <dd>{formatMs(ms)}</dd>
          </div>
        ))}
      </dl>
      <p className="quiet">
        A sound waits for its chunk to fill: half of {formatMs(delay.chunkMs)} on average.
        {health && health.lostS > 0 ? ` Lost in capture so far: ${health.lostS.toFixed(1)} s.` : ''}
        {health && health.droppedChunks > 0 ? ` Chunks dropped by a slow engine: ${health.droppedChunks}.` : ''}
      </p>
    </div>
  );
}

const formatMs = (ms: number): string =>
  ms >= 995 ? `${(ms / 1000).toFixed(2)} s` : `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
