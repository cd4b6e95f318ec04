/**
 * Runs one model in an engine's worker of its own, on WASM, and ends the worker: its memory is free again. For measuring what was
 * installed. Page thread; the worker is passed in, so the tests bring a fake.
 */

import { EarshotError, fromWireError } from '../core/errors.ts';
import { DIFFERENCE_CLIP, scoreDifference } from '../core/model/precision.ts';
import type { FromWorker, ToWorker, WithoutId } from '../core/protocol/messages.ts';
import type { Measured, MeasureRequest } from './install-messages.ts';

/** What is needed of a worker. */
export interface WorkerLike<To, From> {
  postMessage(message: To, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent<From>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  onmessageerror: ((event: MessageEvent) => void) | null;
  terminate(): void;
}
export type EngineWorker = WorkerLike<ToWorker, FromWorker>;

export interface MeasurePorts {
  readonly spawnEngine: () => EngineWorker;
  /** The bundled sample that every card's difference is measured on. */
  readonly fetchClip: () => Promise<File>;
}

const LANE = 'measure';

interface RunResult {
  readonly selfCheck: Float32Array;
  /** [chunks][classes]; empty without a clip. */
  readonly clip: readonly Float32Array[];
  readonly engine: string;
}

/** `onShare`: how much is done, 0 to 1. @throws EarshotError; `bad-weights` when the model's scores are no numbers. */
export async function measureModel(
  { modelUrl, referenceUrl }: MeasureRequest,
  { spawnEngine, fetchClip }: MeasurePorts,
  signal: AbortSignal,
  onShare: (share: number) => void,
): Promise<Measured> {
  const clip = referenceUrl === null ? null : await fetchClip();
  const runs = referenceUrl === null ? 1 : 2;
  const share = (run: number) => (done: number) => onShare((run + done) / runs);
  // One after the other: two large models at once may be more than there is room for.
  const reference = referenceUrl === null ? null : await runModel(referenceUrl, clip, spawnEngine, signal, share(0));
  const model = await runModel(modelUrl, clip, spawnEngine, signal, share(runs - 1));
  if (!model.selfCheck.every((score) => Number.isFinite(score))) {
    throw new EarshotError('bad-weights', 'The model does not work: its scores are not numbers.');
  }
  return {
    selfCheck: Array.from(model.selfCheck, (score) => Number(score.toFixed(6))),
    difference: reference && {
      ...scoreDifference(reference.clip, model.clip),
      clip: DIFFERENCE_CLIP,
      engine: model.engine,
    },
  };
}

function runModel(
  modelUrl: string,
  clip: File | null,
  spawn: () => EngineWorker,
  signal: AbortSignal,
  onShare: (share: number) => void,
): Promise<RunResult> {
  const worker = spawn();
  let end = (_: EarshotError): void => undefined;
  const stopped = new Promise<never>((_, reject) => {
    end = reject;
  });
  const stop = (): void => end(new EarshotError('cancelled', 'The installation was stopped.'));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  worker.onerror = (event) => end(new EarshotError('engine-failed', event.message || 'The engine stopped.'));
  worker.onmessageerror = () => end(new EarshotError('engine-failed', 'A message from the engine could not be read.'));
  const engine = new EngineTalk(worker, onShare);
  return Promise.race([engine.run(modelUrl, clip), stopped]).finally(() => {
    signal.removeEventListener('abort', stop);
    worker.onmessage = worker.onerror = worker.onmessageerror = null;
    worker.terminate();
  });
}

type Request = WithoutId<ToWorker>;

interface Pending {
  readonly id: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

class EngineTalk {
  readonly #worker: EngineWorker;
  readonly #onShare: (share: number) => void;
  readonly #clip: Float32Array[] = [];
  #selfCheck = new Float32Array(0);
  #engine = '';
  #durationS: number | null = null;
  #nextId = 1;
  #pending: Pending | null = null;

  constructor(worker: EngineWorker, onShare: (share: number) => void) {
    this.#worker = worker;
    this.#onShare = onShare;
    worker.onmessage = ({ data }) => this.#receive(data);
  }

  async run(modelUrl: string, clip: File | null): Promise<RunResult> {
    await this.#request({
      type: 'load',
      lane: LANE,
      modelUrl,
      backend: 'wasm',
      framing: 'continuous',
      priming: 'silence',
    });
    await this.#request({ type: 'self-check', lane: LANE });
    if (clip) await this.#request({ type: 'read', file: clip, name: clip.name });
    return { selfCheck: this.#selfCheck, clip: this.#clip, engine: this.#engine };
  }

  #request(request: Request): Promise<void> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending = { id, resolve, reject };
      this.#worker.postMessage({ ...request, id } as ToWorker, []);
    });
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case 'done':
        this.#settle(message.id)?.resolve();
        return;
      case 'failed':
        this.#settle(message.id)?.reject(fromWireError(message.error));
        return;
      case 'lost':
        this.#pending?.reject(fromWireError(message.error));
        return;
      case 'loaded':
        this.#engine = `onnxruntime-web ${message.backend.label}`;
        return;
      case 'self-checked':
        this.#selfCheck = Float32Array.from(message.scores);
        return;
      case 'tags':
        this.#clip.push(Float32Array.from(message.frame.probabilities));
        return;
      case 'file':
        this.#durationS = message.info.durationS;
        return;
      case 'progress':
        if (this.#durationS) this.#onShare(Math.min(1, message.scoredS / this.#durationS));
        return;
      default:
      // What else an engine tells is for a page that listens.
    }
  }

  #settle(id: number): Pending | null {
    const pending = this.#pending;
    if (pending?.id !== id) return null;
    this.#pending = null;
    return pending;
  }
}
