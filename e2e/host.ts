/**
 * A static host of our own making in front of the build that is being tried: in a folder of its site, with or without the headers
 * that isolate, with answers that can be changed, and it can be gone.
 */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test as base } from './browser.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

export interface HostOptions {
  /** Where the build is served. */
  readonly origin: string;
  /** With a slash at both ends. */
  readonly folder?: string;
  /** False: a host that sets no headers, as many do. */
  readonly isolated?: boolean;
}

export interface Host {
  /** Of the page. */
  readonly url: string;
  /** Paths inside the folder, in the order in which they were asked for. */
  readonly asked: string[];
  /** Changes an answer before it goes out. */
  change: ((path: string, answer: Answer) => Answer) | null;
  /** Nothing answers at the address any more. */
  leave(): Promise<void>;
  close(): Promise<void>;
}

const KEPT_HEADERS = ['content-type', 'cross-origin-opener-policy', 'cross-origin-embedder-policy'];

export async function startHost({ origin, folder = '/', isolated = true }: HostOptions): Promise<Host> {
  const asked: string[] = [];
  const answer = async (path: string): Promise<Answer> => {
    const response = await fetch(new URL(path, origin));
    const headers: Record<string, string> = { 'cache-control': 'no-cache' };
    for (const name of KEPT_HEADERS) {
      const value = response.headers.get(name);
      if (value !== null && (isolated || name === 'content-type')) headers[name] = value;
    }
    const plain = { status: response.status, headers, body: Buffer.from(await response.arrayBuffer()) };
    return host.change?.(path, plain) ?? plain;
  };
  const serve = async (url: string, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(url, origin);
    if (!pathname.startsWith(folder)) {
      response.writeHead(404).end();
      return;
    }
    const path = pathname.slice(folder.length);
    asked.push(path);
    const { status, headers, body } = await answer(path);
    response.writeHead(status, { ...headers, 'content-length': body.length }).end(body);
  };
  const server: Server = createServer((request, response) => {
    serve(request.url ?? '/', response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const leave = async (): Promise<void> => {
    if (!server.listening) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const host: Host = { url: `http://localhost:${port}${folder}`, asked, change: null, leave, close: leave };
  return host;
}

type Start = (options?: Omit<HostOptions, 'origin'>) => Promise<Host>;

/** Journeys with hosts of their own, in front of the build that all journeys try. */
export const test = base.extend<{ host: Start }>({
  host: async ({ baseURL }, use) => {
    const hosts: Host[] = [];
    await use(async (options = {}) => {
      const host = await startHost({ origin: baseURL ?? 'http://localhost:4173', ...options });
      hosts.push(host);
      return host;
    });
    for (const host of hosts) await host.close();
  },
});
