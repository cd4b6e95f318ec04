/** The worker's entry: the host, given the world. */
import { openEngine } from '../backends/choose.ts';
import type { ToWorker } from '../core/protocol/messages.ts';
import { fetchModel } from './fetch-model.ts';
import { loadModel } from './load-model.ts';
import { turn } from './turn.ts';
import { tellUsedFiles } from './used-files.ts';
import { WorkerHost } from './worker-host.ts';

declare const self: DedicatedWorkerGlobalScope;

const now = (): number => performance.timeOrigin + performance.now();

const sha256 = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> => {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
};

const host = new WorkerHost({
  post: (message, transfer) => self.postMessage(message, transfer ?? []),
  now,
  turn,
  loadModel: (url, onBytes) =>
    loadModel(url, { fetch: fetchModel, sha256: globalThis.isSecureContext ? sha256 : null, onBytes }),
  openEngine: (request) =>
    openEngine({
      ...request,
      gpu: navigator.gpu,
      isolated: globalThis.crossOriginIsolated,
      cores: navigator.hardwareConcurrency,
      now,
    }),
  // Loaded when the first file comes: a visitor who only listens needs neither.
  openMedia: async (file, name) => {
    if (!(file instanceof Blob)) throw new TypeError(`file must be a Blob, got ${typeof file}`);
    const { openMedia } = await import('../media/decode.ts');
    return openMedia(file, name);
  },
  openRecorder: async (rateHz) => (await import('../media/recorder.ts')).StreamRecorder.open(rateHz),
});

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  void host.handle(data).then(() => {
    if (data.type === 'load') tellUsedFiles();
  });
};
