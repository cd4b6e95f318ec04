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
  /** Decodes a file to its end and throws the sound away; returns its samples' count. */
  readonly decode: (file: File) => Promise<number>;
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

async function decode(file: File): Promise<number> {
  const { openMedia } = await import('../../media/decode.ts');
  const media = await openMedia(file, file.name);
  let samples = 0;
  for await (const block of media.blocks()) samples += block.samples.length;
  media.dispose();
  return samples;
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
  const diagnostics: Diagnostics = { clients, createEngineClient: create, decode, input: null, library: null };
  window.earshot = diagnostics;
  return create;
}
