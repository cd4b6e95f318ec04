import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { noise, oddBlocks } from '../../../fixtures/seeded.ts';
import { clampRange, LogMel } from '../dsp/log-mel.ts';
import { REFERENCE_FEATURES as features } from '../model/make-model.ts';
import { createFramer, type Framer, type FramerOptions } from './framer.ts';
import type { MelChunk } from './mel-chunk.ts';

const MELS = 64;
const logMel = new LogMel(features);
const framings: { name: string; options: FramerOptions }[] = [
  { name: 'per-chunk 2 s', options: { framing: 'per-chunk', logMel, chunkSamples: 32_000 } },
  { name: 'per-chunk 0.16 s', options: { framing: 'per-chunk', logMel, chunkSamples: 2_560 } },
  { name: 'per-chunk, no multiple of a hop', options: { framing: 'per-chunk', logMel, chunkSamples: 2_401 } },
  { name: 'continuous 192', options: { framing: 'continuous', logMel, chunkFrames: 192 } },
  { name: 'continuous 16', options: { framing: 'continuous', logMel, chunkFrames: 16 } },
  { name: 'sliding 320 by 100', options: { framing: 'continuous', logMel, chunkFrames: 320, strideFrames: 100 } },
  { name: 'whole', options: { framing: 'whole', logMel } },
];

const run = (framer: Framer, blocks: Iterable<Float32Array>): MelChunk[] => [
  ...[...blocks].flatMap((block) => framer.push(block)),
  ...framer.finish(),
];

/** Sound whose level differs from second to second, so that each chunk has a clamp of its own. */
function lively(seed: number, length: number): Float32Array {
  return noise(seed, length).map((x, i) =>
    Math.floor(i / 9000) % 3 === 1 ? 0 : x * 10 ** -(Math.floor(i / 16_000) % 4),
  );
}

setFlagsFromString('--expose_gc');
const collectGarbage: () => void = runInNewContext('gc');

