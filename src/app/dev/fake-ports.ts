/** `?fake`: the page with an invented world. `&prefill=600` brings a past along, `&fail=microphone|model` trouble. */
import { EarshotError } from '../../core/errors.ts';
import type { LivePorts } from '../store/live-controller.ts';
import { FakeEngine, FakeInput } from './fake-engine.ts';

export function fakePorts(query: URLSearchParams): Omit<LivePorts, 'resolveUrl' | 'nowMs' | 'timeOfDay' | 'keep'> {
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
    fetchJson: async (path) =>
      path.startsWith('models')
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
