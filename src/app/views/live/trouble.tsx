/** What went wrong, in words, and what to do about it. */
import type { EarshotErrorCode } from '../../../core/errors.ts';
import { useLive, useLiveState } from '../../store/context.ts';

interface Advice {
  readonly title: string;
  readonly todo: string;
}

function adviceFor(code: EarshotErrorCode): Advice {
  switch (code) {
    case 'mic-denied':
      return {
        title: 'The microphone was refused',
        todo: 'Allow the microphone for this page (the icon left of the address, or the browser’s site settings), then try again. A sample sound works without it.',
      };
    case 'mic-missing':
      return {
        title: 'No microphone was found',
        todo: 'Plug one in or switch it on, then try again. A sample sound works without a microphone.',
      };
    case 'mic-busy':
      return {
        title: 'The microphone is taken',
        todo: 'Another program may hold it: close it there, then try again.',
      };
    case 'mic-ended':
      return {
        title: 'The microphone went away',
        todo: 'Plug it in again or choose another one, then listen again. What was heard until then is still here.',
      };
    case 'audio-unavailable':
    case 'unsupported-audio':
    case 'bad-audio-file':
    case 'bad-samples':
    case 'truncated-audio':
    case 'cancelled':
    case 'too-short':
      return { title: 'The sound could not be opened', todo: 'Try again, or take another source.' };
    case 'download-failed':
    case 'model-not-found':
    case 'not-found':
      return {
        title: 'The model did not arrive',
        todo: 'Check the connection and try again, or choose another model below.',
      };
    case 'bad-card':
    case 'bad-weights':
    case 'bad-checkpoint':
    case 'card-mismatch':
    case 'checksum-mismatch':
      return { title: 'This model cannot be used', todo: 'Choose another model below.' };
    case 'storage-full':
      return {
        title: 'There is no room for the model',
        todo: 'Free some space, or remove a model on the Models page, and try again.',
      };
    case 'out-of-memory':
      return {
        title: 'This model is too large for this device',
        todo: 'Choose a smaller model, or close other tabs and try again.',
      };
    case 'backend-unavailable':
    case 'device-lost':
    case 'self-check-failed':
    case 'engine-failed':
    case 'cache-misaligned':
    case 'too-many-patches':
    case 'disposed':
      return {
        title: 'The engine gave up',
        todo: 'Try again. If it happens again, choose the engine WASM below: slower, and works everywhere.',
      };
    case 'usage':
    case 'write-failed':
      return { title: 'Something went wrong', todo: 'Try again.' };
  }
}

export function Trouble() {
  const { controller } = useLive();
  const phase = useLiveState((state) => state.phase);
  if (phase.kind !== 'failed') return null;
  const { code, message, detail } = phase.error;
  const { title, todo } = adviceFor(code);
  return (
    <div className="trouble" role="alert">
      <h2>{title}</h2>
      <p>{todo}</p>
      {!code.startsWith('mic-') && <p className="trouble-said">{message}</p>}
      <div className="trouble-buttons">
        <button type="button" className="primary" onClick={() => void controller.start(controller.source)}>
          Try again
        </button>
      </div>
      <details>
        <summary>Details</summary>
        <p className="trouble-said">
          {code}: {message}
          {detail === undefined ? '' : ` (${detail})`}
        </p>
      </details>
    </div>
  );
}