const thrown = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe.each(framings)('$name', ({ options }) => {
  test('how the input is cut changes nothing, bit for bit', () => {
    const sound = lively(1, 100_003);
    const framer = createFramer(options);
    const expected = run(framer, [sound]);
    const unscored = framer.unscoredSamples;
    expect(expected.length).toBeGreaterThan(0);
    for (const [seed, longest] of [
      [1, 5000],
      [2, 300],
      [3, 60_000],
    ] as const) {
      const again = createFramer(options);
      expect(run(again, oddBlocks(sound, seed, longest))).toEqual(expected);
      expect(again.unscoredSamples).toBe(unscored);
    }
    const short = sound.subarray(0, 5000);
    const singles = Array.from(short, (_, i) => short.subarray(i, i + 1));
    expect(run(createFramer(options), singles)).toEqual(run(createFramer(options), [short]));
  });

  test('every sample is in one chunk or counted as unscored, for any length', () => {
    for (const length of [
      2400, 2401, 2559, 2560, 2561, 30_719, 30_720, 30_976, 31_000, 32_000, 33_120, 34_400, 34_399, 64_001,
    ]) {
      const framer = createFramer(options);
      let end = 0;
      for (const chunk of run(framer, oddBlocks(noise(length, length), length))) {
        expect(chunk.startSample).toBe(end);
        expect(chunk.gapBefore).toBe(0);
        expect(chunk.data.length).toBe(chunk.frameCount * MELS);
        expect(chunk.frameCount).toBeGreaterThanOrEqual(16);
        end += chunk.sampleCount;
      }
      expect(end + framer.unscoredSamples).toBe(length);
      expect(framer.unscoredSamples).toBeLessThan(2400);
    }
  });

  test('a stream too short for a patch is refused, with what is needed and what came', () => {
    for (const length of [0, 1, 256, 257, 2399]) {
      const framer = createFramer(options);
      framer.push(noise(1, length));
      const error = thrown(() => framer.finish());
      expect(error).toMatchObject({ code: 'too-short' });
      expect(String(error)).toContain('2400 samples (0.15 s');
      expect(String(error)).toContain(`got ${length}.`);
    }
    const least = createFramer(options);
    const [only, ...more] = run(least, [noise(1, 2400)]);
    expect(more).toEqual([]);
    expect(only).toMatchObject({ frameCount: 16, startFrame: 0, startSample: 0, sampleCount: 2400, gapBefore: 0 });
    expect(only!.data).toEqual(logMel.call(noise(1, 2400)));
  });

  test('after reset it is as new: after sound, after a gap, after the end, after a refusal', () => {
    const sound = lively(2, 70_001);
    const expected = run(createFramer(options), [sound]);
    const framer = createFramer(options);
    const uses: ((framer: Framer) => void)[] = [
      (f) => f.push(noise(9, 20_001)),
      (f) => {
        f.push(noise(9, 40_001));
        f.skip(12_345);
        f.push(noise(9, 100));
      },
      (f) => run(f, [noise(9, 50_000)]),
      (f) => thrown(() => run(f, [noise(9, 300)])),
    ];
    for (const use of uses) {
      framer.reset();
      use(framer);
      framer.reset();
      expect(framer.unscoredSamples).toBe(0);
      expect(run(framer, oddBlocks(sound, 5))).toEqual(expected);
    }
  });

  test('after a gap it goes on as at a start of the stream, with the time and the gap in its chunks', () => {
    const before = lively(3, 70_001);
    const after = lively(4, 50_003);
    const framer = createFramer(options);
    const first = framer.push(before);
    framer.skip(11_111);
    const second = run(framer, oddBlocks(after, 1));
    const alone = createFramer(options);
    const expected = run(alone, [after]);
    const restart = 70_001 + 11_111;
    const lastEnd = first.reduce((_, chunk) => chunk.startSample + chunk.sampleCount, 0);
    expect(second.map(({ data, frameCount, sampleCount }) => ({ data, frameCount, sampleCount }))).toEqual(
      expected.map(({ data, frameCount, sampleCount }) => ({ data, frameCount, sampleCount })),
    );
    expect(second.map((chunk) => chunk.startSample)).toEqual(expected.map((chunk) => chunk.startSample + restart));
    expect(second.map((chunk) => chunk.gapBefore)).toEqual(expected.map((_, k) => (k === 0 ? restart - lastEnd : 0)));
    expect(framer.unscoredSamples).toBe(alone.unscoredSamples);
    // What a sliding window stands for is the end of its frames.
    if ('strideFrames' in options) return;
    for (const chunk of second) expect(Math.abs(chunk.startFrame - chunk.startSample / 160)).toBeLessThanOrEqual(0.5);
  });

  test('gaps add up, and one of no length still gives the partial chunk up', () => {
    const framer = createFramer(options);
    framer.push(noise(1, 1000));
    framer.skip(0);
    framer.push(noise(1, 500));
    framer.skip(77);
    framer.skip(3);
    const [chunk] = run(framer, [noise(2, 2400)]);
    expect(chunk).toMatchObject({ startSample: 1580, gapBefore: 1580, sampleCount: 2400 });
    expect(chunk!.data).toEqual(logMel.call(noise(2, 2400)));
    const other = createFramer(options);
    expect(() => other.skip(-1)).toThrow(RangeError);
    expect(() => other.skip(0.5)).toThrow(/got 0.5/);
  });

  test('finishing twice gives nothing twice, and nothing is taken after the end', () => {
    const framer = createFramer(options);
    run(framer, [noise(1, 40_000)]);
    expect(framer.finish()).toEqual([]);
    expect(() => framer.push(noise(1, 10))).toThrow(/after finish/);
    expect(() => framer.skip(10)).toThrow(/after finish/);
  });

  test('chunks own their data: writing into one, or into the pushed block, changes no other', () => {
    const sound = lively(6, 90_000);
    const expected = run(createFramer(options), [sound]);
    const framer = createFramer(options);
    const seen: MelChunk[] = [];
    const scribble = (chunks: MelChunk[]) => {
      for (const chunk of chunks) {
        seen.push({ ...chunk, data: chunk.data.slice() });
        chunk.data.fill(Number.NaN);
      }
    };
    for (const block of oddBlocks(sound, 8)) {
      const mine = block.slice();
      scribble(framer.push(mine));
      mine.fill(Number.NaN);
    }
    scribble(framer.finish());
    expect(seen).toEqual(expected);
  });
});

