import { describe, expect, it } from 'vitest';
import { type ContainerFacts, readContainerFacts } from './container-facts.ts';

const facts = (bytes: Uint8Array, size = bytes.length): Promise<ContainerFacts> =>
  readContainerFacts(size, async (start, end) => bytes.slice(start, Math.min(end, bytes.length)));

/** PCM at 8000 bytes a second; `declared` bytes of sound, `there` of them written. */
function wav(declared: number, there: number): Uint8Array {
  const bytes = new Uint8Array(44 + there);
  const view = new DataView(bytes.buffer);
  const text = (at: number, word: string): void => bytes.set(new TextEncoder().encode(word), at);
  text(0, 'RIFF');
  view.setUint32(4, 36 + declared, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint32(28, 8000, true);
  text(36, 'data');
  view.setUint32(40, declared, true);
  return bytes;
}

describe('readContainerFacts', () => {
  it('a WAV header counts more than the file holds', async () => {
    expect(await facts(wav(16_000, 16_000))).toEqual({ durationS: 2, cutShort: false, padding: null });
    expect(await facts(wav(16_000, 6000))).toEqual({ durationS: 2, cutShort: true, padding: null });
  });

  it('a WAV header of a writer that could not go back says nothing', async () => {
    for (const open of [0, 0xffff_ffff, 0x7fff_ffff, 0x7fff_f000]) {
      expect(await facts(wav(open, 6000))).toEqual({ durationS: null, cutShort: false, padding: null });
    }
  });

  it('a Matroska segment of known size, whole and cut; of open size', async () => {
    const ebml = [0x1a, 0x45, 0xdf, 0xa3, 0x82, 0, 0];
    const segment = (size: number[], body: number): Uint8Array =>
      Uint8Array.from([...ebml, 0x18, 0x53, 0x80, 0x67, ...size, ...new Array<number>(body).fill(0)]);
    expect((await facts(segment([0x40, 100], 100))).cutShort).toBe(false);
    expect((await facts(segment([0x40, 100], 99))).cutShort).toBe(true);
    expect((await facts(segment([0x01, 255, 255, 255, 255, 255, 255, 255], 50))).cutShort).toBe(false);
  });

  it('an MP4 box that goes on behind the end', async () => {
    const box = (type: string, size: number, there = size): number[] => {
      const bytes = [0, 0, size >> 8, size & 255, ...new TextEncoder().encode(type)];
      return [...bytes, ...new Array<number>(there - 8).fill(0)];
    };
    const front = [...box('ftyp', 24), ...box('moov', 300)];
    expect((await facts(Uint8Array.from([...front, ...box('mdat', 900)]))).cutShort).toBe(false);
    expect((await facts(Uint8Array.from([...front, ...box('mdat', 900, 500)]))).cutShort).toBe(true);
  });

  it('what is no media file, or hardly anything, is no news', async () => {
    for (const bytes of [
      new Uint8Array(0),
      new Uint8Array(15),
      new TextEncoder().encode('just words, '.repeat(2000)),
    ]) {
      expect(await facts(bytes)).toEqual({ durationS: null, cutShort: false, padding: null });
    }
  });

  it('a reader that fails is no news either', async () => {
    const failing = readContainerFacts(1000, () => Promise.reject(new Error('gone')));
    expect(await failing).toEqual({ durationS: null, cutShort: false, padding: null });
  });
});
