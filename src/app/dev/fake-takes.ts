/**
 * Takes made of arithmetic, for looking at the views of finished recordings without an engine: 40 s with sound, 10 min with three
 * lanes, 3 h, a file that broke off, a live session with gaps, one that is still being read. Never part of a build.
 */
import type { ModelCard } from '../../core/model/card.ts';
import { WAVE_STEP_S } from '../../core/protocol/messages.ts';
import { audioSetLabels } from '../../core/scores/audioset-labels.ts';
import { MelHistory } from '../../core/scores/mel-history.ts';
import { ScoreTimeline } from '../../core/scores/score-timeline.ts';
import type { Seconds } from '../../core/units.ts';
import type { LibraryStore } from '../store/library.ts';
import { DEFAULT_RUN, type Take, type TakeRow, type TakeState } from '../store/take.ts';
import { createTake, openLane } from '../store/take-fold.ts';
import { cell, FAKE_NAMES, fakeCard, fakeScores, scene } from './fake-engine.ts';

const MELS = 64;
const HOP_S = 0.01;
/** The log-mel of longer takes repeats after this: computing hours of it would take minutes. */
const MEL_PERIOD_FRAMES = 14_000;

/** Repeatable noise 0..1. */
function noise(a: number, b: number): number {
  let x = (Math.imul(Math.floor(a) + 1, 0x9e3779b1) ^ Math.imul(Math.floor(b * 16) + 1, 0x85ebca6b)) >>> 0;
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d) >>> 0;
  x = Math.imul(x ^ (x >>> 12), 0x297a2d39) >>> 0;
  return ((x ^ (x >>> 15)) >>> 0) / 2 ** 32;
}

const AUDIOSET_ROW = FAKE_NAMES.map((name) => audioSetLabels.names.indexOf(name));

/** Scores of all 527 classes: the scene's, and now and then one of the others. `smooth` 0..1: how much a model blurs. */
function audioSetScores(startS: Seconds, endS: Seconds, manner: number): Float32Array {
  const scores = new Float32Array(audioSetLabels.mids.length);
  const middleS = (startS + endS) / 2;
  for (let row = 0; row < scores.length; row++) {
    scores[row] = 0.002 + 0.02 * noise(row, middleS * 3) ** 3;
    const slot = Math.floor(middleS / 45);
    if (row % 5 < 2 && noise(row * 7 + 1, slot) < 0.016) {
      const fromS = (slot + 0.7 * noise(row, slot * 3)) * 45;
      const lengthS = 2 + 14 * noise(row * 3, slot);
      if (middleS >= fromS && middleS < fromS + lengthS) scores[row] = 0.12 + 0.8 * noise(row * 5, slot) ** 2;
    }
  }
  const fake = fakeScores(startS, endS);
  for (const [index, row] of AUDIOSET_ROW.entries()) {
    const wobble = 0.9 + 0.2 * noise(index + manner * 100, middleS * 2);
    if (row >= 0) scores[row] = Math.min(0.985, Math.max(scores[row]!, fake[index]! * wobble));
  }
  return scores;
}

interface Manner {
  readonly modelId: string;
  readonly title: string;
  readonly chunkS: Seconds;
  readonly fullContext: boolean;
}

const MANNERS: readonly Manner[] = [
  { modelId: 'sat-t-2s', title: 'Tiny streaming, 2 s', chunkS: 1.92, fullContext: false },
  { modelId: 'sat-t-1s', title: 'Tiny streaming, 1 s', chunkS: 0.96, fullContext: false },
  { modelId: 'vit-t-10s', title: 'Tiny full-context, 10 s', chunkS: 10.08, fullContext: true },
];

function cardOf({ modelId, title, chunkS, fullContext }: Manner): ModelCard {
  const card = fakeCard(modelId);
  const frames = Math.round(chunkS / HOP_S);
  return {
    ...card,
    title,
    chunk: { strideFrames: frames, inputFrames: frames },
    network: { ...card.network, family: fullContext ? 'full-context' : 'streaming', targetFrames: frames },
    labels: { mids: [...audioSetLabels.mids], names: [...audioSetLabels.names] },
  };
}

let melPeriod: Float32Array | null = null;

function melFrames(): Float32Array {
  melPeriod ??= Float32Array.from({ length: MEL_PERIOD_FRAMES * MELS }, (_, i) => cell(Math.floor(i / MELS), i % MELS));
  return melPeriod;
}

