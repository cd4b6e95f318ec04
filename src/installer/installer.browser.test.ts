/** The whole installer in a real browser: worker, storage, engine. From local files; downloads are in install-host.test.ts. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngineClient } from '../app/client/create-client.ts';
import { createInstaller } from './create-installer.ts';
import { type InstallPhase, installedUrl } from './installer.ts';

const installer = createInstaller({ embeddedIds: ['bare_zip'], baseUrl: new URL('/', location.href).href });
afterAll(() => installer.dispose());

const fixture = async (path: string, name: string): Promise<File> => {
  const response = await fetch(`/fixtures/parity/${path}`);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return new File([await response.blob()], name);
};

describe('installing', () => {
  beforeAll(async () => {
    for (const { card } of await installer.list()) await installer.remove(card.id);
  });

  test('a checkpoint from disk becomes a model that the engine runs', async () => {
    const phases: InstallPhase[] = [];
    const file = await fixture('checkpoints/sat_t_2s.pt', 'My model (1).pt');
    const job = installer.install({ origin: { kind: 'files', files: [file] }, precision: 'int8' }, ({ phase }) => {
      if (phases.at(-1) !== phase) phases.push(phase);
    });
    const model = await job.done;
    console.log(
      JSON.stringify({ ...model, card: { ...model.card, labels: 0, selfCheck: 0, io: 0 } }),
      phases.join(' '),
    );
    expect(await installer.storage()).toMatchObject({ kind: 'opfs' });
    expect((await installer.list()).map(({ card }) => card.id)).toEqual([model.card.id]);
    const client = createEngineClient();
    const loaded = await client.load({ lane: 'a', modelUrl: installedUrl(model.card.id), backend: 'wasm' });
    expect(loaded.card.id).toBe(model.card.id);
    await client.dispose();
  });
});
