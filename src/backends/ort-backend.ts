/**
 * The runtime behind core's `InferenceBackend`, once for all of onnxruntime's packages: web (WASM, WebGPU) and Node share one API.
 * Every create, run and release goes through one queue per loaded runtime: two at a time corrupt it (see shared notes, ORT-WEB 5).
 */
import type { InferenceSession, Tensor, TensorConstructor } from 'onnxruntime-common';
import type { DeviceTensor, GraphRunner, HostTensor, InferenceBackend } from '../core/engine/backend.ts';
import type { BackendInfo } from '../core/engine/engine-session.ts';
import type { OneAtATime } from '../core/engine/one-at-a-time.ts';
import { assert, EarshotError } from '../core/errors.ts';
import type { StepGraph } from '../core/model/step-graph.ts';

/** What the packages have in common. */
export interface OrtModule {
  readonly InferenceSession: {
    create(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: TensorConstructor;
}

export interface OrtBackendOptions {
  readonly ort: OrtModule;
  /** One per loaded runtime, shared by its backends. */
  readonly queue: OneAtATime;
  readonly info: BackendInfo;
  readonly session: InferenceSession.SessionOptions;
  /** Where state tensors stay between steps. */
  readonly stateLocation: 'cpu' | 'gpu-buffer';
  readonly lost?: Promise<string>;
  readonly release?: () => void;
}

/** An onnxruntime tensor as core sees it. */
class OrtTensor implements DeviceTensor {
  readonly tensor: Tensor;
  constructor(tensor: Tensor) {
    this.tensor = tensor;
  }
  get dims(): readonly number[] {
    return this.tensor.dims;
  }
  dispose(): void {
    // Tensors in ordinary memory have nothing to give back (and throw on dispose in some packages).
    if (this.tensor.location === 'gpu-buffer') this.tensor.dispose();
  }
}

const isHost = (tensor: HostTensor | DeviceTensor): tensor is HostTensor => 'data' in tensor;

export class OrtBackend implements InferenceBackend {
  readonly info: BackendInfo;
  readonly lost: Promise<string>;
  readonly #options: OrtBackendOptions;

  constructor(options: OrtBackendOptions) {
    this.#options = options;
    this.info = options.info;
    this.lost = options.lost ?? new Promise(() => undefined);
  }

  async open(graph: StepGraph): Promise<GraphRunner> {
    const { ort, queue, session: sessionOptions, stateLocation } = this.#options;
    const session = await queue.run(() =>
      ort.InferenceSession.create(graph.onnx, {
        ...sessionOptions,
        externalData: [{ path: graph.weightsName, data: graph.weights }],
        ...(stateLocation === 'gpu-buffer' && {
          preferredOutputLocation: Object.fromEntries(
            graph.outputs.map((name) => [name, name === 'output' ? 'cpu' : 'gpu-buffer']),
          ),
        }),
      }).catch((error: unknown) => {
        throw new EarshotError('engine-failed', `The engine (${this.info.label}) could not open the model.`, {
          cause: error,
        });
      }),
    );
    return new OrtRunner(ort, queue, session);
  }

  async dispose(): Promise<void> {
    await this.#options.queue.run(() => this.#options.release?.());
  }
}

class OrtRunner implements GraphRunner {
  readonly #ort: OrtModule;
  readonly #queue: OneAtATime;
  #session: InferenceSession | null;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];

  constructor(ort: OrtModule, queue: OneAtATime, session: InferenceSession) {
    this.#ort = ort;
    this.#queue = queue;
    this.#session = session;
    this.inputNames = session.inputNames;
    this.outputNames = session.outputNames;
  }

  empty(dims: readonly number[]): DeviceTensor {
    return new OrtTensor(new this.#ort.Tensor('float32', new Float32Array(0), dims));
  }

  run(feeds: ReadonlyMap<string, HostTensor | DeviceTensor>) {
    return this.#queue.run(async () => {
      if (!this.#session) throw new EarshotError('disposed', 'This graph was closed.');
      const inputs: Record<string, Tensor> = {};
      for (const [name, tensor] of feeds) {
        if (isHost(tensor)) inputs[name] = new this.#ort.Tensor('float32', tensor.data, tensor.dims);
        else {
          assert(tensor instanceof OrtTensor, `${name} was made by this backend`);
          inputs[name] = tensor.tensor;
        }
      }
      const results = await this.#session.run(inputs);
      let output: HostTensor | null = null;
      const state = new Map<string, DeviceTensor>();
      for (const [name, tensor] of Object.entries(results)) {
        if (name !== 'output') {
          state.set(name, new OrtTensor(tensor));
          continue;
        }
        const { data } = tensor;
        assert(data instanceof Float32Array, 'the output is float32');
        output = { dims: tensor.dims, data };
      }
      assert(output, 'the graph has an output called "output"');
      return { output, state };
    });
  }

  dispose(): Promise<void> {
    return this.#queue.run(async () => {
      const session = this.#session;
      this.#session = null;
      await session?.release();
    });
  }
}