interface Plan {
  readonly name: string;
  readonly kind?: Take['kind'];
  readonly lanes?: number;
  readonly media?: File | null;
  readonly info?: Take['info'];
  readonly durationS: Seconds;
  readonly gaps?: Take['gaps'];
}

/** Empty, with its lanes open. */
function openTake({ name, kind = 'file', lanes = 1, media = null, info = null, durationS, gaps = [] }: Plan): Take {
  const setups = MANNERS.slice(0, lanes).map(({ modelId }) => ({ modelId, run: DEFAULT_RUN }));
  const take = createTake({ name, kind, media, setups });
  for (const [index, lane] of take.lanes.entries()) {
    const card = cardOf(MANNERS[index]!);
    openLane(take, index, {
      card,
      backend: { kind: 'wasm', label: 'WASM, 2 threads', reason: 'no WebGPU adapter' },
    });
    lane.scores = new ScoreTimeline({ classes: card.labels.mids.length, maxFrames: 400_000 });
  }
  take.mel = new MelHistory({ mels: MELS });
  take.info = info;
  take.gaps = gaps;
  take.durationS = durationS;
  return take;
}

/** The engine goes on until `toS`. */
function advance(take: Take, toS: Seconds): void {
  const isLost = (fromS: Seconds, untilS: Seconds): boolean =>
    take.gaps.some((gap) => untilS > gap.startS && fromS < gap.endS);
  for (const [index, lane] of take.lanes.entries()) {
    const { chunkS } = MANNERS[index]!;
    const { scores } = lane;
    if (!scores) continue;
    for (let n = Math.round(lane.scoredS / chunkS); (n + 1) * chunkS <= toS + 1e-6; n++) {
      lane.scoredS = (n + 1) * chunkS;
      lane.computeMs += 24;
      if (isLost(n * chunkS, lane.scoredS)) continue;
      const probabilities = audioSetScores(n * chunkS, lane.scoredS, index);
      scores.push({ index: n, startS: n * chunkS, endS: lane.scoredS, probabilities });
    }
  }
  const period = melFrames();
  for (let frame = take.mel?.endFrame ?? 0; frame < Math.floor(toS / HOP_S); ) {
    const from = frame % MEL_PERIOD_FRAMES;
    const count = Math.min(500, MEL_PERIOD_FRAMES - from, Math.floor(toS / HOP_S) - frame);
    if (!isLost(frame * HOP_S, (frame + count) * HOP_S)) {
      take.mel?.push(frame, count, period.subarray(from * MELS, (from + count) * MELS));
    }
    frame += count;
  }
  const pairs: number[] = [];
  for (let step = take.wave.count; (step + 1) * WAVE_STEP_S <= toS + 1e-9; step++) {
    const { rain, dog, speech, siren } = scene((step + 0.5) * WAVE_STEP_S);
    const loud = 3 + 50 * rain ** 2 + 70 * dog + 45 * speech * noise(1, step) + 35 * siren;
    pairs.push(-loud * (0.6 + 0.4 * noise(2, step)), loud * (0.6 + 0.4 * noise(3, step)));
  }
  take.wave.push(Int8Array.from(pairs, (value) => Math.max(-127, Math.min(127, value))));
  take.readS = toS;
}

/** The scene as sound, 16 kHz mono, 16 bit. */
function sceneWav(name: string, durationS: Seconds): File {
  const rateHz = 16_000;
  const count = Math.round(durationS * rateHz);
  const view = new DataView(new ArrayBuffer(44 + count * 2));
  const text = (at: number, word: string): void => {
    for (let i = 0; i < word.length; i++) view.setUint8(at + i, word.charCodeAt(i));
  };
  text(0, 'RIFF');
  view.setUint32(4, 36 + count * 2, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rateHz, true);
  view.setUint32(28, rateHz * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, count * 2, true);
  for (let i = 0; i < count; i++) {
    const t = i / rateHz;
    const { rain, dog, speech, siren } = scene(t);
    const hiss = 2 * noise(i, 1) - 1;
    const bark = Math.sign(Math.sin(t * 2 * Math.PI * (420 - 160 * ((t * 4) % 1))));
    const voice =
      Math.sin(t * 2 * Math.PI * 140) * Math.max(0, Math.sin(t * 9)) + 0.4 * Math.sin(t * 2 * Math.PI * 700);
    const wail = Math.sin(t * 2 * Math.PI * 800 + 120 * Math.sin(t * 2.2));
    const value = 0.3 * rain ** 2 * hiss + 0.35 * dog * bark + 0.3 * speech * voice + 0.3 * siren * wail + 0.004 * hiss;
    view.setInt16(44 + i * 2, Math.max(-1, Math.min(1, value)) * 32_767, true);
  }
  return new File([view], name, { type: 'audio/wav' });
}

