/**
 * What the worker does, without being a worker: requests in through `handle`, announcements out through `post`. Testable in Node
 * with a fake engine. One stream of sound, any number of lanes on it; the ring is read once.
 */
import type { EngineRequest, OpenEngine } from '../backends/choose.ts';
import { LogMel } from '../core/dsp/log-mel.ts';
import type { BackendInfo } from '../core/engine/engine-session.ts';
import { OneAtATime } from '../core/engine/one-at-a-time.ts';
import { selfCheckScores } from '../core/engine/self-check.ts';
import { EarshotError, never, toWireError } from '../core/errors.ts';
import type { FileLike, MediaInfo } from '../core/media-info.ts';
import type { ModelCard } from '../core/model/card.ts';
import { storedFrontEnd } from '../core/model/stored-front-end.ts';
import type {
  BackendChoice,
  EngineHealth,
  FromWorker,
  HeardChunk,
  LaneId,
  LaneRun,
  LoadPhase,
  ToWorker,
} from '../core/protocol/messages.ts';
import { openReader } from '../core/ring/open.ts';
import type { RingBlock, RingReader } from '../core/ring/ring.ts';
import type { MelChunk } from '../core/stream/mel-chunk.ts';
import { StreamingTagger, type TaggerOptions } from '../core/tagger.ts';
import type { Seconds } from '../core/units.ts';
import { fnv1a } from './fnv.ts';
import { LevelMeter } from './level-meter.ts';
import { LiveLane } from './live-lane.ts';
import type { LoadedModel } from './load-model.ts';
import { WaveOutline } from './wave-outline.ts';

/** A file opened for reading (src/media). */
export interface MediaToRead {
  readonly info: MediaInfo;
  /** Mono blocks from second zero. What was yielded before an error stays good. */
  blocks(signal: AbortSignal): AsyncIterable<{ readonly samples: Float32Array; readonly rateHz: number }>;
  dispose(): void | Promise<void>;
}

/** Keeps what is heard, compressed (src/media). */
export interface Recorder {
  push(samples: Float32Array, rateHz: number): Promise<void>;
  gap(seconds: Seconds): Promise<void>;
  finish(): Promise<FileLike>;
  abort(): Promise<void>;
}

/** The world, passed in. */
export interface HostEnvironment {
  readonly post: (message: FromWorker, transfer?: Transferable[]) => void;
  /** Milliseconds since the epoch, monotonic, comparable between threads. */
  readonly now: () => number;
  readonly loadModel: (url: string, onBytes: (loaded: number, total: number | null) => void) => Promise<LoadedModel>;
  readonly openEngine: (request: Pick<EngineRequest, 'card' | 'state' | 'choice' | 'onPhase'>) => Promise<OpenEngine>;
  /** Resolves when the messages that wait now have been received. */
  readonly turn: () => Promise<void>;
  readonly openMedia: (file: FileLike, name: string) => Promise<MediaToRead>;
  readonly openRecorder: (rateHz: number) => Promise<Recorder>;
}

interface Lane {
  readonly live: LiveLane;
  readonly engine: OpenEngine;
  readonly steps: number[];
}

type LoadMessage = Extract<ToWorker, { readonly type: 'load' }>;

const LEVEL_EVERY_MS = 60;
const HEALTH_EVERY_MS = 500;
const WAVE_EVERY_MS = 500;
const BREATHE_EVERY_MS = 30;

export class WorkerHost {
  readonly #env: HostEnvironment;
  readonly #lanes = new Map<LaneId, Lane>();
  /** Loads, listening changes and pushes each wait for the one before. */
  readonly #requests = new OneAtATime();
  readonly #level = new LevelMeter();
  #listening: { readonly stop: () => void; readonly done: Promise<void> } | null = null;
  #watchMel = false;
  #heard: { samples: Float32Array[]; rateHz: number; chunks: HeardChunk[] } | null = null;
  /** Seconds to add to the lanes' own clocks: where listening began on the stream's clock. */
  #offsetS = 0;
  #clockS = 0;
  #scoredToS = 0;
  #lostS = 0;
  #dropped = 0;
  #levelAt = 0;
  #healthAt = 0;
  readonly #wave = new WaveOutline();
  #waveAt = 0;
  #breathedAt = 0;
  #reading: AbortController | null = null;
  /** `recorder` is opened with the first block, when the rate is known. */
  #recording: { recorder: Recorder | null; startS: Seconds; endS: Seconds } | null = null;

