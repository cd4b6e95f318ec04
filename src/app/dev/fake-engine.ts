/**
 * An engine and a microphone made of arithmetic: rain that slowly rises, a dog, someone speaking, a siren, a gap, a restart. For
 * looking at the page without a model (`npm run dev`, `?fake`) and for tests. Never part of a build.
 */

import type { BackendInfo } from '../../core/engine/engine-session.ts';
import { EarshotError } from '../../core/errors.ts';
import type { ModelCard } from '../../core/model/card.ts';
import { REFERENCE_FEATURES } from '../../core/model/make-model.ts';
import type { BackendChoice, LaneId } from '../../core/protocol/messages.ts';
import type { AudioInput, InputEnd } from '../audio/audio-input.ts';
import type { ClientEvent, EngineClient, LoadRequest } from '../client/engine-client.ts';

export const FAKE_NAMES: readonly string[] = (
  'Speech|Conversation|Laughter|Baby cry, infant cry|Whistling|Singing|Breathing|Cough|Sneeze|Footsteps|Applause|Animal|' +
  'Domestic animals, pets|Dog|Bark|Howl|Growling|Cat|Meow|Bird|Bird vocalization, bird call, bird song|Chirp, tweet|Crow|Insect|' +
  'Cricket|Music|Guitar|Piano|Drum|Violin, fiddle|Wind|Rustling leaves|Thunderstorm|Thunder|Water|Rain|Raindrop|Rain on surface|' +
  'Stream|Waves, surf|Fire|Crackle|Vehicle|Car|Car passing by|Truck|Bus|Motorcycle|Emergency vehicle|Siren|' +
  'Civil defense siren|Train|Aircraft|Helicopter|Engine|Door|Doorbell|Knock|Alarm|Telephone|Smoke detector, smoke alarm|Clock|' +
  'Typing|Silence|Inside, small room|White noise|Hum'
).split('|');

const PHASES = ['card', 'runtime', 'weights', 'opening', 'checking', 'racing', 'priming'] as const;
const MELS = 64;
const HOP_S = 0.01;

/** What sounds at `t` seconds, 0..1 each. */
export function scene(t: number): { rain: number; dog: number; speech: number; siren: number } {
  const bark = (at: number, length: number): number => (t % 23 > at && t % 23 < at + length ? 1 : 0);
  return {
    rain: Math.min(1, Math.max(0, (t - 4) / 45)) * (0.9 + 0.1 * Math.sin(t / 7)),
    dog: Math.max(bark(7.2, 0.5), bark(8.4, 0.4), bark(14.1, 0.7)),
    speech: (t + 70) % 97 > 92 || (t % 61 > 26 && t % 61 < 33) ? 1 : 0,
    siren: t % 140 > 58 && t % 140 < 76 ? Math.min(1, ((t % 140) - 58) / 5, (76 - (t % 140)) / 5) : 0,
  };
}

const noise = (a: number, b: number): number => {
  const x = Math.sin(a * 127.1 + b * 311.7) * 43758.5453;
  return x - Math.floor(x);
};

const near = (x: number, centre: number, width: number): number => Math.exp(-(((x - centre) / width) ** 2));

/** dB of one log-mel cell. */
export function cell(frame: number, band: number): number {
  const t = frame * HOP_S;
  const { rain, dog, speech, siren } = scene(t);
  const grain = noise(frame, band);
  const pitch = 8 + 2 * Math.sin(t * 5.3) + Math.sin(t * 13);
  const voiced = Math.max(0, Math.sin(t * 9)) ** 0.5;
  const wail = 24 + 9 * Math.sin(t * 2.2);
  let power = 10 ** (-5.2 - band / 40) * (0.3 + grain);
  power += rain ** 2 * 10 ** (-1.9 + band / 90) * (0.15 + grain ** 3);
  for (let k = 1; k < 5; k++) {
    power += dog * 10 ** (1.4 - k * 0.45) * near(band, 13 + k * 6.5, 1.9) * (0.5 + grain);
    power += speech * voiced * 10 ** (0.6 - k * 0.5) * near(band, pitch * k ** 0.72, 1.1) * (0.5 + grain);
  }
  power += siren * 10 ** 0.5 * (near(band, wail, 1.1) + 0.1 * near(band, wail + 14, 1.1));
  return 10 * Math.log10(power + 1e-8);
}

