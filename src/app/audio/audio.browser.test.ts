/** The real thing: context, worklet, ring and a worker; a beep as the microphone. Real time, so seconds at most. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { transferOf } from '../../core/ring/open.ts';
import type { RingHandle } from '../../core/ring/ring.ts';
import type { AudioInput, InputEnd } from './audio-input.ts';
import { openCaptureGraph } from './capture-graph.ts';
import { listMicrophones, openMicrophone, watchMicrophones } from './microphone.ts';
import type { Heard } from './ring-reader.test-worker.ts';
import { openSample } from './sample.ts';
import { Scope } from './scope.ts';

const workers: Worker[] = [];
const inputs: AudioInput[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const worker of workers.splice(0)) worker.terminate();
  await Promise.all(inputs.splice(0).map((input) => input.dispose()));
});

function readInWorker(handle: RingHandle, count: number): { heard: Promise<Heard>; worker: Worker } {
  const worker = new Worker(new URL('./ring-reader.test-worker.ts', import.meta.url), { type: 'module' });
  workers.push(worker);
  const heard = new Promise<Heard>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Heard>) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
  });
  worker.postMessage({ handle, count }, transferOf(handle) as MessagePort[]);
  return { heard, worker };
}

const keep = <Input extends AudioInput>(input: Input): Input => {
  inputs.push(input);
  return input;
};

/** Mono 16-bit PCM. */
function wav(samples: Float32Array, rateHz: number): string {
  const bytes = new DataView(new ArrayBuffer(44 + samples.length * 2));
  const text = (at: number, word: string) => {
    for (let i = 0; i < word.length; i += 1) bytes.setUint8(at + i, word.charCodeAt(i));
  };
  text(0, 'RIFF');
  bytes.setUint32(4, 36 + samples.length * 2, true);
  text(8, 'WAVEfmt ');
  bytes.setUint32(16, 16, true);
  bytes.setUint16(20, 1, true);
  bytes.setUint16(22, 1, true);
  bytes.setUint32(24, rateHz, true);
  bytes.setUint32(28, rateHz * 2, true);
  bytes.setUint16(32, 2, true);
  bytes.setUint16(34, 16, true);
  text(36, 'data');
  bytes.setUint32(40, samples.length * 2, true);
  for (let i = 0; i < samples.length; i += 1) bytes.setInt16(44 + i * 2, Math.round((samples[i] ?? 0) * 32768), true);
  return URL.createObjectURL(new Blob([bytes.buffer], { type: 'audio/wav' }));
}

const rms = (samples: Float32Array): number => Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);

it('runs where memory can be shared, as the page does', () => {
  expect(crossOriginIsolated).toBe(true);
  expect(typeof Atomics.waitAsync).toBe('function');
});

for (const ring of ['shared', 'port'] as const) {
  describe(`${ring} ring`, () => {
    it('brings a known buffer through worklet and ring into a worker, exactly: the mean of its channels', async () => {
      const scope = new Scope();
      try {
        const { context, node, openHandle } = await openCaptureGraph(scope, { ring });
        await context.resume();
        const count = Math.round(context.sampleRate * 0.7) + 13;
        const buffer = new AudioBuffer({ length: count, numberOfChannels: 2, sampleRate: context.sampleRate });
        const wanted = new Float32Array(count);
        for (let i = 0; i < count; i += 1) {
          const left = ((i * 7) % 32749) / 65536;
          const right = ((i % 4093) + 1) / 8192;
          buffer.getChannelData(0)[i] = left;
          buffer.getChannelData(1)[i] = right;
          wanted[i] = (left + right) / 2;
        }
        const { heard } = readInWorker(openHandle(), Math.round(context.sampleRate * 1.5));
        const source = new AudioBufferSourceNode(context, { buffer });
        source.connect(node);
        // Capture begins when the worklet has its ring: a message away from `openHandle`.
        source.start(context.currentTime + 0.3);
        const { samples, lost, start } = await heard;
        expect(lost).toBe(0);
        expect(start).toBe(0);
        const from = samples.findIndex((value) => value !== 0);
        expect(from).toBeGreaterThanOrEqual(0);
        const got = samples.subarray(from, from + count);
        expect(got.length).toBe(count);
        expect(got.findIndex((value, i) => value !== wanted[i])).toBe(-1);
        expect(
          samples.subarray(from + count).every((value) => value === 0),
          'silence behind it',
        ).toBe(true);
      } finally {
        await scope.dispose();
      }
    });

    it('hears the microphone', async () => {
      const input = keep(await openMicrophone({ ring }));
      const { heard } = readInWorker(input.openHandle(), Math.round(input.rateHz * 1.3));
      const { samples, lost } = await heard;
      expect(input.kind).toBe('microphone');
      expect(input.label).not.toBe('');
      expect(lost).toBe(0);
      expect(rms(samples), 'the fake device beeps every second').toBeGreaterThan(1e-3);
    });

    it('serves a second worker after the first one died: time goes on', async () => {
      const input = keep(await openMicrophone({ ring }));
      const first = readInWorker(input.openHandle(), Math.round(input.rateHz * 0.3));
      await first.heard;
      first.worker.terminate();
      await new Promise((resolve) => setTimeout(resolve, 300));
      const { samples, start, lost } = await readInWorker(input.openHandle(), Math.round(input.rateHz * 0.3)).heard;
      expect(samples.length).toBe(Math.round(input.rateHz * 0.3));
      expect(start).toBeGreaterThanOrEqual(Math.round(input.rateHz * 0.3));
      // Over a port what came meanwhile is gone and said so; shared memory kept it.
      if (ring === 'port') expect(lost).toBeGreaterThan(input.rateHz * 0.2);
      else expect(lost).toBe(0);
    });
  });
}

