/** What microphone and sample have in common: who they are, warnings that come and go, one end, one scope. */
import type { RingHandle } from '../../core/ring/ring.ts';
import type { Hertz } from '../../core/units.ts';
import type { AudioInput, InputEnd } from './audio-input.ts';
import { type CaptureGraph, keepRunning } from './capture-graph.ts';
import type { Scope } from './scope.ts';

export interface InputIdentity {
  readonly kind: AudioInput['kind'];
  readonly label: string;
  readonly deviceId: string | null;
}

const HELD_BACK = 'The browser is holding the sound back; press anywhere on the page to go on.';

export class CapturedInput implements AudioInput {
  readonly kind: AudioInput['kind'];
  readonly label: string;
  readonly deviceId: string | null;
  readonly rateHz: Hertz;
  readonly #scope: Scope;
  readonly #open: () => RingHandle;
  #warnings: readonly string[] = [];
  readonly #warned = new Set<(warnings: readonly string[]) => void>();
  readonly #ended = new Set<(reason: InputEnd) => void>();
  #end: InputEnd | null = null;

  /** `open`: called for each handle asked for. */
  constructor(identity: InputIdentity, graph: CaptureGraph, scope: Scope, open: () => RingHandle = graph.openHandle) {
    this.kind = identity.kind;
    this.label = identity.label;
    this.deviceId = identity.deviceId;
    this.rateHz = graph.context.sampleRate;
    this.#scope = scope;
    this.#open = open;
    keepRunning(scope, graph.context, (heldBack) => this.warn(HELD_BACK, heldBack));
    scope.listen(graph.node, 'processorerror', () => this.end('failed'));
    // Newer browsers say so when the device under a running context is gone.
    scope.listen(graph.context, 'error', () => this.end('failed'));
  }

  get warnings(): readonly string[] {
    return this.#warnings;
  }

  onWarnings(listener: (warnings: readonly string[]) => void): () => void {
    this.#warned.add(listener);
    return () => this.#warned.delete(listener);
  }

  onEnded(listener: (reason: InputEnd) => void): () => void {
    this.#ended.add(listener);
    // It may be over before anybody listened.
    const end = this.#end;
    if (end !== null) {
      queueMicrotask(() => {
        if (this.#ended.delete(listener)) listener(end);
      });
    }
    return () => this.#ended.delete(listener);
  }

  openHandle(): RingHandle {
    return this.#open();
  }

  dispose(): Promise<void> {
    this.#warned.clear();
    this.#ended.clear();
    return this.#scope.dispose();
  }

  /** Adds or takes away a sentence. */
  warn(sentence: string, holds: boolean): void {
    if (this.#warnings.includes(sentence) === holds) return;
    this.#warnings = holds ? [...this.#warnings, sentence] : this.#warnings.filter((other) => other !== sentence);
    for (const listener of this.#warned) listener(this.#warnings);
  }

  end(reason: InputEnd): void {
    if (this.#end !== null || this.#scope.ended) return;
    this.#end = reason;
    const listeners = [...this.#ended];
    this.#ended.clear();
    for (const listener of listeners) listener(reason);
  }
}