describe('per-chunk', () => {
  test('each chunk is a front-end call of its own, reflected at both of its edges', () => {
    const sound = lively(10, 32_000 * 3 + 5000);
    const chunks = run(createFramer({ framing: 'per-chunk', logMel, chunkSamples: 32_000 }), oddBlocks(sound, 1));
    expect(chunks.map((chunk) => chunk.frameCount)).toEqual([201, 201, 201, 32]);
    expect(chunks.map((chunk) => chunk.startFrame)).toEqual([0, 200, 400, 600]);
    chunks.forEach((chunk, k) => {
      const own = sound.subarray(k * 32_000, (k + 1) * 32_000);
      expect(chunk.data).toEqual(logMel.call(own));
      // The mirror by hand: a chunk with its reflections written out has the same first and last frames inside.
      const extended = Float32Array.from({ length: own.length + 512 }, (_, i) => {
        const at = Math.abs(i - 256);
        return own[at < own.length ? at : 2 * (own.length - 1) - at]!;
      });
      const frame = new Float32Array(MELS);
      for (const [center, of] of [
        [256, 0],
        [256 + 160 * (chunk.frameCount - 1), chunk.frameCount - 1],
      ] as const) {
        logMel.frame(extended, extended.length, center, frame, 0);
        const lowest = Math.fround(chunk.data.reduce((a, b) => Math.max(a, b)) - 120);
        expect(chunk.data.slice(of * MELS, (of + 1) * MELS)).toEqual(frame.map((value) => Math.max(value, lowest)));
      }
    });
  });

  test.each([2399, 0, -1, 2400.5, Number.NaN])('chunkSamples of %d is refused', (chunkSamples) => {
    expect(() => createFramer({ framing: 'per-chunk', logMel, chunkSamples })).toThrow(RangeError);
  });
});

describe('continuous', () => {
  test.each([2400, 16_000, 85_997, 100_000, 160 * 400 - 1, 160 * 400 + 1])(
    'the frames of %i samples are those of one call, bit for bit before the clamp',
    (length) => {
      const sound = lively(length, length);
      const whole = logMel.unclamped(sound);
      const parts: Float32Array[] = [];
      let next = 0;
      const framer = createFramer({
        framing: 'continuous',
        logMel,
        chunkFrames: 96,
        onFrames: (startFrame, frameCount, data) => {
          expect(startFrame).toBe(next);
          expect(data.length).toBe(frameCount * MELS);
          next += frameCount;
          parts.push(data);
        },
      });
      const chunks = run(framer, oddBlocks(sound, 3));
      const heard = new Float32Array(whole.length);
      let at = 0;
      for (const part of parts) {
        heard.set(part, at);
        at += part.length;
      }
      expect(at).toBe(whole.length);
      expect(heard).toEqual(whole);
      for (const chunk of chunks) {
        const from = chunk.startFrame * MELS;
        const own = whole.slice(from, from + chunk.frameCount * MELS);
        expect(chunk.data).toEqual(clampRange(own, 120));
      }
    },
  );

  test('a chunk comes with the last sample that its last frame looks at, not one later', () => {
    const framer = createFramer({ framing: 'continuous', logMel, chunkFrames: 192 });
    const needed = 191 * 160 + 256;
    expect(framer.push(noise(1, needed - 1))).toEqual([]);
    expect(framer.push(noise(2, 1))).toHaveLength(1);
    expect(framer.push(noise(3, 192 * 160 - 1))).toEqual([]);
    expect(framer.push(noise(4, 1))).toHaveLength(1);
  });

  test('a tail of 16 frames is a chunk, of 15 is not; the frame on the very end adds no sound', () => {
    const tail = (length: number) => {
      const framer = createFramer({ framing: 'continuous', logMel, chunkFrames: 192 });
      const chunks = run(framer, [noise(1, length)]);
      return [...chunks.slice(1).map((c) => [c.frameCount, c.sampleCount]), framer.unscoredSamples];
    };
    const second = 192 * 160;
    expect(tail(second)).toEqual([0]);
    expect(tail(second + 15 * 160 - 1)).toEqual([15 * 160 - 1]);
    expect(tail(second + 15 * 160)).toEqual([[16, 15 * 160], 0]);
    expect(tail(second + 191 * 160 - 1)).toEqual([[191, 191 * 160 - 1], 0]);
    // 193 frames: the chunk takes 192, the one on the very end is left.
    expect(tail(second + 192 * 160)).toEqual([[192, 192 * 160], 0]);
    expect(tail(second + 192 * 160 + 100)).toEqual([[192, 192 * 160], 100]);
  });

  test('frames for the spectrogram go on in time after a gap', () => {
    const starts: number[] = [];
    const framer = createFramer({
      framing: 'continuous',
      logMel,
      chunkFrames: 192,
      onFrames: (startFrame) => starts.push(startFrame),
    });
    framer.push(noise(1, 1600));
    framer.skip(16_000);
    framer.push(noise(1, 1600));
    expect(starts).toEqual([0, 110]);
  });

  test.each([15, 0, -1, 16.5, Number.NaN])('chunkFrames of %d is refused', (chunkFrames) => {
    expect(() => createFramer({ framing: 'continuous', logMel, chunkFrames })).toThrow(RangeError);
  });
});

