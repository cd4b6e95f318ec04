/**
 * Copies a small part of ../shared/parity (inputs and the original's spectrograms) into fixtures/golden/front-end.json.
 * Run: npx tsx scripts/make-front-end-golden.ts
 */
import { writeFileSync } from 'node:fs';
import { type FrontEndGolden, goldenFile } from '../fixtures/front-end-golden.ts';
import { ParityAudio, parityAbsent } from '../fixtures/parity-audio.ts';

const absent = parityAbsent();
if (absent) throw new Error(absent);
const parity = new ParityAudio();

/** A whole sound; and a chunk at full scale that falls into digital silence, where the range clamp is at work. */
const wanted = [
  { input: 'short_pcm16', start: 0, samples: 8000, encoding: 'i16' },
  { input: 'clip', start: 7680, samples: 2560, encoding: 'f32' },
] as const;

const base64 = (array: Float32Array | Int16Array): string =>
  Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('base64');

const golden: FrontEndGolden = {
  source: 'RicherMans/SAT f0f44f5, float32, through ../shared/parity (synthetic sound)',
  cases: wanted.map(({ input, start, samples, encoding }) => {
    const entry = parity.mel.find((e) => e.input === input && e.start_sample === start && e.samples === samples);
    if (!entry) throw new Error(`no spectrogram of ${input} from ${start}, ${samples} samples`);
    const sound = parity.sound(input).slice(start, start + samples);
    return {
      name: `${input}, ${samples} samples from ${start}`,
      encoding,
      samples: base64(encoding === 'i16' ? Int16Array.from(sound, (value) => value * 32768) : sound),
      frames: entry.db.shape[1]!,
      db: base64(parity.array(entry.db)),
    };
  }),
};
writeFileSync(goldenFile, `${JSON.stringify(golden)}\n`);