export function fakeScores(startS: number, endS: number): Float32Array {
  const scores = Float32Array.from(FAKE_NAMES, (_, index) => 0.004 + 0.02 * noise(index, Math.floor(startS * 3)));
  const set = (name: string, value: number): void => {
    const index = FAKE_NAMES.indexOf(name);
    scores[index] = Math.min(0.985, Math.max(scores[index]!, value));
  };
  const sum = { rain: 0, dog: 0, speech: 0, siren: 0 };
  const steps = 12;
  for (let i = 0; i < steps; i++) {
    const now = scene(startS + ((endS - startS) * (i + 0.5)) / steps);
    sum.rain += now.rain / steps;
    sum.dog = Math.max(sum.dog, now.dog);
    sum.speech += now.speech / steps;
    sum.siren += now.siren / steps;
  }
  const wobble = (n: number): number => 0.92 + 0.12 * noise(n, startS);
  set('Rain', sum.rain * 0.9 * wobble(1));
  set('Rain on surface', sum.rain * 0.5 * wobble(2));
  set('Raindrop', sum.rain * 0.33 * wobble(3));
  set('Water', sum.rain * 0.26 * wobble(4));
  set('Dog', sum.dog * 0.87 * wobble(5));
  set('Bark', sum.dog * 0.74 * wobble(6));
  set('Animal', sum.dog * 0.8 * wobble(7));
  set('Domestic animals, pets', sum.dog * 0.68 * wobble(8));
  set('Speech', sum.speech * 0.93 * wobble(9));
  set('Conversation', sum.speech * 0.3 * wobble(10));
  set('Siren', sum.siren * 0.9 * wobble(11));
  set('Emergency vehicle', sum.siren * 0.72 * wobble(12));
  set('Silence', 0.55 - sum.rain * 2 - sum.dog - sum.speech - sum.siren);
  set('Inside, small room', 0.2 * wobble(13));
  return scores;
}

export function fakeCard(modelId: string): ModelCard {
  const oneSecond = modelId.includes('1s');
  const frames = oneSecond ? 96 : 192;
  return {
    format: 'earshot-card/1',
    id: modelId,
    revision: 'fake',
    title: oneSecond ? 'Small, 1 second' : 'Small, 2 seconds',
    summary: 'Not a model at all: invented numbers, for looking at the page.',
    sha256: '0'.repeat(64),
    weightsBytes: 11_400_000,
    licence: { spdx: 'MIT', note: 'Trained by us on sounds with free licences.' },
    origin: 'src/app/dev/fake-engine.ts',
    audio: { sampleRateHz: 16000 },
    features: REFERENCE_FEATURES,
    framing: 'continuous',
    chunk: { strideFrames: frames, inputFrames: frames },
    network: {
      family: 'streaming',
      width: 192,
      depth: 12,
      heads: 3,
      patch: 16,
      pooling: 'mean',
      targetFrames: frames,
      cacheFrames: frames,
      timePositions: frames / 8,
      segmentAverage: 'mean',
      padLast: false,
    },
    io: { inputs: [], output: { name: 'scores', shape: [FAKE_NAMES.length] }, state: [] },
    labels: { mids: FAKE_NAMES.map((_, index) => `/fake/${index}`), names: [...FAKE_NAMES] },
    activation: 'sigmoid',
    selfCheck: null,
    quality: [{ measure: 'mAP', on: 'nothing', value: 0, note: 'an invention has no quality' }],
  };
}