describe('a window that slides', () => {
  const slide = { framing: 'continuous', logMel, chunkFrames: 320, strideFrames: 100 } as const;

  test('is the latest frames of the one running transform, clamped as a front-end call of its own; it stands for what is new', () => {
    const sound = lively(9, 16_000 * 7 + 4_000);
    const frames = logMel.unclamped(sound);
    const chunks = run(createFramer(slide), [sound]);
    expect(chunks.map((c) => c.frameCount)).toEqual([96, 192, 288, 320, 320, 320, 320, 320]);
    chunks.forEach((chunk, n) => {
      const end = chunk.startFrame + chunk.frameCount;
      expect(end).toBe(n < 7 ? (n + 1) * 100 : 726);
      const expected = frames.slice(chunk.startFrame * MELS, end * MELS);
      clampRange(expected, features.rangeDb);
      expect(chunk.data).toEqual(expected);
      expect(chunk.startSample).toBe(n * 16_000);
      expect(chunk.sampleCount).toBe(n < 7 ? 16_000 : 4_000);
      expect(chunk.gapBefore).toBe(0);
    });
  });

  test('after a gap it starts anew: nothing from before the gap is in it', () => {
    const framer = createFramer(slide);
    framer.push(noise(1, 16_000 * 5));
    framer.skip(16_000);
    const after = noise(2, 16_000 * 2);
    const [first] = framer.push(after);
    expect(first).toMatchObject({ frameCount: 96, startSample: 6 * 16_000, startFrame: 604 });
    const [alone] = createFramer(slide).push(after);
    expect(first!.data).toEqual(alone!.data);
  });

  test('each frame is reported once for the spectrogram', () => {
    const reported: [number, number][] = [];
    const framer = createFramer({ ...slide, onFrames: (start, count) => reported.push([start, count]) });
    for (const block of oddBlocks(noise(3, 90_000), 4)) framer.push(block);
    framer.finish();
    let next = 0;
    for (const [start, count] of reported) {
      expect(start).toBe(next);
      next += count;
    }
    expect(next).toBe(Math.floor(90_000 / 160) + 1);
  });

  test.each([15, 321, 50.5])('a stride of %d is refused', (strideFrames) => {
    expect(() => createFramer({ ...slide, strideFrames })).toThrow(/strideFrames must be a whole number from 16/);
  });
});

describe('long streams', () => {
  test('time is exact after a day', () => {
    const day = 24 * 3600 * 16_000;
    for (const { options } of framings) {
      const framer = createFramer(options);
      // A gap of nearly a day stands for the day; the last second is real.
      framer.skip(day - 16_001);
      const [first] = run(framer, [noise(1, 16_000)]);
      expect(first).toMatchObject({ startSample: day - 16_001, gapBefore: day - 16_001 });
      // A sliding window is whole patches: the latest 96 of 100 frames.
      const cut = 'strideFrames' in options ? 4 : 0;
      expect(first!.startFrame).toBe(Math.round((day - 16_001) / 160) + cut);
    }
  });

  test('half an hour: positions without a slip, flat memory', { timeout: 60_000 }, async () => {
    for (const options of [framings[0]!.options, framings[3]!.options]) {
      const framer = createFramer(options);
      const block = noise(1, 15_999);
      let end = 0;
      let pushed = 0;
      const buffers: number[] = [];
      for (let k = 0; k < 1800; k++) {
        pushed += block.length;
        for (const chunk of framer.push(block)) {
          expect(chunk.startSample).toBe(end);
          end += chunk.sampleCount;
        }
        if (k % 600 === 599) {
          // Array buffers are freed after the collection, on another thread.
          collectGarbage();
          await new Promise((resolve) => setTimeout(resolve, 50));
          collectGarbage();
          buffers.push(process.memoryUsage().arrayBuffers);
        }
      }
      expect(pushed - end).toBeLessThan(32_000 + 512);
      expect(buffers[2]! - buffers[0]!).toBeLessThan(1e6);
    }
  });
});
