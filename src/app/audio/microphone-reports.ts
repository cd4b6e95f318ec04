/** What browsers say about microphones, in words for people. */
import { EarshotError } from '../../core/errors.ts';

const PROCESSING = [
  ['echoCancellation', 'echo cancellation'],
  ['noiseSuppression', 'noise suppression'],
  ['autoGainControl', 'automatic gain'],
] as const;

/** The settings a track really has; newer browsers name the kind of echo cancellation instead of saying true. */
export interface AppliedSettings {
  readonly echoCancellation?: boolean | string;
  readonly noiseSuppression?: boolean;
  readonly autoGainControl?: boolean;
}

/** One sentence for each kind of processing the browser kept on. Not saying is not taken for on. */
export function processingWarnings(applied: AppliedSettings): string[] {
  return PROCESSING.filter(([key]) => applied[key] !== undefined && applied[key] !== false).map(
    ([, name]) => `The browser kept ${name} on; steady and quiet sounds may be missed.`,
  );
}

/** @param chosen whether a certain device was asked for */
export function microphoneError(cause: unknown, chosen: boolean): EarshotError {
  const name = cause instanceof Error || cause instanceof DOMException ? cause.name : '';
  switch (name) {
    case 'NotAllowedError':
    case 'PermissionDeniedError':
    case 'SecurityError':
      return new EarshotError(
        'mic-denied',
        'The microphone was not allowed. Allow it for this page beside the address bar (and in the system’s privacy settings), then press Listen again.',
        { cause },
      );
    case 'NotFoundError':
    case 'DevicesNotFoundError':
    case 'OverconstrainedError':
      return new EarshotError(
        'mic-missing',
        chosen
          ? 'The chosen microphone is not there. Plug it in or choose another.'
          : 'No microphone was found. Plug one in, then press Listen again.',
        { cause },
      );
    case 'NotReadableError':
    case 'TrackStartError':
    case 'AbortError':
      return new EarshotError(
        'mic-busy',
        'The microphone could not be started; another program may be using it. Close that program, then press Listen again.',
        { cause },
      );
    default:
      return new EarshotError(
        'audio-unavailable',
        'The browser could not open the microphone. Reload the page and try again.',
        {
          cause,
        },
      );
  }
}