export interface FakeOptions {
  /** Seconds of the past that are there the moment listening begins. */
  readonly prefillS?: number;
  /** What goes wrong. */
  readonly fail?: 'microphone' | 'model' | 'engine' | null;
  readonly loadMs?: number;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class FakeEngine implements EngineClient {
  readonly #options: FakeOptions;
  readonly #listeners = new Set<(event: ClientEvent) => void>();
  #timer: ReturnType<typeof setInterval> | null = null;
  #card: ModelCard | null = null;
  readonly #lanes = new Map<LaneId, ModelCard>();
  #reading: AbortController | null = null;
  #backend: BackendInfo = { kind: 'wasm', label: 'WASM, 2 threads', reason: 'no WebGPU adapter' };
  #startedMs = 0;
  #recordedFromS: number | null = null;
  #frame = 0;
  #chunkEndS = 0;
  #index = 0;
  #told = new Set<string>();

  constructor(options: FakeOptions = {}) {
    this.#options = options;
  }

  async load(request: LoadRequest): Promise<{ readonly card: ModelCard; readonly backend: BackendInfo }> {
    const { loadMs = 900, fail } = this.#options;
    for (const [step, phase] of PHASES.entries()) {
      const total = phase === 'weights' ? 11_400_000 : null;
      this.tell({ type: 'loading', lane: request.lane, phase, loadedBytes: total ? total / 2 : 0, totalBytes: total });
      await wait(loadMs / PHASES.length);
      if (fail === 'model' && step === 2) {
        throw new EarshotError('download-failed', 'The model could not be downloaded: model.safetensors answered 404.');
      }
    }
    const card = fakeCard(request.modelUrl.replace(/\/$/, '').split('/').at(-1) ?? 'fake');
    this.#card = card;
    this.#lanes.set(request.lane, card);
    this.#backend = backendFor(request.backend);
    this.tell({ type: 'loaded', lane: request.lane, card, backend: this.#backend });
    return { card, backend: this.#backend };
  }

  async listen(_input: AudioInput, startS: number): Promise<void> {
    const prefillS = startS === 0 ? (this.#options.prefillS ?? 0) : 0;
    this.#startedMs = performance.now() - (startS + prefillS) * 1000;
    if (startS === 0) {
      this.#frame = 0;
      this.#chunkEndS = 0;
      this.#index = 0;
      this.#told.clear();
    }
    // The past comes in pieces, as it would have.
    for (let t = startS + 10; t < startS + prefillS; t += 10) this.#advance(t);
    this.#advance(startS + prefillS);
    this.#timer = setInterval(() => this.#advance((performance.now() - this.#startedMs) / 1000), 100);
  }

  async unlisten(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }
  async reset(): Promise<void> {}
  async watch(): Promise<void> {}
  async loseDevice(): Promise<void> {}
  async push(): Promise<void> {}
  async finish(): Promise<void> {}
  /** Half a minute of the scene, whatever the file; each lane hears it a little differently. */
  async read(): Promise<void> {
    const reading = new AbortController();
    this.#reading = reading;
    const durationS = 30;
    this.tell({
      type: 'file',
      info: {
        container: 'WAV',
        codec: 'PCM',
        decoder: 'no one',
        rateHz: 16_000,
        channels: 1,
        durationS,
        hasVideo: false,
      },
    });
    for (let second = 1; second <= durationS; second++) {
      await wait(this.#options.loadMs === 0 ? 0 : 25);
      if (reading.signal.aborted) throw new EarshotError('cancelled', 'The reading was stopped.');
      for (const [place, [lane, card]] of [...this.#lanes].entries()) this.#score(lane, card, place, second);
      this.tell({ type: 'progress', readS: second, scoredS: second, peaks: new Int8Array(100).fill(9) });
    }
  }
  async cancelRead(): Promise<void> {
    this.#reading?.abort();
  }
  /** The chunks of a lane that end in this second. */
  #score(lane: LaneId, card: ModelCard, place: number, second: number): void {
    const strideS = card.chunk.strideFrames * HOP_S;
    for (let index = Math.ceil((second - 1) / strideS) - 1; (index + 1) * strideS <= second; index++) {
      if (index < 0 || (index + 1) * strideS <= second - 1) continue;
      const [startS, endS] = [index * strideS, (index + 1) * strideS];
      const probabilities = fakeScores(startS + 6, endS + 6).map((score) => score * (1 - 0.07 * place));
      this.tell({
        type: 'tags',
        lane,
        frame: { index, startS, endS, probabilities },
        timing: { heardAtMs: 0, queueMs: 0, computeMs: 30 + 60 * place + 4 * noise(index, 2), melMs: 0.9 },
      });
    }
  }
  async record(): Promise<void> {
    this.#recordedFromS = (performance.now() - this.#startedMs) / 1000;
  }
  async endRecord(keep: boolean): Promise<void> {
    const startS = this.#recordedFromS;
    this.#recordedFromS = null;
    if (startS === null || !keep) return;
    const file = new Blob(['no sound at all'], { type: 'audio/webm' });
    this.tell({ type: 'recorded', file, startS, endS: (performance.now() - this.#startedMs) / 1000 });
  }
  async takeHeard(): Promise<void> {}
  subscribe(listener: (event: ClientEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  async dispose(): Promise<void> {
    await this.unlisten();
    this.#reading?.abort();
    this.#listeners.clear();
  }

  /** Says anything, also what a healthy engine would not. */
  tell(event: ClientEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #once(name: string, due: boolean, event: () => void): void {
    if (!due || this.#told.has(name)) return;
    this.#told.add(name);
    event();
  }

  #advance(nowS: number): void {
    const card = this.#card;
    if (!card) return;
    const strideS = card.chunk.strideFrames * HOP_S;
    const lost = (t: number): boolean => t >= 48.1 && t < 50.3;
    const toFrame = Math.floor(nowS / HOP_S);
    const count = toFrame - this.#frame;
    if (count > 0) {
      const kept: number[] = [];
      for (let f = this.#frame; f < toFrame; f++) if (!lost(f * HOP_S)) kept.push(f);
      if (kept.length > 0 && kept.at(-1)! - kept[0]! === kept.length - 1) {
        const data = Float32Array.from({ length: kept.length * MELS }, (_, i) =>
          cell(kept[0]! + Math.floor(i / MELS), i % MELS),
        );
        this.tell({ type: 'mel', startFrame: kept[0]!, frameCount: kept.length, mels: MELS, data });
      }
      this.#frame = toFrame;
    }
    const { rain, dog, speech, siren } = scene(nowS);
    const rmsDb = -52 + 22 * rain + 26 * Math.max(dog, speech * 0.8, siren) + 3 * noise(nowS, 1);
    this.tell({ type: 'level', peakDb: Math.min(-1, rmsDb + 9), rmsDb, clockS: nowS });
    this.#once('lost', nowS > 50.3, () =>
      this.tell({ type: 'gap', lane: null, startS: 48.1, endS: 50.3, reason: 'capture-lost' }),
    );
    this.#once('restart', nowS > 72, () => {
      this.tell({ type: 'restarting', reason: 'the graphics device was lost' });
      this.tell({ type: 'gap', lane: 'live', startS: 71.8, endS: 73.9, reason: 'engine-restarted' });
      this.tell({ type: 'loaded', lane: 'live', card, backend: this.#backend });
    });
    while (this.#chunkEndS + strideS <= nowS) {
      const startS = this.#chunkEndS;
      const endS = startS + strideS;
      this.#chunkEndS = endS;
      const index = this.#index++;
      if ((startS < 50.3 && endS > 48.1) || (startS < 73.9 && endS > 71.8)) continue;
      const computeMs = 24 + 4 * noise(index, 2);
      this.tell({
        type: 'tags',
        lane: 'live',
        frame: { index, startS, endS, probabilities: fakeScores(startS, endS) },
        timing: {
          heardAtMs: performance.timeOrigin + performance.now() - computeMs - 3,
          queueMs: 2.6,
          computeMs,
          melMs: 0.9,
        },
      });
      this.tell({
        type: 'health',
        health: { backend: this.#backend, stepMs: { live: computeMs }, lagS: 0.03, lostS: 2.2, droppedChunks: 0 },
      });
    }
  }
}

function backendFor(choice: BackendChoice): BackendInfo {
  switch (choice) {
    case 'webgpu':
      throw new EarshotError('backend-unavailable', 'This browser gave no WebGPU adapter.');
    case 'wasm':
      return { kind: 'wasm', label: 'WASM, 2 threads', reason: 'forced' };
    case 'auto':
      return { kind: 'wasm', label: 'WASM, 2 threads', reason: 'no WebGPU adapter' };
  }
}

export class FakeInput implements AudioInput {
  readonly kind: AudioInput['kind'];
  readonly label: string;
  readonly deviceId: string | null;
  readonly rateHz = 48000;
  warnings: readonly string[];
  #listeners = new Set<(reason: InputEnd) => void>();
  #warned = new Set<(warnings: readonly string[]) => void>();
  disposed = false;

  constructor(
    kind: AudioInput['kind'],
    label: string,
    deviceId: string | null = null,
    warnings: readonly string[] = [],
  ) {
    this.kind = kind;
    this.label = label;
    this.deviceId = deviceId;
    this.warnings = warnings;
  }
  openHandle(): never {
    throw new Error('the fake engine reads no ring');
  }
  onWarnings(listener: (warnings: readonly string[]) => void): () => void {
    this.#warned.add(listener);
    return () => this.#warned.delete(listener);
  }
  /** As when a switch mutes the microphone. */
  warn(warnings: readonly string[]): void {
    this.warnings = warnings;
    for (const listener of this.#warned) listener(warnings);
  }
  onEnded(listener: (reason: InputEnd) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  /** The cable is pulled, the clip is over. */
  end(reason: InputEnd): void {
    for (const listener of [...this.#listeners]) listener(reason);
  }
  async dispose(): Promise<void> {
    this.disposed = true;
  }
}
