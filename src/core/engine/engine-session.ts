/**
 * The engine's two interfaces. A session runs chunks; a state is what a stream remembers. The state is a value: it goes into
 * `step`, it is used up there, and the one that comes back is the only live one.
 */
import type { ModelCard } from '../model/card.ts';
import type { Segment } from '../stream/segments.ts';

/** Opaque to everyone but the session that made it. */
export interface EngineState {
  /** Cached tokens per layer (0 before the first chunk of an unprimed stream). */
  readonly tokens: number;
}

export interface StepResult {
  /** The model's raw output, row-major [rows, classes]; one row, except for the `dm` pooling (one per time patch). */
  readonly output: Float32Array;
  readonly state: EngineState;
}

export interface EngineSession {
  readonly card: ModelCard;
  readonly backend: BackendInfo;
  /** What the model remembers before any sound: the silence state of this card, or nothing at all (`none`). */
  initialState(priming?: Priming): Promise<EngineState>;
  /** Runs one segment of 16..targetFrames frames. `state` is consumed, also when this rejects. Safe to call again before it resolves. */
  step(segment: Segment, state: EngineState): Promise<StepResult>;
  /** Gives a state's tensors back. A consumed or discarded state may be passed again. */
  discard(state: EngineState): Promise<void>;
  dispose(): Promise<void>;
}

/** `silence`: start from the cache that one call of zeros leaves, as the reference's script does; `none`: start without a cache. */
export type Priming = 'silence' | 'none';

export type BackendKind = 'webgpu' | 'wasm' | 'node';

/** Which engine runs, and why that one: shown to people as it is. */
export interface BackendInfo {
  readonly kind: BackendKind;
  /** For people: "WebGPU, Apple M2", "WASM, 1 thread". */
  readonly label: string;
  /** Why it was chosen: "forced", "no WebGPU adapter", "faster in a race: 6 ms against 25 ms". */
  readonly reason: string;
}
