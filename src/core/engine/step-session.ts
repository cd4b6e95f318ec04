/**
 * The engine's session over any backend: owns the graphs of one model and every state tensor. The one place where a replaced
 * tensor is disposed is `#give`.
 */
import { assert, EarshotError } from '../errors.ts';
import { cacheCapacity, type ModelCard } from '../model/card.ts';
import { packWeights } from '../model/pack-weights.ts';
import { buildStepGraph, type GraphForm, segmentTokens } from '../model/step-graph.ts';
import type { StateDict } from '../model/tensor.ts';
import type { Segment } from '../stream/segments.ts';
import type { DeviceTensor, GraphRunner, HostTensor, InferenceBackend } from './backend.ts';
import type { BackendInfo, EngineSession, EngineState, Priming, StepResult } from './engine-session.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { Patcher, Positions } from './patches.ts';

/** The carried tensors by input name; empty once consumed. */
class CarriedState implements EngineState {
  readonly owner: StepSession;
  readonly tokens: number;
  #tensors: ReadonlyMap<string, DeviceTensor> | null;

  constructor(owner: StepSession, tokens: number, tensors: ReadonlyMap<string, DeviceTensor>) {
    this.owner = owner;
    this.tokens = tokens;
    this.#tensors = tensors;
  }

  take(): ReadonlyMap<string, DeviceTensor> | null {
    const tensors = this.#tensors;
    this.#tensors = null;
    return tensors;
  }
}

export interface StepSessionOptions {
  readonly card: ModelCard;
  /** Tensors of model.safetensors, validated against the card (core/model/network). */
  readonly state: StateDict;
  readonly backend: InferenceBackend;
}

export class StepSession implements EngineSession {
  readonly card: ModelCard;
  readonly #state: StateDict;
  readonly #backend: InferenceBackend;
  readonly #patcher: Patcher;
  readonly #positions: Positions;
  readonly #queue = new OneAtATime();
  readonly #runners = new Map<GraphForm, GraphRunner>();
  #info: BackendInfo;
  #positionTables = new Map<string, Float32Array>();
  #live = 0;
  #disposed = false;

  private constructor({ card, state, backend }: StepSessionOptions) {
    this.card = card;
    this.#state = state;
    this.#backend = backend;
    this.#info = backend.info;
    this.#patcher = new Patcher(state, card);
    this.#positions = new Positions(state, card);
  }

  /** Builds and opens the graph of full segments; the other form is opened when a shorter one first comes. */
  static async open(options: StepSessionOptions): Promise<StepSession> {
    const session = new StepSession(options);
    await session.#queue.run(() => session.#runner('steady'));
    return session;
  }

  get backend(): BackendInfo {
    return this.#info;
  }

  /** Replaces what is said about the backend: why it was chosen is known only after a race. */
  describe(info: BackendInfo): void {
    this.#info = info;
  }

  /** State tensors alive now: a leak shows here first. */
  get liveTensors(): number {
    return this.#live;
  }

