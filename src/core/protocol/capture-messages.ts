/** What the page tells the capture worklet. Types only. */
import type { RingHandle } from '../ring/ring.ts';

export type ToCapture =
  /** Writes go to this ring from now on; a place reached before is kept. A port is transferred. */
  | { readonly type: 'ring'; readonly handle: RingHandle }
  /** The last of it is shown to the reader, then nothing more is written. */
  | { readonly type: 'stop' };

/** The processor's registered name. */
export type CaptureProcessorName = 'earshot-capture';