describe('microphone', () => {
  it('reads back what the browser applied, and warns where it kept something on', async () => {
    const plain = keep(await openMicrophone());
    expect(plain.warnings).toEqual([]);
    vi.spyOn(MediaStreamTrack.prototype, 'getSettings').mockReturnValue({
      echoCancellation: true,
      noiseSuppression: true,
    });
    const kept = keep(await openMicrophone());
    expect(kept.warnings.join(' ')).toMatch(/echo cancellation.*noise suppression/);
  });

  it('asks for untouched sound', async () => {
    const ask = vi.spyOn(navigator.mediaDevices, 'getUserMedia');
    const [first] = await listMicrophones();
    const input = keep(await openMicrophone(first ? { deviceId: first.deviceId } : {}));
    expect(ask.mock.calls[0]?.[0]).toMatchObject({
      audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: { ideal: 1 } },
    });
    expect(input.deviceId).toBe(first?.deviceId);
    expect(first?.label).toBeTruthy();
  });

  it.each([
    ['NotAllowedError', 'mic-denied'],
    ['NotFoundError', 'mic-missing'],
    ['OverconstrainedError', 'mic-missing'],
    ['NotReadableError', 'mic-busy'],
  ])('%s is %s', async (name, code) => {
    vi.spyOn(navigator.mediaDevices, 'getUserMedia').mockRejectedValue(new DOMException('no', name));
    await expect(openMicrophone()).rejects.toMatchObject({ name: 'EarshotError', code });
  });

  it('tells when it is unplugged, once, also whoever asks late', async () => {
    const input = keep(await openMicrophoneAndTrack());
    const told: InputEnd[] = [];
    input.onEnded((reason) => told.push(reason));
    input.track.dispatchEvent(new Event('ended'));
    input.track.dispatchEvent(new Event('ended'));
    input.onEnded((reason) => told.push(reason));
    await Promise.resolve();
    expect(told).toEqual(['unplugged', 'unplugged']);
  });

  it('warns while it is muted', async () => {
    const input = keep(await openMicrophoneAndTrack());
    const seen: number[] = [];
    input.onWarnings?.((warnings) => seen.push(warnings.length));
    input.track.dispatchEvent(new Event('mute'));
    expect(input.warnings.join()).toMatch(/muted/);
    input.track.dispatchEvent(new Event('unmute'));
    expect(input.warnings).toEqual([]);
    expect(seen).toEqual([1, 0]);
  });

  it('lets everything go: track, context, events', async () => {
    const close = vi.spyOn(AudioContext.prototype, 'close');
    const input = await openMicrophoneAndTrack();
    const told: InputEnd[] = [];
    input.onEnded((reason) => told.push(reason));
    await input.dispose();
    await input.dispose();
    input.track.dispatchEvent(new Event('ended'));
    expect(input.track.readyState).toBe('ended');
    expect(close).toHaveBeenCalledTimes(1);
    expect(told).toEqual([]);
  });

  it('gives up when asked to, and stops a microphone that comes too late', async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    let allow: (value: MediaStream) => void = () => undefined;
    const answer = new Promise<MediaStream>((resolve) => {
      allow = resolve;
    });
    vi.spyOn(navigator.mediaDevices, 'getUserMedia').mockReturnValue(answer);
    const abort = new AbortController();
    const opening = openMicrophone({ signal: abort.signal });
    abort.abort();
    await expect(opening).rejects.toMatchObject({ name: 'AbortError' });
    allow(stream);
    await vi.waitFor(() => expect(stream.getTracks().every(({ readyState }) => readyState === 'ended')).toBe(true));
  });

  it('watches devices come and go, until told not to', () => {
    const listener = vi.fn();
    const stop = watchMicrophones(listener);
    navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
    stop();
    navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
    expect(listener).toHaveBeenCalledTimes(1);
  });
});

describe('sample', () => {
  it('plays a clip from the moment it is asked for to its end', async () => {
    const { sampleRate } = new OfflineAudioContext(1, 1, 48_000);
    const clip = Float32Array.from({ length: sampleRate / 2 }, (_, i) => Math.sin(i * 0.05) / 2);
    const input = keep(await openSample({ url: wav(clip, sampleRate), audible: false }));
    const ended = new Promise<InputEnd>((resolve) => input.onEnded(resolve));
    const { heard } = readInWorker(input.openHandle(), input.rateHz);
    const { samples } = await heard;
    expect(await ended).toBe('finished');
    const energy = samples.reduce((sum, x) => sum + x * x, 0);
    expect(energy / (input.rateHz / 2)).toBeCloseTo(0.125, 2);
  });

  it('says what is wrong with a clip', async () => {
    const noise = URL.createObjectURL(new Blob([new Uint8Array(100)]));
    await expect(openSample({ url: noise, audible: false })).rejects.toMatchObject({ code: 'bad-audio-file' });
    vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response('', { status: 404 }));
    await expect(openSample({ url: '/nowhere.wav', audible: false })).rejects.toMatchObject({
      code: 'download-failed',
    });
  });
});

const UNTOUCHED = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

/** The input with the track under it. */
async function openMicrophoneAndTrack(): Promise<AudioInput & { readonly track: MediaStreamTrack }> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: UNTOUCHED });
  const track = stream.getAudioTracks()[0];
  if (!track) throw new Error('the fake device has no track');
  const spy = vi.spyOn(navigator.mediaDevices, 'getUserMedia').mockResolvedValue(stream);
  const input = await openMicrophone();
  spy.mockRestore();
  return Object.assign(input, { track });
}
