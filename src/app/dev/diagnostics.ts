/**
 * `?diagnostics`: hands the engine client to the console, to the journeys in e2e/ and to bench/. Loaded only when asked for; the
 * page does not depend on it. Nothing here leaves the page.
 */
import type { AudioInput } from '../audio/audio-input.ts';
import { createEngineClient } from '../client/create-client.ts';
import type { EngineClient } from '../client/engine-client.ts';
import type { Library } from '../store/library-context.ts';

export interface Diagnostics {
  /** Every client made while diagnostics were on, newest last: the live view's own is among them. */
  readonly clients: readonly EngineClient[];
  readonly createEngineClient: () => EngineClient;
  /** What is or was listened to last. */
  input: AudioInput | null;
  /** The page's takes and their controller; null until the page stands. */
  library: Library | null;
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
    const listen = client.listen.bind(client);
    client.listen = (input, startS) => {
      diagnostics.input = input;
      return listen(input, startS);
    };
    clients.push(client);
    return client;
  };
  const diagnostics: Diagnostics = { clients, createEngineClient: create, input: null, library: null };
  window.earshot = diagnostics;
  return create;
}
