/** Audio files to mono sample blocks, as they are read. WAV with PCM 8/16/24/32 bit, float, A-law or µ-law. Node only. */
import { existsSync, statSync } from 'node:fs';
import { AudioSampleSink, FilePathSource, Input, WAVE } from 'mediabunny';
import { EarshotError } from '../src/core/errors.ts';

export interface AudioBlock {
  /** Mono, -1..1; integer PCM divided by its full scale (SPEC section 1). */
  readonly samples: Float32Array;
  readonly rateHz: number;
  /** Channels that were mixed down. */
  readonly channels: number;
}

/** @throws EarshotError `not-found`, `bad-audio-file` or `unsupported-audio`; what was yielded before stays good. */
export async function* decodeFile(path: string): AsyncGenerator<AudioBlock> {
  if (!existsSync(path)) throw new EarshotError('not-found', `There is no file ${path}.`);
  if (!statSync(path).isFile()) throw new EarshotError('bad-audio-file', `${path} is not a file.`);
  const input = new Input({ formats: [WAVE], source: new FilePathSource(path) });
  try {
    if (!(await input.canRead())) {
      throw new EarshotError('bad-audio-file', `${path} is not a WAV file (PCM or float) that can be read.`);
    }
    const track = await input.getPrimaryAudioTrack();
    if (!track) throw new EarshotError('bad-audio-file', `${path} holds no sound.`);
    if (!(await track.canDecode())) {
      throw new EarshotError(
        'unsupported-audio',
        `${path} uses a WAV coding that is not supported here; PCM and float are.`,
      );
    }
    for await (const sample of new AudioSampleSink(track).samples()) {
      const { numberOfChannels: channels, numberOfFrames: length, sampleRate: rateHz } = sample;
      const mono = new Float32Array(length);
      const plane = new Float32Array(length);
      for (let planeIndex = 0; planeIndex < channels; planeIndex++) {
        sample.copyTo(plane, { planeIndex, format: 'f32-planar' });
        for (let i = 0; i < length; i++) mono[i]! += plane[i]! / channels;
      }
      sample.close();
      yield { samples: channels === 1 ? plane : mono, rateHz, channels };
    }
  } catch (cause) {
    if (cause instanceof EarshotError) throw cause;
    throw new EarshotError('bad-audio-file', `${path} could not be read as a WAV file.`, { cause });
  } finally {
    input.dispose();
  }
}
