/** The browser, as the live view needs it: real engine and microphone, or the invented ones of `?fake` while developing. */
import { EarshotError } from '../core/errors.ts';
import { listMicrophones, openMicrophone, watchMicrophones } from './audio/microphone.ts';
import { openSample } from './audio/sample.ts';
import { createEngineClient } from './client/create-client.ts';
import type { LivePorts } from './store/live-controller.ts';
import type { ModelsPorts } from './store/models-work.ts';

export type BrowserPorts = Omit<LivePorts, 'modelFor' | 'onModelChosen' | 'keep'> &
  Pick<ModelsPorts, 'fetchFile' | 'fetchRecord' | 'openInstaller'>;

const common = {
  async fetchFile(path: string): Promise<File> {
    const response = await fetch(new URL(path, document.baseURI));
    if (!response.ok) throw new EarshotError('download-failed', `${path} answered with status ${response.status}.`);
    const blob = await response.blob();
    return new File([blob], path.split('/').at(-1) ?? path, { type: blob.type });
  },
  fetchRecord: (url: string) => fetch(url),
  async fetchJson(path: string): Promise<unknown> {
    const response = await fetch(new URL(path, document.baseURI));
    return response.ok ? response.json() : null;
  },
  resolveUrl: (path: string): string => new URL(path, document.baseURI).href,
  nowMs: (): number => performance.now(),
  timeOfDay: (): string => new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }),
};

export async function browserPorts(query: URLSearchParams): Promise<BrowserPorts> {
  if (import.meta.env.DEV && query.has('fake')) {
    const { fakePorts } = await import('./dev/fake-ports.ts');
    return { ...common, ...fakePorts(query) };
  }
  let createClient = createEngineClient;
  if (query.has('diagnostics')) createClient = (await import('./dev/diagnostics.ts')).installDiagnostics();
  const openInstaller = async (embeddedIds: readonly string[]) =>
    (await import('../installer/create-installer.ts')).createInstaller({ embeddedIds });
  return {
    ...common,
    createClient,
    openInstaller,
    openMicrophone,
    openSample,
    listMicrophones,
    watchMicrophones,
  };
}
