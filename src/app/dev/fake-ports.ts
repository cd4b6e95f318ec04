/**
 * `?fake`: the page with an invented world. `&prefill=600` brings a past along, `&fail=microphone|model` trouble. `&models=several`:
 * installed ones and an unfinished download; `&fail=record|download` trouble with those.
 */

import { OFFICIAL_MODELS } from '../../core/catalogue/official-models.ts';
import { OFFICIAL_RECORD } from '../../core/catalogue/zenodo-record.ts';
import { EarshotError } from '../../core/errors.ts';
import type { InstalledModel, Precision } from '../../installer/installer.ts';
import type { BrowserPorts } from '../browser-ports.ts';
import { FakeEngine, FakeInput, fakeCard } from './fake-engine.ts';
import { createFakeInstaller, fakeInstalledCard } from './fake-installer.ts';

export function fakePorts(query: URLSearchParams): Omit<BrowserPorts, 'resolveUrl' | 'nowMs' | 'timeOfDay'> {
  const fail = query.get('fail');
  return {
    createClient: () =>
      new FakeEngine({
        prefillS: Number(query.get('prefill') ?? 0),
        loadMs: Number(query.get('load') ?? 900),
        fail: fail === 'model' ? 'model' : null,
      }),
    openMicrophone: async ({ deviceId }) => {
      if (fail === 'microphone') throw new EarshotError('mic-denied', 'The browser answered: permission denied.');
      const warnings = query.has('warn') ? ['The browser kept echo cancellation on: steady sounds may be missed.'] : [];
      return new FakeInput('microphone', 'Built-in microphone', deviceId ?? 'built-in', warnings);
    },
    openSample: async ({ url }) => new FakeInput('sample', url.split('/').at(-1) ?? 'sample'),
    listMicrophones: async () => [
      { deviceId: 'built-in', label: 'Built-in microphone' },
      { deviceId: 'usb', label: 'USB microphone' },
    ],
    watchMicrophones: () => () => {},
    fetchFile: async (path) => new File(['no sound'], path.split('/').at(-1) ?? path, { type: 'audio/wav' }),
    fetchRecord: async () => {
      await new Promise((resolve) => setTimeout(resolve, 400));
      if (fail === 'record') throw new TypeError('Failed to fetch');
      return { ok: true, status: 200, json: async () => FAKE_RECORD };
    },
    openInstaller: async () => {
      const several = query.get('models') === 'several';
      return createFakeInstaller({
        ...(several && { models: SOME_INSTALLED, partials: SOME_PARTIALS, storage: { freeBytes: 410_000_000 } }),
        ...(fail === 'download' && {
          failures: [
            {
              atShare: 0.4,
              error: new EarshotError(
                'download-failed',
                'zenodo.org stopped answering after 9 of 22 MB; what came is kept.',
              ),
            },
          ],
        }),
      });
    },
    fetchJson: async (path) =>
      path.endsWith('card.json')
        ? FAKE_IDS.some((id) => path === `models/${id}/card.json`)
          ? fakeCard(path.split('/')[1] ?? '')
          : null
        : path.startsWith('models')
          ? {
              models: [
                { id: 'fake-2s', title: 'Small, 2 seconds', delayS: 1.92, family: 'streaming' },
                { id: 'fake-1s', title: 'Small, 1 second', delayS: 0.96, family: 'streaming' },
              ],
            }
          : {
              samples: [
                'Half a minute: rain, a dog, a baby, a helicopter, drums',
                'A dog barks',
                'A baby cries',
                'Rain',
              ].map((title) => ({ id: title, title, url: `${title}.mp3`, credit: 'Nobody', licence: 'CC0' })),
            },
  };
}

const FAKE_IDS = ['fake-2s', 'fake-1s'];

const FAKE_RECORD = {
  doi: '10.5281/zenodo.7964975',
  metadata: { title: 'A made-up record with the files of the real one', license: { id: 'made-up-1.0' } },
  files: OFFICIAL_MODELS.map(({ fileName, approximateBytes }, index) => ({
    key: fileName,
    size: approximateBytes + 60_000,
    ...(index === 1 ? {} : { checksum: `md5:${'0123456789abcdef'.repeat(2)}` }),
  })),
};

function fakeInstalled(fileName: string, precision: Precision, bytes: number, max: number): InstalledModel {
  const card = fakeInstalledCard({ kind: 'published', fileName, source: OFFICIAL_RECORD }, precision);
  const sha256 = fileName.length.toString(16).padStart(2, '0').repeat(32);
  return {
    card: {
      ...card,
      sha256,
      weightsBytes: bytes,
      storage: {
        precision,
        ...(max > 0 && {
          difference: { max, mean: max / 40, chunks: 16, clip: 'half-a-minute', engine: 'WASM, 2 threads' },
        }),
      },
    },
    bytes,
    installedAt: Date.UTC(2026, 2, 14),
  };
}

const SOME_INSTALLED: readonly InstalledModel[] = [
  fakeInstalled('SAT_T_stream2s_mAP_43_34.pt', 'fp16', 11_200_000, 0.00041),
  fakeInstalled('SAT_B_stream2s_mAP_45_29.pt', 'int8', 88_000_000, 0.021),
];

const SOME_PARTIALS = [
  {
    fileName: 'SAT_S_stream2s_mAP_43_37.pt',
    source: OFFICIAL_RECORD,
    receivedBytes: 31_000_000,
    totalBytes: 86_500_000,
  },
];
