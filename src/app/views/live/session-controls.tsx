/** Listen, stop, and what is listened to. */
import { useLive, useLiveState } from '../../store/context.ts';
import { useLibrary } from '../../store/library-context.ts';
import { loadingWords } from '../../store/live-store.ts';
import { LevelMeter } from './level-meter.tsx';

export function ListenButton({ isLarge = false }: { readonly isLarge?: boolean }) {
  const { controller } = useLive();
  const phase = useLiveState((state) => state.phase);
  switch (phase.kind) {
    case 'idle':
    case 'stopped':
    case 'failed':
      return (
        <button
          type="button"
          className={isLarge ? 'primary large' : 'primary'}
          onClick={() => void controller.start({ kind: 'microphone' })}
        >
          Listen
        </button>
      );
    case 'asking':
    case 'loading':
      return (
        <button
          type="button"
          className={isLarge ? 'secondary large' : 'secondary'}
          onClick={() => void controller.stop()}
        >
          Cancel
        </button>
      );
    case 'listening':
      return (
        <button type="button" className="secondary" onClick={() => void controller.stop()}>
          Stop
        </button>
      );
  }
}

/** What is going on, in a line. */
export function PhaseLine() {
  const phase = useLiveState((state) => state.phase);
  const changing = useLiveState((state) => state.changing);
  switch (phase.kind) {
    case 'idle':
    case 'failed':
      return null;
    case 'asking':
      return <p className="phase-line">Your browser asks whether this page may use the microphone…</p>;
    case 'loading': {
      const { loadedBytes, totalBytes } = phase;
      return (
        <div className="phase-line">
          {loadingWords(phase.phase, loadedBytes, totalBytes)}…
          <progress
            aria-label="Loading"
            {...(totalBytes !== null && loadedBytes > 0 ? { value: loadedBytes / totalBytes } : {})}
          />
        </div>
      );
    }
    case 'listening':
      return (
        <p className="phase-line" data-on="true">
          <span className="on-air" aria-hidden="true" />
          {changing ?? (phase.source.kind === 'microphone' ? 'Listening' : `Playing: ${phase.source.label}`)}
        </p>
      );
    case 'stopped':
      return <p className="phase-line">{phase.note ?? 'Stopped. What was heard is still here.'}</p>;
  }
}

export function SessionControls() {
  const { controller } = useLive();
  const phase = useLiveState((state) => state.phase);
  const microphones = useLiveState((state) => state.microphones);
  const deviceId = useLiveState((state) => state.settings.deviceId);
  const notice = useLiveState((state) => state.notice);
  const warnings = phase.kind === 'listening' ? phase.source.warnings : [];
  const ofMicrophone = phase.kind === 'listening' && phase.source.kind === 'microphone';
  return (
    <div className="session">
      <div className="session-line">
        <ListenButton />
        <PhaseLine />
      </div>
      <LevelMeter />
      {ofMicrophone && microphones.length > 0 && (
        <label className="device">
          <span>Microphone</span>
          <select
            value={deviceId ?? phase.source.deviceId ?? ''}
            onChange={(event) => void controller.changeMicrophone(event.target.value || null)}
          >
            {microphones.map((one, index) => (
              <option key={one.deviceId} value={one.deviceId}>
                {one.label || `Microphone ${index + 1}`}
              </option>
            ))}
          </select>
        </label>
      )}
      {[...warnings, ...(notice === null ? [] : [notice])].map((warning) => (
        <p key={warning} className="warning" role="note">
          {warning}
        </p>
      ))}
      <Recording />
      {phase.kind !== 'listening' && <Samples />}
    </div>
  );
}

/** Keeping the sound is opt-in; a stopped session is there to be reviewed either way. */
function Recording() {
  const { controller } = useLive();
  const { controller: library } = useLibrary();
  const phase = useLiveState((state) => state.phase.kind);
  const recording = useLiveState((state) => state.recording);
  const takeId = useLiveState((state) => state.takeId);
  if (phase === 'listening') {
    return recording ? (
      <p className="recording">
        <span className="recording-dot" aria-hidden="true" />
        Recording. Stays on this device.
      </p>
    ) : (
      <button type="button" className="small" onClick={() => void controller.record()}>
        Record from here
      </button>
    );
  }
  return takeId === null ? null : (
    <button type="button" className="secondary" onClick={() => library.open(takeId)}>
      Review what was heard
    </button>
  );
}

/** Sounds to try it with, for who has no microphone at hand. */
export function Samples() {
  const { controller } = useLive();
  const samples = useLiveState((state) => state.samples);
  const isBusy = useLiveState((state) => state.phase.kind === 'asking' || state.phase.kind === 'loading');
  if (samples.length === 0) return null;
  return (
    <div className="samples">
      <h2>Or play a sample sound</h2>
      <ul>
        {samples.map((sample) => (
          <li key={sample.id}>
            <button
              type="button"
              className="sample"
              disabled={isBusy}
              title={`${sample.credit}. ${sample.licence}`}
              onClick={() => void controller.start({ kind: 'sample', sample })}
            >
              <svg viewBox="0 0 10 10" aria-hidden="true">
                <path d="M2 1l7 4-7 4z" />
              </svg>
              {sample.title}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
