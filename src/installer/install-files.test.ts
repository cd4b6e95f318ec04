/** Installations from disk: checkpoints in all containers, .safetensors, our own model folder and its zip. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { strToU8, zipSync } from 'fflate';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  bytesOf as bytesIn,
  checkpointOps,
  legacyCheckpoint,
  tinySpecimen,
  zipCheckpoint,
} from '../../fixtures/fuzz/write-files.ts';
import { seeded } from '../../fixtures/seeded.ts';
import { type ModelCard, parseCard } from '../core/model/card.ts';
import { codeOf, InstallPage, type PageOptions } from './install-page.test-tool.ts';
import type { InstallRequest, Precision } from './installer.ts';
import { MemoryStore } from './memory-store.test-tool.ts';

const parity = (path: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(readFileSync(fileURLToPath(new URL(`../../fixtures/parity/${path}`, import.meta.url))));
const file = (bytes: Uint8Array<ArrayBuffer> | string, name: string): File => new File([bytes], name);
const request = (files: readonly File[], precision: Precision = 'fp32'): InstallRequest => ({
  origin: { kind: 'files', files },
  precision,
});

let store: MemoryStore;
let page: InstallPage;
const open = (options: Partial<PageOptions> = {}): void => {
  page = new InstallPage({ store, ...options });
};
beforeEach(() => {
  store = new MemoryStore();
  open();
});
const install = (files: readonly File[], precision?: Precision) => page.install(request(files, precision)).done;

interface Folder {
  readonly card: ModelCard;
  readonly json: string;
  readonly weights: Uint8Array<ArrayBuffer>;
}

/** A model folder, taken out of the storage it was installed into. */
async function folder(precision: Precision = 'fp32'): Promise<Folder> {
  const elsewhere = new MemoryStore();
  const { card } = await new InstallPage({ store: elsewhere }).install(
    request([file(parity('checkpoints/sat_t_1s.pt'), 'ours.pt')], precision),
  ).done;
  const bytesOf = (name: string) => elsewhere.files.get(`models/${card.id}/${name}`)!.bytes;
  return { card, json: new TextDecoder().decode(bytesOf('card.json')), weights: bytesOf('model.safetensors') };
}
const filesOf = ({ json, weights }: Folder): File[] => [file(weights, 'model.safetensors'), file(json, 'card.json')];

describe('a checkpoint', () => {
  const specimen = tinySpecimen('streaming', 'token', seeded(4));
  const pickle = (config: unknown) => bytesIn(checkpointOps(specimen.plans, config));
  const lengths = Object.fromEntries(specimen.plans.map(({ key, length }) => [key, length]));

  test.each([
    ['zip', zipCheckpoint(pickle(specimen.config), specimen.storages)],
    ['legacy container', legacyCheckpoint(pickle(specimen.config), specimen.storages, lengths)],
    ['bare state dict', zipCheckpoint(pickle(undefined), specimen.storages)],
    ['half', parity('formats/half_zip.pt')],
  ])('%s', async (name, content) => {
    const bytes = Uint8Array.from(content);
    const job = page.install({ ...request([file(bytes, 'a.pt')]), ...(name !== 'half' && { heads: 2 }) });
    const { card } = await job.done;
    expect(job.phases).toEqual(['asking', 'reading', 'storing', 'measuring']);
    expect(card.origin).toContain(createHash('sha256').update(bytes).digest('hex'));
    expect(card.origin).toContain('a.pt');
    expect(await page.modelIds()).toEqual(['a']);
  });

  test('is named after its file, apart from all that have that name', async () => {
    open({ takenIds: ['sat-t-2s', 'my-model'] });
    const bytes = parity('checkpoints/sat_t_2s.pt');
    for (const name of ['My  Model.pt', 'my-model.pth', 'MY MODEL.ckpt', 'SAT-T-2s.pt', '…….pt', '../../x/.pt']) {
      await install([file(bytes, name)]);
    }
    expect(await page.modelIds()).toEqual(['my-model-2', 'my-model-3', 'my-model-4', 'sat-t-2s-2', 'imported', 'x']);
    const { card } = await install([file(bytes, 'my model.pt')], 'int8');
    expect(card.id).toBe('my-model-int8');
    expect(card.selfCheck).not.toBeNull();
  });

  test('that is half already is not called converted, and says so', async () => {
    const { card, notes } = await install([file(parity('formats/half_zip.pt'), 'h.pt')], 'fp16');
    expect(card.id).toBe('h');
    expect(card.storage).toEqual({ precision: 'fp16' });
    expect(notes?.join(' ')).not.toContain('stays so');
    const asFp32 = await install([file(parity('formats/half_zip.pt'), 'h.pt')], 'fp32');
    expect(asFp32.card).toMatchObject({ id: 'h-2', storage: { precision: 'fp16' } });
    expect(asFp32.notes?.join(' ')).toContain('It came as fp16 and stays so');
  });

  test('under a published name is that constructor: nothing else tells SAT_S_1s from SAT_S_2s', async () => {
    const bytes = parity('checkpoints/sat_s_2s.pt');
    const plain = await install([file(bytes, 'some.pt')]);
    expect(plain.card.chunk.inputFrames).toBe(192);
    const named = await install([file(bytes, 'SAT_S_stream1s_mAP_40_55.pt')]);
    expect(named.card.chunk.inputFrames).toBe(96);
    const asked = await page.install({ ...request([file(bytes, 'SAT_S_stream1s_mAP_40_55.pt')]), arch: 'SAT_S_2s' })
      .done;
    expect(asked.card.chunk.inputFrames).toBe(192);
  });

  test('of another kind, or gone meanwhile, is refused with one sentence', async () => {
    expect(await codeOf(install([file('hello', 'x.pt')]))).toBe('bad-checkpoint');
    expect(await codeOf(install([file('', 'x.pt')]))).toBe('bad-checkpoint');
    const gone = file(parity('checkpoints/sat_t_1s.pt'), 'gone.pt');
    gone.stream = () => {
      throw new DOMException('The file is gone.', 'NotFoundError');
    };
    const failed = install([gone]);
    expect(await codeOf(failed)).toBe('not-found');
    await expect(failed).rejects.toThrow('gone.pt could not be read');
    expect(await page.modelIds()).toEqual([]);
    expect(store.usedBytes).toBe(0);
  });
});

