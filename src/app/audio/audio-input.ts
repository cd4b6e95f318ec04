import type { RingHandle } from '../../core/ring/ring.ts';
import type { Hertz } from '../../core/units.ts';

/** Sound that is coming in now, through the capture worklet into a ring. */
export interface AudioInput {
  readonly kind: 'microphone' | 'sample' | 'tab';
  /** The device's or clip's name. */
  readonly label: string;
  readonly deviceId: string | null;
  readonly rateHz: Hertz;
  /** Sentences for people, e.g. "The browser kept echo cancellation on; steady sounds may be missed." Those that hold now. */
  readonly warnings: readonly string[];
  /** Told when `warnings` changed. Absent where they never do. */
  onWarnings?(listener: (warnings: readonly string[]) => void): () => void;
  /**
   * A handle for a worker. Asked again after a worker died: over shared memory the new reader goes on where the dead one stopped
   * (20 s may wait); over a port, where capture is now. What is missing is told as lost. A sample begins to play when first asked.
   */
  openHandle(): RingHandle;
  /** Told once when the source ends by itself: unplugged, permission withdrawn, clip over. */
  onEnded(listener: (reason: InputEnd) => void): () => void;
  dispose(): Promise<void>;
}

export type InputEnd = 'unplugged' | 'finished' | 'failed';
