/** How fast a model runs on this device, as measured here; and measuring it. */
import { useLiveState } from '../../store/context.ts';
import { useModels, useModelsState } from '../../store/models-context.ts';
import { ENOUGH_CHUNKS, speedsOf } from '../../store/models-speed.ts';
import { dayText, speedWords } from './model-words.ts';

interface SpeedLineProps {
  readonly modelId: string;
  readonly title: string;
  readonly sha256: string;
}

export function SpeedLine({ modelId, title, sha256 }: SpeedLineProps) {
  const { controller } = useModels();
  const speeds = useModelsState((state) => state.speeds);
  const measuring = useModelsState((state) => state.measuring);
  const known = speedsOf(speeds, sha256);
  const isMine = measuring?.modelId === modelId;
  if (known.length === 0 && !isMine) return null;
  return (
    <div className="model-speed">
      <ul aria-label={`Speed of ${title} on this device`}>
        {known.map((speed) => (
          <li key={speed.engine}>
            <span className="amount">{speedWords(speed)}</span>{' '}
            <span className="quiet">
              {speed.engine} ({speed.reason}); median of {speed.chunks}, {dayText(speed.atMs)}
            </span>
          </li>
        ))}
      </ul>
      {isMine && (
        <p className="measuring">
          <span role="status">
            {measuring.chunks === 0
              ? 'Loading it into an engine of its own…'
              : `Timed ${measuring.chunks} of ${ENOUGH_CHUNKS} chunks`}
          </span>
          <button type="button" className="small" onClick={() => controller.stopMeasuring()}>
            Stop
          </button>
        </p>
      )}
    </div>
  );
}

export function MeasureButton({ modelId, title, sha256 }: SpeedLineProps) {
  const { controller } = useModels();
  const isKnown = useModelsState((state) => speedsOf(state.speeds, sha256).length > 0);
  const measuring = useModelsState((state) => state.measuring);
  const isListening = useLiveState((state) => state.phase.kind === 'listening');
  const words = isKnown ? 'Measure speed again' : 'Measure speed here';
  return (
    <button
      type="button"
      className="small"
      disabled={measuring !== null}
      aria-label={`${words}: ${title}`}
      title={isListening ? 'This page is listening meanwhile, which makes it slower.' : undefined}
      onClick={() => void controller.measureSpeed(modelId)}
    >
      {words}
    </button>
  );
}
