/** The microphone as it is: no echo cancellation, no noise suppression, no automatic gain, in so far as the browser obeys. */
import { EarshotError } from '../../core/errors.ts';
import type { AudioInput } from './audio-input.ts';
import { openCaptureGraph, type RingForm } from './capture-graph.ts';
import { CapturedInput } from './captured-input.ts';
import { microphoneError, processingWarnings } from './microphone-reports.ts';
import { Scope } from './scope.ts';

export interface MicrophoneOptions {
  /** One of `listMicrophones`; without it, the system's default. */
  readonly deviceId?: string;
  /** Gives up: also a permission question that is still open. */
  readonly signal?: AbortSignal;
  /** For tests; see GraphOptions. */
  readonly ring?: RingForm;
}

const MUTED = 'The microphone is muted by the system or by a switch on it; only silence comes in.';

/**
 * Opens it; the browser may ask the person. Capture begins with the first `openHandle`.
 * @throws EarshotError mic-denied, mic-missing, mic-busy, audio-unavailable; the signal's reason when it was aborted.
 */
export async function openMicrophone(options: MicrophoneOptions = {}): Promise<AudioInput> {
  const { signal } = options;
  signal?.throwIfAborted();
  if (!isSecureContext || !('mediaDevices' in navigator)) {
    throw new EarshotError(
      'audio-unavailable',
      'Browsers open the microphone only on https:// pages and localhost. Open this page that way.',
    );
  }
  const scope = new Scope();
  try {
    const stream = await abortable(askForStream(options), signal, stopTracks);
    scope.add(() => stopTracks(stream));
    const track = stream.getAudioTracks()[0];
    if (!track)
      throw microphoneError(new DOMException('no audio track', 'NotFoundError'), options.deviceId !== undefined);

    const settings = track.getSettings();
    const ring = options.ring ?? 'auto';
    let graph = await openCaptureGraph(scope, { ring });
    let source: MediaStreamAudioSourceNode;
    try {
      source = graph.context.createMediaStreamSource(stream);
    } catch (cause) {
      // Firefox connects a microphone only to a context at the microphone's own rate.
      if (settings.sampleRate === undefined) throw cause;
      await graph.context.close();
      graph = await openCaptureGraph(scope, { ring, rateHz: settings.sampleRate });
      source = graph.context.createMediaStreamSource(stream);
    }
    signal?.throwIfAborted();

    const deviceId = settings.deviceId ?? null;
    const input = new CapturedInput({ kind: 'microphone', label: track.label || 'Microphone', deviceId }, graph, scope);
    for (const sentence of processingWarnings(settings)) input.warn(sentence, true);
    input.warn(MUTED, track.muted);
    scope.listen(track, 'mute', () => input.warn(MUTED, true));
    scope.listen(track, 'unmute', () => input.warn(MUTED, false));
    scope.listen(track, 'ended', () => input.end('unplugged'));
    source.connect(graph.node);
    scope.add(() => source.disconnect());
    if (track.readyState === 'ended') input.end('unplugged');
    return input;
  } catch (error) {
    await scope.dispose();
    signal?.throwIfAborted();
    throw error instanceof EarshotError ? error : microphoneError(error, options.deviceId !== undefined);
  }
}

function askForStream({ deviceId }: MicrophoneOptions): Promise<MediaStream> {
  return navigator.mediaDevices.getUserMedia({
    video: false,
    audio: {
      echoCancellation: false,
      noiseSuppression: false,
      autoGainControl: false,
      channelCount: { ideal: 1 },
      ...(deviceId === undefined ? {} : { deviceId: { exact: deviceId } }),
    },
  });
}

const stopTracks = (stream: MediaStream): void => {
  for (const track of stream.getTracks()) track.stop();
};

/** Rejects at the abort; what `work` still brings is let go. */
function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined, letGo: (value: T) => void): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason);
      work.then(letGo, () => undefined);
    };
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Before the person allowed one, browsers name none: then the list is empty. */
export async function listMicrophones(): Promise<readonly { readonly deviceId: string; readonly label: string }[]> {
  if (!('mediaDevices' in navigator)) return [];
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter(({ kind, deviceId }) => kind === 'audioinput' && deviceId !== '')
    .map(({ deviceId, label }, i) => ({ deviceId, label: label || `Microphone ${i + 1}` }));
}

/** Told when a device came or went: ask `listMicrophones` again. Returns how to stop it. */
export function watchMicrophones(listener: () => void): () => void {
  if (!('mediaDevices' in navigator)) return () => undefined;
  const { mediaDevices } = navigator;
  mediaDevices.addEventListener('devicechange', listener);
  return () => mediaDevices.removeEventListener('devicechange', listener);
}
