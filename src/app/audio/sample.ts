/** A clip played through the same worklet, so that the app can be tried without a microphone. */
import { EarshotError } from '../../core/errors.ts';
import type { AudioInput } from './audio-input.ts';
import { openCaptureGraph, type RingForm } from './capture-graph.ts';
import { CapturedInput } from './captured-input.ts';
import { Scope } from './scope.ts';

const LEAD_S = 0.2;

export interface SampleOptions {
  readonly url: string;
  /** Whether the person hears it too. */
  readonly audible: boolean;
  /** Over and over, without an end. */
  readonly loop?: boolean;
  readonly signal?: AbortSignal;
  /** For tests; see GraphOptions. */
  readonly ring?: RingForm;
}

/**
 * Ready to play; plays from the first `openHandle` on, so that a model that takes long to load misses nothing of it. After the end
 * (`onEnded`: finished) silence follows until `dispose`.
 * @throws EarshotError download-failed, bad-audio-file, audio-unavailable; the signal's reason when it was aborted.
 */
export async function openSample(options: SampleOptions): Promise<AudioInput> {
  const { url, audible, loop = false, signal } = options;
  signal?.throwIfAborted();
  const scope = new Scope();
  try {
    const bytes = await download(url, signal);
    const graph = await openCaptureGraph(scope, { ring: options.ring ?? 'auto' });
    const clip = await decode(graph.context, bytes);
    signal?.throwIfAborted();
    const source = new AudioBufferSourceNode(graph.context, { buffer: clip, loop });
    source.connect(graph.node);
    if (audible) source.connect(graph.context.destination);
    scope.add(() => source.disconnect());

    let playing = false;
    const open = () => {
      const handle = graph.openHandle();
      // A moment later, so that the worklet has its ring by then and the clip's first sound is not missed.
      if (!playing && !scope.ended) source.start(graph.context.currentTime + LEAD_S);
      playing = true;
      return handle;
    };
    const input = new CapturedInput({ kind: 'sample', label: nameOf(url), deviceId: null }, graph, scope, open);
    scope.listen(source, 'ended', () => input.end('finished'));
    return input;
  } catch (error) {
    await scope.dispose();
    throw error;
  }
}

async function download(url: string, signal: AbortSignal | undefined): Promise<ArrayBuffer> {
  try {
    const response = await fetch(url, signal ? { signal } : {});
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return await response.arrayBuffer();
  } catch (cause) {
    signal?.throwIfAborted();
    throw new EarshotError(
      'download-failed',
      `The sample sound ${nameOf(url)} could not be loaded. Check the connection.`,
      { cause },
    );
  }
}

async function decode(context: AudioContext, bytes: ArrayBuffer): Promise<AudioBuffer> {
  try {
    return await context.decodeAudioData(bytes);
  } catch (cause) {
    throw new EarshotError('bad-audio-file', 'The sample sound is not a kind of audio this browser can read.', {
      cause,
    });
  }
}

/** The file's name without folder and ending; `data:` and `blob:` addresses have none. */
function nameOf(url: string): string {
  if (/^(data|blob):/.test(url)) return 'sample';
  const file = new URL(url, location.href).pathname.split('/').at(-1) ?? '';
  return decodeURIComponent(file).replace(/\.[^.]+$/, '') || 'sample';
}
