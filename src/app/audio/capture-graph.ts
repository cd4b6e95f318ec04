/**
 * The audio graph every input shares: a context at the device's own rate, the capture worklet, the ring it writes to. Sources are
 * connected to `node`. The node's silent output leads to the destination, which keeps it running and is not heard.
 */
import captureUrl from '../../../worklets/capture.ts?worker&url';
import { EarshotError } from '../../core/errors.ts';
import type { CaptureProcessorName, ToCapture } from '../../core/protocol/capture-messages.ts';
import { createRing, transferOf } from '../../core/ring/open.ts';
import type { RingHandle } from '../../core/ring/ring.ts';
import type { Hertz } from '../../core/units.ts';
import type { Scope } from './scope.ts';

export type RingForm = 'auto' | 'shared' | 'port';

export interface GraphOptions {
  /** 'auto': shared memory where the page is isolated and can wait for it, else a port; `?ring=port` in the address forces the port. */
  readonly ring?: RingForm;
  /** The context's rate where the device's default will not do. */
  readonly rateHz?: Hertz;
}

export interface CaptureGraph {
  readonly context: AudioContext;
  readonly node: AudioWorkletNode;
  openHandle(): RingHandle;
}

/** Whether shared memory can be used and waited for without blocking. */
function wantsShared(form: RingForm): boolean {
  const can = crossOriginIsolated && typeof Atomics.waitAsync === 'function';
  if (form === 'auto') return can && new URLSearchParams(location.search).get('ring') !== 'port';
  if (form === 'shared' && !can)
    throw new TypeError('ring "shared" needs a cross-origin isolated page with Atomics.waitAsync');
  return form === 'shared';
}

/** @throws EarshotError audio-unavailable, with what to do about it. */
export async function openCaptureGraph(scope: Scope, options: GraphOptions = {}): Promise<CaptureGraph> {
  if (!isSecureContext) {
    throw new EarshotError(
      'audio-unavailable',
      'Browsers capture sound only on https:// pages and localhost. Open this page that way.',
    );
  }
  if (typeof AudioContext === 'undefined' || typeof AudioWorkletNode === 'undefined') {
    throw new EarshotError(
      'audio-unavailable',
      'This browser has no AudioWorklet. Use a current Chrome, Edge, Firefox or Safari.',
    );
  }
  const shared = wantsShared(options.ring ?? 'auto');
  try {
    const context = new AudioContext({
      latencyHint: 'balanced',
      ...(options.rateHz === undefined ? {} : { sampleRate: options.rateHz }),
    });
    scope.add(() => (context.state === 'closed' ? undefined : context.close()));
    await context.audioWorklet.addModule(captureUrl);
    const name: CaptureProcessorName = 'earshot-capture';
    const node = new AudioWorkletNode(context, name, {
      numberOfInputs: 1,
      numberOfOutputs: 1,
      outputChannelCount: [1],
    });
    node.connect(context.destination);
    const tell = (message: ToCapture, transfer: Transferable[] = []): void => node.port.postMessage(message, transfer);
    scope.add(() => {
      tell({ type: 'stop' });
      node.disconnect();
      node.port.close();
    });

    const newRing = (): RingHandle => {
      const ring = shared
        ? createRing({ rateHz: context.sampleRate, shared })
        : createRing({ rateHz: context.sampleRate, shared, channel: new MessageChannel() });
      tell({ type: 'ring', handle: ring.writerHandle }, portsOf(ring.writerHandle));
      return ring.readerHandle;
    };
    // Capture begins with the first handle: sound from before anybody listened would come late and all at once.
    let next: RingHandle | null = null;
    return {
      context,
      node,
      openHandle: () => {
        // A port is spent with its reader; shared memory is there for the next one.
        const handle = next ?? newRing();
        next = shared ? handle : null;
        return handle;
      },
    };
  } catch (cause) {
    throw new EarshotError(
      'audio-unavailable',
      'The browser could not start its audio engine. Reload the page, or restart the browser.',
      {
        cause,
      },
    );
  }
}

const portsOf = (handle: RingHandle): Transferable[] =>
  transferOf(handle).filter((port): port is MessagePort => port instanceof MessagePort);

/**
 * Lets sound through: now where the browser allows it, else at the person's next press. `told(true)` while it is held back,
 * also when the system interrupts later (a call, sleep).
 */
export function keepRunning(scope: Scope, context: AudioContext, told: (heldBack: boolean) => void): void {
  const resume = (): void => {
    if (context.state !== 'running' && context.state !== 'closed') void context.resume().catch(() => undefined);
  };
  const look = (): void => {
    if (!scope.ended) told(context.state !== 'running');
  };
  scope.listen(context, 'statechange', () => {
    look();
    resume();
  });
  for (const press of ['pointerdown', 'keydown']) scope.listen(document, press, resume);
  resume();
  // A context that starts takes a moment; one that may not start stays as it is and says nothing.
  const timer = setTimeout(look, 1000);
  scope.add(() => clearTimeout(timer));
}