  async initialState(priming: Priming = 'silence'): Promise<EngineState> {
    const { network, features } = this.card;
    const empty = await this.#queue.run(async () => {
      const runner = await this.#runner('steady');
      const tensors = new Map(
        this.card.io.state.map(({ input, shape }) => {
          const width = shape.at(-1);
          assert(typeof width === 'number', `the last dimension of ${input} is a number`);
          return [input, runner.empty([1, 0, width])];
        }),
      );
      this.#live += tensors.size;
      return new CarriedState(this, 0, tensors);
    });
    if (priming === 'none' || network.family === 'full-context') return empty;
    // SPEC section 8: one call of cacheFrames / 100 seconds of zeros. All its frames are the floor; the cache takes no more than
    // one full segment of them.
    const frames = Math.min(network.cacheFrames, network.targetFrames);
    const silence = new Float32Array(frames * features.mels).fill(features.floorDb);
    const { state } = await this.step({ data: silence, frameCount: frames, paddedTo: frames }, empty);
    return state;
  }

  step(segment: Segment, state: EngineState): Promise<StepResult> {
    return this.#queue.run(async () => {
      if (this.#disposed) throw new EarshotError('disposed', 'This engine session was disposed.');
      assert(state instanceof CarriedState && state.owner === this, 'the state belongs to this session');
      const carried = state.take();
      assert(carried, 'a state is used once: the one that came back from its step is the live one');
      try {
        return await this.#run(segment, state.tokens, carried);
      } finally {
        this.#give(carried);
      }
    });
  }

  discard(state: EngineState): Promise<void> {
    return this.#queue.run(() => {
      if (state instanceof CarriedState && state.owner === this) this.#give(state.take());
    });
  }

  dispose(): Promise<void> {
    return this.#queue.run(async () => {
      if (this.#disposed) return;
      this.#disposed = true;
      for (const runner of this.#runners.values()) await runner.dispose();
      this.#runners.clear();
    });
  }

  async #run(segment: Segment, cached: number, carried: ReadonlyMap<string, DeviceTensor>): Promise<StepResult> {
    const { network, features, io, labels } = this.card;
    const { frameCount, data } = segment;
    if (data.length !== frameCount * features.mels) {
      throw new RangeError(
        `a segment of ${frameCount} frames has ${frameCount * features.mels} values, got ${data.length}`,
      );
    }
    const columns = this.#patcher.columns(segment);
    if (columns < 1) throw new EarshotError('too-short', `A segment needs at least 16 frames, got ${frameCount}.`);
    const rows = features.mels / network.patch;
    const fresh = rows * columns + (network.pooling === 'token' ? 1 : 0);
    const total = cached + fresh;
    const full = fresh === segmentTokens(network, network.targetFrames);
    const runner = await this.#runner(full || network.family === 'full-context' ? 'steady' : 'rolling');
    const feeds = new Map<string, HostTensor | DeviceTensor>(carried);
    feeds.set('patches', { dims: [1, rows * columns, network.patch ** 2], data: this.#patcher.patches(segment) });
    feeds.set('positions', { dims: [1, total, network.width], data: this.#table(cached, columns) });
    const { output, state } = await runner.run(feeds);
    this.#live += state.size;
    assert(output.data.length % labels.mids.length === 0, 'the output holds whole rows of classes');
    const next = new Map<string, DeviceTensor>();
    for (const spec of io.state) {
      const tensor = state.get(spec.output);
      assert(tensor, `the graph returned ${spec.output}`);
      next.set(spec.input, tensor);
    }
    const tokens = network.family === 'streaming' ? Math.min(total, cacheCapacity(network, features.mels)) : 0;
    return { output: output.data, state: new CarriedState(this, tokens, next) };
  }

  /** Positions depend on two small numbers that hardly ever change. */
  #table(cached: number, columns: number): Float32Array {
    const key = `${cached}+${columns}`;
    let table = this.#positionTables.get(key);
    if (!table) {
      table = this.#positions.table(cached, columns);
      if (this.#positionTables.size >= 8) this.#positionTables.clear();
      this.#positionTables.set(key, table);
    }
    return table;
  }

  #give(tensors: ReadonlyMap<string, DeviceTensor> | null): void {
    if (!tensors) return;
    for (const tensor of tensors.values()) tensor.dispose();
    this.#live -= tensors.size;
  }

  async #runner(form: GraphForm): Promise<GraphRunner> {
    const known = this.#runners.get(form);
    if (known) return known;
    const { card } = this;
    const classes = card.labels.mids.length;
    const graph = buildStepGraph(card.network, classes, form, packWeights(this.#state, card.network, classes));
    const runner = await this.#backend.open(graph);
    const expected = [...card.io.inputs.map(({ name }) => name), ...card.io.state.map(({ input }) => input)];
    const missing = expected.filter((name) => !runner.inputNames.includes(name));
    const extra = runner.inputNames.filter((name) => !expected.includes(name));
    if (missing.length > 0 || extra.length > 0) {
      await runner.dispose();
      throw new EarshotError(
        'card-mismatch',
        `The card of ${card.id} and its graph disagree: missing inputs [${missing.join(', ')}], unknown inputs [${extra.join(', ')}].`,
      );
    }
    this.#runners.set(form, runner);
    return runner;
  }
}
