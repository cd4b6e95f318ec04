/** The browser, as the live view needs it: real engine and microphone, or the invented ones of `?fake` while developing. */
import { listMicrophones, openMicrophone, watchMicrophones } from './audio/microphone.ts';
import { openSample } from './audio/sample.ts';
import { createEngineClient } from './client/create-client.ts';
import type { LivePorts } from './store/live-controller.ts';

const common = {
  async fetchJson(path: string): Promise<unknown> {
    const response = await fetch(new URL(path, document.baseURI));
    return response.ok ? response.json() : null;
  },
  resolveUrl: (path: string): string => new URL(path, document.baseURI).href,
  nowMs: (): number => performance.now(),
  timeOfDay: (): string => new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }),
};

export async function browserPorts(query: URLSearchParams): Promise<LivePorts> {
  if (import.meta.env.DEV && query.has('fake')) {
    const { fakePorts } = await import('./dev/fake-ports.ts');
    return { ...common, ...fakePorts(query) };
  }
  let createClient = createEngineClient;
  if (query.has('diagnostics')) createClient = (await import('./dev/diagnostics.ts')).installDiagnostics();
  return { ...common, createClient, openMicrophone, openSample, listMicrophones, watchMicrophones };
}