  constructor(env: HostEnvironment) {
    this.#env = env;
  }

  /** Answers every request with `done` or `failed`, once. Never rejects. */
  async handle(message: ToWorker): Promise<void> {
    // It must not wait for the reading that it ends.
    if (message.type === 'cancel-read') this.#reading?.abort();
    try {
      await this.#requests.run(() => this.#answer(message));
      this.#env.post({ type: 'done', id: message.id });
    } catch (error) {
      this.#env.post({ type: 'failed', id: message.id, error: toWireError(error) });
    }
  }

  async #answer(message: ToWorker): Promise<void> {
    switch (message.type) {
      case 'load':
        return this.#load(message);
      case 'listen':
        await this.#unlisten();
        await this.#resetLanes();
        this.#listen(openReader(message.source), message.startS);
        return;
      case 'unlisten':
        return this.#stopListening();
      case 'push':
        return this.#push(message.samples, message.rateHz);
      case 'finish':
        return this.#finish();
      case 'reset':
        return this.#resetLanes();
      case 'watch':
        this.#watchMel = message.mel;
        if (message.audio !== (this.#heard !== null)) {
          this.#heard = message.audio ? { samples: [], rateHz: 0, chunks: [] } : null;
        }
        return;
      case 'take-heard':
        return this.#giveHeard();
      case 'self-check':
        return this.#selfCheck(message.lane);
      case 'lose-device':
        for (const { engine } of this.#lanes.values()) engine.loseDevice?.();
        return;
      case 'dispose':
        return this.#dispose();
      case 'read':
        return this.#read(message.file, message.name);
      case 'cancel-read':
        return; // Done before the queue; see `handle`.
      case 'record':
        this.#recording ??= { recorder: null, startS: 0, endS: 0 };
        return;
      case 'end-record':
        return this.#endRecord(message.keep);
      default:
        return never(message);
    }
  }

  async #load(message: LoadMessage): Promise<void> {
    const { lane: laneId, modelUrl, backend: choice } = message;
    let bytes = { loadedBytes: 0, totalBytes: null as number | null };
    const phase = (name: LoadPhase): void => {
      this.#env.post({ type: 'loading', lane: laneId, phase: name, ...bytes });
    };
    phase('card');
    const { card, state } = await this.#env.loadModel(modelUrl, (loadedBytes, totalBytes) => {
      bytes = { loadedBytes, totalBytes };
      phase('weights');
    });
    const settled = this.#settledChoice(choice);
    const engine = await this.#env.openEngine({ card, state, choice: settled, onPhase: phase });
    const { session, backend } = engine;
    // Nobody chose it by hand: it follows the first lane.
    if (settled !== choice) session.describe({ ...session.backend, reason: 'as the first lane found best' });
    const { features } = card;
    const tagger = new StreamingTagger({
      session,
      logMel: new LogMel(features, storedFrontEnd(card, state)),
      ...(message.framing && { framing: message.framing }),
      ...(message.chunkSeconds && { chunkSeconds: message.chunkSeconds }),
      ...(message.priming && { priming: message.priming }),
      ...this.#runOptions(card, message.run),
      onFrames: (startFrame, frameCount, data) => {
        // One spectrogram for all lanes: they hear the same samples.
        if (!this.#watchMel || this.#lanes.keys().next().value !== laneId) return;
        const offset = Math.round((this.#offsetS * card.audio.sampleRateHz) / features.hopSamples);
        const copy = data.slice();
        this.#env.post({ type: 'mel', startFrame: startFrame + offset, frameCount, mels: features.mels, data: copy }, [
          copy.buffer,
        ]);
      },
    });
    await this.#disposeLane(laneId);
    const steps: number[] = [];
    const live = new LiveLane(
      tagger,
      {
        tags: (frame, timing) => {
          steps.push(timing.computeMs);
          if (steps.length > 9) steps.shift();
          const moved = { ...frame, startS: frame.startS + this.#offsetS, endS: frame.endS + this.#offsetS };
          this.#scoredToS = moved.endS;
          this.#env.post({ type: 'tags', lane: laneId, frame: moved, timing });
          this.#postHealth(true);
        },
        dropped: (chunk) => {
          this.#dropped++;
          this.#gap(laneId, chunk, 'engine-slow');
        },
        failed: (error) => this.#stepFailed(laneId, error),
      },
      this.#env.now,
    );
    this.#lanes.set(laneId, { live, engine, steps });
    void backend.lost.then((why) => {
      if (this.#lanes.get(laneId)?.engine !== engine) return;
      this.#env.post({
        type: 'lost',
        error: { code: 'device-lost', message: 'The graphics device was lost.', ...(why && { detail: why }) },
      });
    });
    this.#env.post({ type: 'loaded', lane: laneId, card, backend: session.backend });
    this.#postHealth(true);
  }

  async #selfCheck(laneId: LaneId): Promise<void> {
    const lane = this.#lanes.get(laneId);
    if (!lane) throw new EarshotError('usage', `No model is loaded as "${laneId}".`);
    this.#env.post({ type: 'self-checked', lane: laneId, scores: await selfCheckScores(lane.engine.session) });
  }

  #runOptions(card: ModelCard, run: LaneRun | undefined): Pick<TaggerOptions, 'memory' | 'strideSeconds'> {
    if (card.network.family === 'streaming') return run?.memory === 'off' ? { memory: false } : {};
    return run?.recompute === 'second' ? { strideSeconds: 1 } : {};
  }

  /** The second lane runs where the first one was found to run best; a worker holds one runtime. */
  #settledChoice(choice: BackendChoice): BackendChoice {
    const first = this.#lanes.values().next().value;
    if (choice !== 'auto' || !first) return choice;
    return first.engine.session.backend.kind === 'webgpu' ? 'webgpu' : 'wasm';
  }

  #listen(reader: RingReader, startS: number): void {
    this.#offsetS = startS;
    this.#clockS = startS;
    this.#scoredToS = startS;
    this.#lostS = 0;
    this.#dropped = 0;
    this.#wave.reset();
    let first = true;
    let open = true;
    const pump = async (): Promise<void> => {
      while (open) {
        await reader.wait();
        if (!open) return;
        for (const block of reader.drain()) {
          // A reader that takes over from a dead one starts where capture is now.
          if (first) {
            this.#offsetS = startS + block.start / reader.rateHz;
            this.#wave.skip(block.start / reader.rateHz);
          }
          await this.#hearBlock(block, reader.rateHz, first, startS);
          first = false;
        }
      }
    };
    const done = pump().catch((error: unknown) => {
      this.#env.post({ type: 'lost', error: toWireError(error) });
    });
    const stop = (): void => {
      open = false;
      reader.close();
    };
    this.#listening = { stop, done };
  }

  async #hearBlock(block: RingBlock, rateHz: number, first: boolean, startS: number): Promise<void> {
    const { samples, start, lostBefore } = block;
    const blockS = startS + start / rateHz;
    if (lostBefore > 0 && !first) {
      this.#lostS += lostBefore / rateHz;
      this.#env.post({
        type: 'gap',
        lane: null,
        startS: blockS - lostBefore / rateHz,
        endS: blockS,
        reason: 'capture-lost',
      });
      for (const { live } of this.#lanes.values()) await live.tagger.skip(lostBefore, rateHz);
      this.#wave.skip(lostBefore / rateHz);
    }
    await this.#record(samples, rateHz, blockS);
    this.#wave.push(samples, rateHz);
    this.#clockS = blockS + samples.length / rateHz;
    this.#keep(samples, rateHz);
    this.#level.add(samples);
    try {
      for (const [laneId, { live }] of this.#lanes) this.#noteChunks(laneId, await live.hear(samples, rateHz));
    } catch (error) {
      // A driver fault, refused by the first lane before any took it in: lost, like samples that never came.
      if (!(error instanceof EarshotError && error.code === 'bad-samples')) throw error;
      this.#lostS += samples.length / rateHz;
      this.#env.post({ type: 'gap', lane: null, startS: blockS, endS: this.#clockS, reason: 'bad-samples' });
      for (const { live } of this.#lanes.values()) await live.tagger.skip(samples.length, rateHz);
    }
    const now = this.#env.now();
    if (now - this.#levelAt >= LEVEL_EVERY_MS) {
      this.#levelAt = now;
      this.#env.post({ type: 'level', ...this.#level.take(), clockS: this.#clockS });
    }
    this.#postHealth(false);
    if (now - this.#waveAt >= WAVE_EVERY_MS) {
      this.#waveAt = now;
      this.#postProgress(this.#clockS, this.#scoredToS);
    }
  }

  async #record(samples: Float32Array, rateHz: number, blockS: Seconds): Promise<void> {
    const recording = this.#recording;
    if (!recording) return;
    if (!recording.recorder) {
      recording.recorder = await this.#env.openRecorder(rateHz);
      recording.startS = blockS;
      recording.endS = blockS;
    }
    // Lost sound, or the moment between two microphones: silence, so that the recording keeps the stream's clock.
    const missingS = blockS - recording.endS;
    if (missingS > 0.001) await recording.recorder.gap(missingS);
    await recording.recorder.push(samples, rateHz);
    recording.endS = blockS + samples.length / rateHz;
  }

  async #endRecord(keep: boolean): Promise<void> {
    const recording = this.#recording;
    this.#recording = null;
    if (!recording?.recorder) return;
    if (!keep) return recording.recorder.abort();
    const file = await recording.recorder.finish();
    this.#env.post({ type: 'recorded', file, startS: recording.startS, endS: recording.endS });
  }

  #postProgress(readS: Seconds, scoredS: Seconds): void {
    const peaks = this.#wave.take();
    this.#env.post({ type: 'progress', readS, scoredS, peaks }, [peaks.buffer]);
  }

  /** Asked for by the page: what was heard before is scored to its last sound, as a file's tail is. */
  async #stopListening(): Promise<void> {
    if (!this.#listening) return;
    this.#listening.stop();
    await this.#listening.done;
    for (const { live } of this.#lanes.values()) await live.idle();
    try {
      await this.#finish(this.#offsetS);
      this.#scoredToS = this.#clockS;
    } catch (error) {
      // Stopped before there was enough for one patch: nothing to score, and no fault.
      if (!(error instanceof EarshotError && error.code === 'too-short')) {
        this.#env.post({ type: 'lost', error: toWireError(error) });
      }
    }
    await this.#unlisten();
  }

  async #unlisten(): Promise<void> {
    const listening = this.#listening;
    this.#listening = null;
    if (!listening) return;
    listening.stop();
    await listening.done;
    for (const { live } of this.#lanes.values()) {
      live.clear();
      await live.idle();
    }
    this.#postProgress(this.#clockS, this.#scoredToS);
  }

  /** From a file or a test: nothing is dropped, the answer comes when all of it is scored. */
  async #push(samples: Float32Array, rateHz: number): Promise<void> {
    this.#keep(samples, rateHz);
    for (const [laneId, { live }] of this.#lanes) {
      const chunks = await live.tagger.hear(samples, rateHz);
      this.#noteChunks(laneId, chunks);
      for (const chunk of chunks) await this.#scoreNow(laneId, live, chunk);
    }
  }

  /** A file from its first sound to its last, by way of the same `hear` and `score`. */
  async #read(file: FileLike, name: string): Promise<void> {
    await this.#unlisten();
    await this.#resetLanes();
    this.#wave.reset();
    const reading = new AbortController();
    this.#reading = reading;
    let readS = 0;
    try {
      const media = await this.#env.openMedia(file, name);
      try {
        this.#env.post({ type: 'file', info: media.info });
        for await (const { samples, rateHz } of media.blocks(reading.signal)) {
          if (reading.signal.aborted) break;
          this.#wave.push(samples, rateHz);
          readS += samples.length / rateHz;
          for (const [laneId, { live }] of this.#lanes) {
            const chunks = await live.tagger.hear(samples, rateHz);
            this.#noteChunks(laneId, chunks);
            for (const chunk of chunks) {
              if (!reading.signal.aborted) await this.#scoreNow(laneId, live, chunk);
            }
          }
          this.#postProgress(readS, readS);
          // Without this only microtasks run between blocks, and a `cancel-read` would never be heard.
          await this.#breathe();
        }
      } catch (error) {
        // A file that breaks off: what came before is scored to its last sound, then the trouble is told.
        if (!reading.signal.aborted && readS > 0) await this.#finishRead(readS).catch(() => undefined);
        throw error;
      } finally {
        await media.dispose();
      }
      if (!reading.signal.aborted) await this.#finishRead(readS);
    } catch (error) {
      if (!reading.signal.aborted) throw error;
    } finally {
      this.#reading = null;
    }
    if (reading.signal.aborted) throw new EarshotError('cancelled', `Reading ${name} was stopped.`);
  }

  /** Gives waiting messages their turn, at most every `BREATHE_EVERY_MS`: a turn costs, too. */
  async #breathe(): Promise<void> {
    if (this.#env.now() - this.#breathedAt < BREATHE_EVERY_MS) return;
    await this.#env.turn();
    this.#breathedAt = this.#env.now();
  }

  async #finishRead(readS: Seconds): Promise<void> {
    await this.#finish();
    this.#postProgress(readS, readS);
  }

  async #scoreNow(laneId: LaneId, live: LiveLane, chunk: MelChunk): Promise<void> {
    const began = this.#env.now();
    const frame = await live.tagger.score(chunk);
    const timing = { heardAtMs: began, queueMs: 0, computeMs: this.#env.now() - began, melMs: 0 };
    this.#env.post({ type: 'tags', lane: laneId, frame, timing });
  }

  /** `offsetS`: where the lanes' clocks began on the stream's. */
  async #finish(offsetS: Seconds = 0): Promise<void> {
    for (const [laneId, { live }] of this.#lanes) {
      const began = this.#env.now();
      const frames = await live.tagger.finish();
      const computeMs = (this.#env.now() - began) / Math.max(1, frames.length);
      const timing = { heardAtMs: began, queueMs: 0, computeMs, melMs: 0 };
      for (const frame of frames) {
        const moved = { ...frame, startS: frame.startS + offsetS, endS: frame.endS + offsetS };
        this.#env.post({ type: 'tags', lane: laneId, frame: moved, timing });
      }
    }
  }

  async #resetLanes(): Promise<void> {
    this.#offsetS = 0;
    for (const { live } of this.#lanes.values()) {
      live.clear();
      await live.tagger.reset();
    }
  }

  #stepFailed(laneId: LaneId, error: unknown): void {
    // Whatever broke a step (a lost device, out of memory), this worker is not to be trusted; the client starts another.
    const wire = toWireError(error);
    this.#env.post({
      type: 'lost',
      error: { ...wire, message: `The engine of "${laneId}" stopped: ${wire.message}` },
    });
  }

  #gap(lane: LaneId, chunk: MelChunk, reason: 'engine-slow'): void {
    const startS = this.#offsetS + chunk.startSample / 16_000;
    this.#env.post({ type: 'gap', lane, startS, endS: startS + chunk.sampleCount / 16_000, reason });
  }

  #keep(samples: Float32Array, rateHz: number): void {
    if (!this.#heard) return;
    this.#heard.samples.push(samples.slice());
    this.#heard.rateHz = rateHz;
  }

  #noteChunks(lane: LaneId, chunks: readonly MelChunk[]): void {
    for (const { startSample, frameCount, data } of chunks) {
      this.#heard?.chunks.push({ lane, startSample, frameCount, melHash: fnv1a(data) });
    }
  }

  #giveHeard(): void {
    const heard = this.#heard;
    if (!heard) throw new EarshotError('usage', 'Nothing was kept: switch `watch.audio` on first.');
    const samples = new Float32Array(heard.samples.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of heard.samples) {
      samples.set(part, at);
      at += part.length;
    }
    this.#env.post({ type: 'heard', samples, rateHz: heard.rateHz, chunks: heard.chunks }, [samples.buffer]);
    this.#heard = { samples: [], rateHz: heard.rateHz, chunks: [] };
  }

  #postHealth(always: boolean): void {
    const now = this.#env.now();
    if (!always && now - this.#healthAt < HEALTH_EVERY_MS) return;
    this.#healthAt = now;
    const lanes = [...this.#lanes];
    const median = (values: readonly number[]): number =>
      values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
    const backend: BackendInfo | null = lanes[0]?.[1].engine.session.backend ?? null;
    const health: EngineHealth = {
      backend,
      stepMs: Object.fromEntries(lanes.map(([id, { steps }]) => [id, median(steps)])),
      lagS: Math.max(0, this.#clockS - this.#scoredToS),
      lostS: this.#lostS,
      droppedChunks: this.#dropped,
    };
    this.#env.post({ type: 'health', health });
  }

  async #disposeLane(laneId: LaneId): Promise<void> {
    const lane = this.#lanes.get(laneId);
    if (!lane) return;
    this.#lanes.delete(laneId);
    await lane.live.tagger.dispose();
    await lane.engine.session.dispose();
    await lane.engine.backend.dispose();
  }

  async #dispose(): Promise<void> {
    this.#reading?.abort();
    await this.#endRecord(false);
    await this.#unlisten();
    for (const laneId of [...this.#lanes.keys()]) await this.#disposeLane(laneId);
  }
}
