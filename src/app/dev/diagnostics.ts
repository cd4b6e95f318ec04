/**
 * `?diagnostics`: hands the engine client to the console, to the journeys in e2e/ and to bench/. Loaded only when asked for; the
 * page does not depend on it. Nothing here leaves the page.
 */
import { createEngineClient } from '../client/create-client.ts';
import type { EngineClient } from '../client/engine-client.ts';

export interface Diagnostics {
  /** Every client made while diagnostics were on, newest last: the live view's own is among them. */
  readonly clients: readonly EngineClient[];
  readonly createEngineClient: () => EngineClient;
}

declare global {
  interface Window {
    earshot?: Diagnostics;
  }
}

/** Wraps the page's own way of making clients, so that they can be reached. */
export function installDiagnostics(): () => EngineClient {
  const clients: EngineClient[] = [];
  const create = (): EngineClient => {
    const client = createEngineClient();
    clients.push(client);
    return client;
  };
  window.earshot = { clients, createEngineClient: create };
  return create;
}