const INFO = {
  wav: { container: 'WAV', codec: 'PCM', decoder: 'this browser', rateHz: 16_000, channels: 1, hasVideo: false },
  m4a: { container: 'MP4', codec: 'AAC', decoder: 'this browser', rateHz: 44_100, channels: 2, hasVideo: false },
  flac: { container: 'FLAC', codec: 'FLAC', decoder: 'WebAssembly', rateHz: 48_000, channels: 2, hasVideo: false },
  ogg: { container: 'Ogg', codec: 'Opus', decoder: 'this browser', rateHz: 48_000, channels: 1, hasVideo: false },
} as const;

/** No player plays this: what a page does then has to be looked at too. */
const unplayable = (name: string, type: string): File => new File(['not really'], name, { type });

const rowFor = (take: Take, state: TakeState = { kind: 'done' }): TakeRow => ({
  id: take.id,
  take,
  state,
  revision: 1,
  remainingS: null,
  speed: null,
});

/** `hours` false leaves the long one out: it takes seconds to make. */
export function fakeTakes({ hours = true }: { readonly hours?: boolean } = {}): TakeRow[] {
  const made = (plan: Plan, toS = plan.durationS): Take => {
    const take = openTake(plan);
    advance(take, toS);
    return take;
  };
  const rows = [
    rowFor(
      made({
        name: 'rain-and-dog.wav',
        durationS: 40,
        media: sceneWav('rain-and-dog.wav', 40),
        info: { ...INFO.wav, durationS: 40 },
      }),
    ),
    rowFor(
      made({
        name: 'A long walk through the old town and back along the river.m4a',
        durationS: 600,
        lanes: 3,
        media: unplayable('walk.m4a', 'audio/mp4'),
        info: { ...INFO.m4a, durationS: 600 },
      }),
    ),
    rowFor(
      made(
        {
          name: 'interview.mp3',
          durationS: 40,
          media: sceneWav('interview.wav', 12.3),
          info: { ...INFO.ogg, container: 'MP3', codec: 'MP3', durationS: 40 },
        },
        12.3,
      ),
      {
        kind: 'stopped',
        atS: 12.3,
        error: { code: 'truncated-audio', message: 'The file ends in the middle of a packet.' },
      },
    ),
    rowFor(
      made({
        name: 'Live, 14:05',
        kind: 'live',
        durationS: 130,
        gaps: [
          { startS: 48.1, endS: 50.3, reason: 'capture-lost' },
          { startS: 71.8, endS: 83.9, reason: 'engine-restarted' },
        ],
      }),
    ),
  ];
  if (hours) {
    rows.push(
      rowFor(
        made({
          name: 'night-in-the-garden.flac',
          durationS: 3 * 3600,
          media: unplayable('night.flac', 'audio/flac'),
          info: { ...INFO.flac, durationS: 3 * 3600 },
        }),
      ),
    );
  }
  return rows;
}

/** Puts fake takes into a library; one of them is being read, forty times as fast as it sounds, until `signal` ends it. */
export function addFakeTakes(
  store: LibraryStore,
  signal: AbortSignal,
  options: { readonly hours?: boolean } = {},
): void {
  const reading = openTake({ name: 'still-reading.ogg', durationS: 900, info: { ...INFO.ogg, durationS: 900 } });
  reading.media = unplayable('still-reading.ogg', 'audio/ogg');
  const rows = [...fakeTakes(options), rowFor(reading, { kind: 'running' })];
  store.setState((state) => ({ rows: [...state.rows, ...rows] }));
  const timer = setInterval(() => {
    advance(reading, Math.min(reading.durationS, reading.readS + 10));
    const isDone = reading.readS >= reading.durationS;
    store.setState((state) => ({
      rows: state.rows.map((row) =>
        row.id === reading.id
          ? {
              ...row,
              state: isDone ? { kind: 'done' } : { kind: 'running' },
              revision: row.revision + 1,
              speed: isDone ? null : 40,
              remainingS: isDone ? null : (reading.durationS - reading.readS) / 40,
            }
          : row,
      ),
    }));
    if (isDone) clearInterval(timer);
  }, 250);
  signal.addEventListener('abort', () => clearInterval(timer));
}