describe('a model folder', () => {
  test('is kept as it is, hash, scores and all, in whatever form it comes', async () => {
    const made = await folder();
    const { json, weights } = made;
    const card = parseCard(JSON.parse(json));
    const forms: readonly File[][] = [
      filesOf(made),
      [...filesOf(made), file('read me', 'README.md')],
      [zip({ 'card.json': json, 'model.safetensors': weights }, 0)],
      [zip({ 'a/b/model.safetensors': weights, 'a/b/card.json': json }, 6)],
    ];
    const measured: unknown[] = [];
    for (const [i, files] of forms.entries()) {
      store = new MemoryStore();
      open({ takenIds: i === 0 ? [] : [card.id], measure: async (wanted) => measured.push(wanted) as never });
      const installed = await install(files);
      expect(installed.card).toEqual({ ...card, id: i === 0 ? card.id : `${card.id}-2` });
      const stored = store.files.get(`models/${installed.card.id}/model.safetensors`)!.bytes;
      expect(createHash('sha256').update(stored).digest('hex')).toBe(card.sha256);
    }
    expect(measured).toEqual([]);
  });

  test('becomes smaller when asked to, never larger', async () => {
    const made = await folder();
    const { card } = await install(filesOf(made), 'int8');
    expect(card).toMatchObject({ id: 'ours-int8', storage: { precision: 'int8', difference: { max: 0.01 } } });
    expect(card.sha256).not.toBe(made.card.sha256);
    const small = await folder('int8');
    const again = await install(filesOf(small), 'fp16');
    expect(again.card.sha256).toBe(small.card.sha256);
    expect(again.card.storage).toEqual(small.card.storage);
    expect(again.notes?.join(' ')).toContain('It came as int8 and stays so');
  });

  test('whose parts do not fit is refused', async () => {
    const made = await folder();
    const { json, weights, card } = made;
    const other = weights.slice();
    other[other.length - 1]! ^= 1;
    const cases: readonly (readonly [string, readonly File[]])[] = [
      ['card-mismatch', [file(other, 'model.safetensors'), file(json, 'card.json')]],
      ['card-mismatch', [file(weights.slice(0, -1), 'model.safetensors'), file(json, 'card.json')]],
      ['bad-card', [file(weights, 'model.safetensors'), file('{', 'card.json')]],
      ['bad-card', [file(weights, 'model.safetensors'), file(json.replace('earshot-card/1', 'x'), 'card.json')]],
      ['bad-card', [zip({ 'card.json': json })]],
      ['bad-card', [zip({ 'a/card.json': json, 'b/card.json': json })]],
      ['card-mismatch', [zip({ 'card.json': json, 'model.safetensors': other })]],
      [
        'card-mismatch',
        [zip({ 'card.json': json.replace(`${card.weightsBytes}`, '999999999'), 'model.safetensors': weights })],
      ],
      ['bad-checkpoint', [zip({ 'readme.txt': 'x' })]],
      ['usage', [file(weights, 'a.safetensors'), file(weights, 'b.safetensors')]],
      ['usage', []],
    ];
    for (const [code, files] of cases) {
      expect(await codeOf(install(files)), `${code}: ${files.map(({ name }) => name)}`).toBe(code);
    }
    expect(await page.modelIds()).toEqual([]);
    expect(store.usedBytes).toBe(0);
  });

  test('of weights alone, without a card, is a network like any other', async () => {
    const { weights } = await folder();
    const { card } = await page.install({ ...request([file(weights, 'w.safetensors')]), heads: 2 }).done;
    expect(card.id).toBe('w');
  });
});

test('room is asked for, and no memory is said as such', async () => {
  const bytes = parity('checkpoints/sat_t_1s.pt');
  open({ freeBytes: bytes.length - 1 });
  expect(await codeOf(install([file(bytes, 'a.pt')]))).toBe('storage-full');
  open();
  const huge = file(bytes, 'huge.pt');
  Object.defineProperty(huge, 'size', { value: 2 ** 50 });
  const failed = install([huge]);
  expect(await codeOf(failed)).toBe('out-of-memory');
  await expect(failed).rejects.toThrow(/no memory for 1125899907 MB/);
});

function zip(entries: Readonly<Record<string, string | Uint8Array>>, level: 0 | 6 = 6): File {
  const content = Object.entries(entries).map(([name, value]) => [
    name,
    typeof value === 'string' ? strToU8(value) : value,
  ]);
  return file(Uint8Array.from(zipSync(Object.fromEntries(content), { level })), 'm.zip');
}
