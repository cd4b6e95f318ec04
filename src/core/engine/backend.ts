/**
 * What an inference runtime must do for a session. Implemented in src/backends over onnxruntime; a fake in tests.
 * Implementations run one call at a time by themselves (the runtime is not safe against two).
 */
import type { StepGraph } from '../model/step-graph.ts';
import type { BackendInfo } from './engine-session.ts';

/** A tensor that stays where the runtime put it (a GPU buffer, for one). Whoever replaces it disposes it. */
export interface DeviceTensor {
  readonly dims: readonly number[];
  dispose(): void;
}

export interface HostTensor {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

export interface InferenceBackend {
  readonly info: BackendInfo;
  open(graph: StepGraph): Promise<GraphRunner>;
  /** Resolves when the device is gone, never otherwise. */
  readonly lost: Promise<string>;
  dispose(): Promise<void>;
}

export interface GraphRunner {
  /** Names as the runtime reports them, to be checked against the card. */
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** An empty state tensor (zero tokens). */
  empty(dims: readonly number[]): DeviceTensor;
  /** `feeds` in any mix of host and device tensors; `output` comes back to the host, every other output stays on the device. */
  run(feeds: ReadonlyMap<string, HostTensor | DeviceTensor>): Promise<{
    readonly output: HostTensor;
    readonly state: ReadonlyMap<string, DeviceTensor>;
  }>;
  dispose(): Promise<void>;
}
