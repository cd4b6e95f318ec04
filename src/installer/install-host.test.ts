/** Installations from a record, and all that can go wrong on the way: nothing half-installed is ever offered as a model. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { reducedModels, startZenodo, type ZenodoStandIn } from '../../fixtures/zenodo-stand-in.ts';
import { EarshotError } from '../core/errors.ts';
import { readSafetensors } from '../core/model/safetensors.ts';
import { codeOf, InstallPage, measured, type PageJob, type PageOptions } from './install-page.test-tool.ts';
import type { InstallPhase, InstallRequest, Precision } from './installer.ts';
import { MemoryStore } from './memory-store.test-tool.ts';
import { LocalTurns } from './turns.ts';

const NAME = 'SAT_T_stream2s_mAP_43_34.pt';
const OTHER = 'SAT_S_stream2s_mAP_43_37.pt';
const ID = 'sat-t-2s-audioset';
const files = reducedModels();
const size = files[NAME]!.length;

let zenodo: ZenodoStandIn;
let store: MemoryStore;
let page: InstallPage;
const open = (options: Partial<PageOptions> = {}): InstallPage => {
  page = new InstallPage({ store, ...options });
  return page;
};
const from = (fileName: string, precision: Precision = 'fp32'): InstallRequest => ({
  origin: { kind: 'published', fileName, source: { baseUrl: zenodo.url, recordId: '7964975' } },
  precision,
});

beforeEach(async () => {
  zenodo = await startZenodo({ files });
  store = new MemoryStore();
  open();
});
afterEach(() => zenodo.close());

/** Not a trace of a model, whole or half. */
async function expectNoModel(): Promise<void> {
  expect(await page.modelIds()).toEqual([]);
  expect([...store.files.keys()].filter((path) => !path.startsWith('downloads/'))).toEqual([]);
}

const received = async (): Promise<number[]> => (await page.partials()).map(({ receivedBytes }) => receivedBytes);
const statuses = (name = NAME): number[] => zenodo.downloads(name).map(({ status }) => status);
const isNear = (bytes: number | undefined, share: number): boolean =>
  bytes !== undefined && Math.abs(bytes - share * size) < 64 * 1024 && bytes > 0 && bytes < size;

describe('a published model', () => {
  test('is downloaded, checked, stored, measured, and then it is one', async () => {
    const job = page.install(from(NAME));
    const { card, bytes, notes } = await job.done;
    expect(job.phases).toEqual(['asking', 'downloading', 'checking', 'reading', 'storing', 'measuring']);
    expect(card).toMatchObject({
      id: ID,
      title: 'SAT-T, 2 s',
      storage: { precision: 'fp32' },
      licence: { spdx: 'cc-by-4.0', note: expect.stringContaining('cc-by-4.0') },
      selfCheck: new Array(40).fill(0.5),
    });
    expect(card.summary).toContain('43.34');
    expect(card.origin).toContain(`${zenodo.url}/api/records/7964975/files/${NAME}/content`);
    expect(card.origin).toContain(createHash('md5').update(files[NAME]!).digest('hex'));
    expect(notes).toBeUndefined();
    const weights = store.files.get(`models/${ID}/model.safetensors`)!.bytes;
    expect(createHash('sha256').update(weights).digest('hex')).toBe(card.sha256);
    expect(bytes).toBe(store.usedBytes);
    expect(await page.modelIds()).toEqual([ID]);
    // Neither the download nor anything in staging is left.
    expect([...store.files.keys()].sort()).toEqual([`models/${ID}/card.json`, `models/${ID}/model.safetensors`]);
  });

  test('in half and in int8 is smaller, has an id of its own, and says what that cost', async () => {
    const sizes: number[] = [];
    for (const precision of ['fp32', 'fp16', 'int8'] as const) {
      const { card } = await page.install(from(NAME, precision)).done;
      expect(card.id).toBe(precision === 'fp32' ? ID : `${ID}-${precision}`);
      expect(card.storage?.precision).toBe(precision);
      expect(card.storage?.difference?.max).toBe(precision === 'fp32' ? undefined : 0.01);
      const { bytes } = store.files.get(`models/${card.id}/model.safetensors`)!;
      readSafetensors(bytes);
      sizes.push(bytes.length);
    }
    expect(sizes[1]! < 0.7 * sizes[0]! && sizes[2]! < 0.7 * sizes[1]!, sizes.join(' ')).toBe(true);
    expect(await page.modelIds()).toHaveLength(3);
    expect((await page.partials()).length).toBe(0);
  });

  test('is measured with the engine on what is in staging, and the original beside it', async () => {
    const seen: unknown[] = [];
    open({
      measure: (wanted) => {
        seen.push(wanted, [...store.files.keys()].sort());
        return measured(wanted);
      },
    });
    await page.install(from(NAME, 'fp16')).done;
    expect(seen).toEqual([
      {
        modelUrl: 'installed:/staging/model/',
        referenceUrl: 'installed:/staging/reference/',
        weightsBytes: expect.any(Number),
      },
      [
        `downloads/${NAME}.json`,
        `downloads/${NAME}.part`,
        'staging/model/card.json',
        'staging/model/model.safetensors',
        'staging/reference/card.json',
        'staging/reference/model.safetensors',
      ],
    ]);
  });

  test('a second time is the one that is there', async () => {
    const first = await page.install(from(NAME)).done;
    const asked = zenodo.requests.length;
    expect(await page.install(from(NAME)).done).toEqual(first);
    expect(zenodo.requests.length).toBe(asked);
  });

  test('without an MD5 in the record says that it was not checked', async () => {
    zenodo.file(NAME).recordMd5 = null;
    const { card } = await page.install(from(NAME)).done;
    expect(card.origin).toContain('not checked');
  });

  test('without a size in the record, from a server that does not announce one', async () => {
    Object.assign(zenodo.file(NAME), { recordBytes: null });
    open({ fetch: without(['content-length']) });
    const job = page.install(from(NAME));
    expect((await job.done).card.id).toBe(ID);
    expect(job.progress.some(({ phase, totalBytes }) => phase === 'downloading' && totalBytes === null)).toBe(true);
  });

  test('that the catalogue or the record does not have is refused', async () => {
    expect(await codeOf(page.install(from('anything.pt')).done)).toBe('model-not-found');
    expect(await codeOf(page.install(from('SAT_B_stream2s_mAP_45_29.pt')).done)).toBe('model-not-found');
    zenodo.record.status = 500;
    expect(await codeOf(page.install(from(NAME)).done)).toBe('download-failed');
    await expectNoModel();
  });
});

/** What a browser hides of a server of another origin. */
const without =
  (names: readonly string[]) =>
  async (url: string, init: RequestInit): Promise<Response> => {
    const { body, status, headers } = await fetch(url, init);
    const seen = [...headers].filter(([name]) => !names.includes(name));
    return new Response(body, { status, headers: seen });
  };

/** As a refused preflight looks. */
const refusingIfRange = async (url: string, init: RequestInit, rest = without([])): Promise<Response> => {
  if (new Headers(init.headers).has('if-range')) throw new TypeError('Failed to fetch');
  return rest(url, init);
};

describe('a connection that is cut', () => {
  test('goes on where it was with 206, and If-Range says of what', async () => {
    Object.assign(zenodo.file(NAME), { ranges: true, cut: { at: 0.6, times: 1 } });
    await page.install(from(NAME)).done;
    expect(statuses()).toEqual([200, 206]);
    const [, second] = zenodo.downloads(NAME);
    expect(second!.ifRange).toMatch(/^"md5:/);
    expect(isNear(Number(/\d+/.exec(second!.range!)![0]), 0.6)).toBe(true);
    expect(second!.sentBytes).toBeLessThan(0.5 * size);
    expect(page.waits).toEqual([1000]);
  });

  test('starts again where the server knows no ranges', async () => {
    Object.assign(zenodo.file(NAME), { cut: { at: 0.6, times: 1 } });
    await page.install(from(NAME)).done;
    expect(statuses()).toEqual([200, 200]);
  });

  test('from another origin that refuses If-Range and shows no headers still goes on', async () => {
    Object.assign(zenodo.file(NAME), { ranges: true, cut: { at: 0.6, times: 1 } });
    const hiding = without(['content-range', 'accept-ranges']);
    open({ fetch: (url, init) => refusingIfRange(url, init, hiding) });
    await page.install(from(NAME)).done;
    expect(statuses()).toEqual([200, 206]);
    expect(zenodo.downloads(NAME)[1]!.ifRange).toBeNull();
    // No wait for a refusal.
    expect(page.waits).toEqual([1000]);
  });

  test('that even a range is refused by is given the whole file again', async () => {
    Object.assign(zenodo.file(NAME), { ranges: true, cut: { at: 0.6, times: 1 } });
    open({
      fetch: async (url, init) => {
        if (new Headers(init.headers).has('range')) throw new TypeError('Failed to fetch');
        return fetch(url, init);
      },
    });
    await page.install(from(NAME)).done;
    expect(zenodo.downloads(NAME).map(({ method, status }) => `${method} ${status}`)).toEqual([
      'GET 200',
      'HEAD 200',
      'GET 200',
    ]);
  });

  test('always at the same place is given up, and can be resumed', async () => {
    Object.assign(zenodo.file(NAME), { ranges: true, cut: { at: 0.6, times: 1000 } });
    const failed = page.install(from(NAME)).done;
    await expect(failed).rejects.toThrow(/could not be downloaded: .*can go on from there/);
    expect(await codeOf(failed)).toBe('download-failed');
    expect(page.waits).toEqual([1000, 2000, 4000, 8000]);
    await expectNoModel();
    expect(isNear((await received())[0], 0.6)).toBe(true);

    // As after a reload, when the server is well again.
    zenodo.file(NAME).cut = null;
    const before = zenodo.downloads(NAME).length;
    open();
    expect(isNear((await received())[0], 0.6)).toBe(true);
    await page.install(from(NAME)).done;
    expect(statuses().slice(before)).toEqual([206]);
    expect(await page.modelIds()).toEqual([ID]);
  });

  test('of a server that only ever sends the first half is given up, too', async () => {
    Object.assign(zenodo.file(NAME), { cut: { at: 0.6, times: 1000 } });
    expect(await codeOf(page.install(from(NAME)).done)).toBe('download-failed');
    expect(statuses().length).toBeLessThan(8);
    await expectNoModel();
  });

  test('that says nothing any more is ended and tried again', async () => {
    let asked = 0;
    open({
      fetch: async (url, init) => {
        if (!url.endsWith('/content') || asked++ > 0) return fetch(url, init);
        setTimeout(() => page.passSilence(), 50);
        return new Response(new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(10)) }));
      },
    });
    await page.install(from(NAME)).done;
    expect(asked).toBe(2);
  });

  test('by 503 waits as long as the server asks', async () => {
    let refused = 0;
    open({
      fetch: async (url, init) =>
        url.endsWith('/content') && refused++ < 2
          ? new Response(null, { status: 503, headers: refused === 1 ? { 'retry-after': '7' } : {} })
          : fetch(url, init),
    });
    await page.install(from(NAME)).done;
    expect(page.waits).toEqual([7000, 2000]);
  });
});

describe('another file than the one that was begun', () => {
  const begin = async (): Promise<void> => {
    Object.assign(zenodo.file(NAME), { ranges: true, cut: { at: 0.6, times: 1000 } });
    await page.install(from(NAME)).done.catch(() => undefined);
    zenodo.file(NAME).cut = null;
    expect(await received()).toHaveLength(1);
    zenodo.downloads(NAME);
  };
  /** As many bytes, and another file. */
  const change = (): void => {
    const bytes = Uint8Array.from(files[NAME]!);
    bytes[100]! ^= 255;
    zenodo.file(NAME).bytes = bytes;
  };

  test('whose ETag has changed starts again, by If-Range', async () => {
    await begin();
    change();
    const before = statuses().length;
    // The record has not heard of it: so the MD5 is the old one, and the new bytes do not fit.
    expect(await codeOf(page.install(from(NAME)).done)).toBe('checksum-mismatch');
    expect(statuses().slice(before)).toEqual([200]);
    await expectNoModel();
  });

  test('whose ETag has changed starts again where If-Range may not be sent', async () => {
    await begin();
    change();
    const before = statuses().length;
    open({ fetch: refusingIfRange });
    expect(await codeOf(page.install(from(NAME)).done)).toBe('checksum-mismatch');
    expect(statuses().slice(before)).toEqual([206, 200]);
  });

  test('that the record knows about starts again at once', async () => {
    await begin();
    change();
    zenodo.file(NAME).recordMd5 = createHash('md5').update(zenodo.file(NAME).bytes).digest('hex');
    const before = zenodo.downloads(NAME).length;
    open();
    // One byte of a tensor: it is a model all the same.
    await page.install(from(NAME)).done.catch(() => undefined);
    expect(zenodo.downloads(NAME)[before]).toMatchObject({ range: null, status: 200 });
  });

  test('of which a mirror has the same bytes goes on there', async () => {
    await begin();
    const mirror = await startZenodo({ files });
    try {
      mirror.file(NAME).ranges = true;
      const request: InstallRequest = {
        origin: { kind: 'published', fileName: NAME, source: { baseUrl: mirror.url, recordId: '7964975' } },
        precision: 'fp32',
      };
      await page.install(request).done;
      // Another server's ETag means nothing here.
      expect(mirror.downloads(NAME)).toMatchObject([{ status: 206, ifRange: null }]);
    } finally {
      await mirror.close();
    }
  });

  test('shorter than what is there: 416 starts again', async () => {
    await begin();
    zenodo.file(NAME).bytes = files[NAME]!.slice(0, 1000);
    const before = statuses().length;
    open({ fetch: refusingIfRange });
    // The record still names the old size.
    expect(await codeOf(page.install(from(NAME)).done)).toBe('checksum-mismatch');
    expect(statuses().slice(before)).toEqual([416, 200]);
    await expectNoModel();
    expect(await received()).toEqual([]);
  });

  test('of which all is there needs no byte more', async () => {
    Object.assign(zenodo.file(NAME), { recordBytes: null, ranges: true });
    open({ fetch: without(['content-length']), measure: () => new Promise(() => undefined) });
    const job = page.install(from(NAME));
    await until(() => job.phases.includes('measuring'));
    // Closed in the middle of measuring: the download is whole, though its length was never said.
    const before = statuses().length;
    open({ fetch: without(['content-length']) });
    await page.install(from(NAME)).done;
    expect(statuses().slice(before)).toEqual([416]);
  });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('what is not the published file', () => {
  test('by its MD5 is thrown away, and both are named', async () => {
    const wrong = '0123456789abcdef0123456789abcdef';
    zenodo.file(NAME).recordMd5 = wrong;
    const failed = page.install(from(NAME)).done;
    await expect(failed).rejects.toThrow(createHash('md5').update(files[NAME]!).digest('hex'));
    await expect(failed).rejects.toThrow(wrong);
    expect(await codeOf(failed)).toBe('checksum-mismatch');
    await expectNoModel();
    expect(store.usedBytes).toBe(0);
  });

  test('by its length is thrown away', async () => {
    for (const recordBytes of [size - 1, size + 1]) {
      zenodo.file(NAME).recordBytes = recordBytes;
      expect(await codeOf(page.install(from(NAME)).done)).toBe('checksum-mismatch');
      await expectNoModel();
      expect(store.usedBytes).toBe(0);
    }
  });

  test('by its content, though the MD5 is right, is thrown away', async () => {
    for (const bytes of [new Uint8Array(5000).fill(7), files[NAME]!.slice(0, size - 100)]) {
      Object.assign(zenodo.file(NAME), {
        bytes,
        recordBytes: bytes.length,
        recordMd5: createHash('md5').update(bytes).digest('hex'),
      });
      expect(await codeOf(page.install(from(NAME)).done)).toBe('bad-checkpoint');
      await expectNoModel();
      expect(store.usedBytes).toBe(0);
    }
  });

  test('and gives nonsense when it is run, is no model', async () => {
    open({
      measure: async () => {
        throw new EarshotError('bad-weights', 'The model does not work: its scores are not numbers.');
      },
    });
    expect(await codeOf(page.install(from(NAME)).done)).toBe('bad-weights');
    await expectNoModel();
  });

  test('is not there: 404, 403', async () => {
    for (const status of [404, 403]) {
      zenodo.file(NAME).status = status;
      await expect(page.install(from(NAME)).done).rejects.toThrow(String(status));
      expect(page.waits).toEqual([]);
    }
    await expectNoModel();
    expect(store.usedBytes).toBe(0);
  });
});

describe('a full storage', () => {
  test('is said before a byte is downloaded, with both numbers', async () => {
    open({ freeBytes: 2 * size - 1 });
    const failed = page.install(from(NAME)).done;
    await expect(failed).rejects.toThrow(/needs 1 MB .* give 1 MB/);
    expect(await codeOf(failed)).toBe('storage-full');
    expect(statuses()).toEqual([]);
    open({ freeBytes: 2 * size });
    await page.install(from(NAME)).done;
  });

  test('asks for less when part of it is there', async () => {
    Object.assign(zenodo.file(NAME), { ranges: true, cut: { at: 0.6, times: 1000 } });
    await page.install(from(NAME)).done.catch(() => undefined);
    zenodo.file(NAME).cut = null;
    open({ freeBytes: Math.ceil(1.5 * size) });
    await page.install(from(NAME)).done;
  });

  test.each([
    ['while it downloads', 0.5],
    ['while it is stored', 1.5],
  ])('%s leaves no model and keeps what came', async (_, room) => {
    zenodo.file(NAME).ranges = true;
    store.quota = room * size;
    const failed = page.install(from(NAME)).done;
    expect(await codeOf(failed)).toBe('storage-full');
    await expectNoModel();
    expect((await received())[0]).toBeGreaterThan(0);
    const before = statuses().length;
    store.quota = Infinity;
    await page.install(from(NAME)).done;
    expect(statuses().slice(before)).toEqual(room < 1 ? [206] : []);
  });

  test('or none at all, as in a private window', async () => {
    page = new InstallPage({ store: null });
    expect(await codeOf(page.install(from(NAME)).done)).toBe('storage-full');
    expect(await page.modelIds()).toEqual([]);
    expect(await page.partials()).toEqual([]);
    expect(await page.ask({ type: 'storage' })).toMatchObject({ storage: { kind: 'none', usedBytes: 0 } });
    await page.ask({ type: 'remove', modelId: ID });
  });
});

describe('pause, resume, cancel', () => {
  /** Pauses the first job of a page as soon as something has come, and waits until it has really stopped. */
  const paused = async (): Promise<PageJob> => {
    let first: PageJob | null = null;
    open({
      onProgress: ({ phase, doneBytes }, job) => {
        if (first || phase !== 'downloading' || doneBytes === 0) return;
        first = job;
        job.tell('pause');
      },
    });
    const job = page.install(from(NAME));
    await until(() => job.phases.at(-1) === 'paused');
    await until(() => page.changes > 0);
    return job;
  };

  test('a pause keeps the line and what came; others work meanwhile', async () => {
    zenodo.file(NAME).bytesPerS = 500_000;
    const job = await paused();
    const there = await received();
    expect(there[0]! > 0 && there[0]! < size).toBe(true);
    await page.install(from(OTHER)).done;
    expect(await received()).toEqual(there);
    expect(job.phases).toEqual(['asking', 'downloading', 'paused']);
    job.tell('resume');
    await job.done;
    expect(statuses()).toEqual([200]);
    expect(job.phases.filter((phase) => phase === 'downloading')).toHaveLength(2);
    expect(await page.modelIds()).toHaveLength(2);
  });

  test('a line that broke in the pause is taken up again', async () => {
    Object.assign(zenodo.file(NAME), { bytesPerS: 500_000, ranges: true, cut: { at: 0.9, times: 1 } });
    const job = await paused();
    await until(() => zenodo.downloads(NAME)[0]!.sentBytes >= Math.floor(0.9 * size));
    job.tell('resume');
    await job.done;
    expect(statuses()).toEqual([200, 206]);
  });

  test('what was removed in the pause is downloaded again', async () => {
    zenodo.file(NAME).bytesPerS = 500_000;
    const job = await paused();
    await store.remove('downloads');
    job.tell('resume');
    await job.done;
    expect(statuses()).toEqual([200, 200]);
  });

  test.each<InstallPhase>(['asking', 'downloading', 'paused', 'checking', 'reading', 'storing', 'measuring'])(
    'cancelled while %s: nothing is left',
    async (wanted) => {
      if (wanted === 'paused') zenodo.file(NAME).bytesPerS = 500_000;
      open({
        measure: wanted === 'measuring' ? () => new Promise(() => undefined) : measured,
        onProgress: ({ phase, doneBytes }, job) => {
          if (wanted === 'paused' && phase === 'downloading' && doneBytes > 0) job.tell('pause');
          if (phase === wanted) setImmediate(() => job.tell('cancel'));
        },
      });
      const job = page.install(from(NAME, 'fp16'));
      expect(await codeOf(job.done)).toBe('cancelled');
      expect(job.phases.at(-1)).toBe(wanted);
      await expectNoModel();
      expect(store.usedBytes).toBe(0);
      // And it can be begun again.
      zenodo.file(NAME).bytesPerS = null;
      open();
      await page.install(from(NAME)).done;
    },
  );

  test('giving up a download that runs ends it', async () => {
    zenodo.file(NAME).bytesPerS = 200_000;
    const job = page.install(from(NAME));
    await until(() => (store.files.get(`downloads/${NAME}.part`)?.bytes.length ?? 0) > 0);
    await page.ask({ type: 'discard', fileName: NAME });
    expect(await codeOf(job.done)).toBe('cancelled');
    expect(store.usedBytes).toBe(0);
  });
});

describe('a page that is closed in the middle', () => {
  test.each<InstallPhase>(['downloading', 'checking', 'reading', 'storing', 'measuring'])(
    'while %s: no model, and the download is there',
    async (wanted) => {
      Object.assign(zenodo.file(NAME), { ranges: true, ...(wanted === 'downloading' && { bytesPerS: 1_000_000 }) });
      // A closed page does nothing more: its storage is cut off from what it still would do.
      const dying = new MemoryStore();
      let isOpen = true;
      let copied: MemoryStore | null = null;
      page = new InstallPage({
        store: dying,
        measure: () => new Promise(() => undefined),
        onProgress: ({ phase, doneBytes }) => {
          if (phase !== wanted || !isOpen || (wanted === 'downloading' && doneBytes === 0)) return;
          isOpen = false;
          copied = dying.copy();
        },
      });
      const job = page.install(from(NAME, 'fp16'));
      await until(() => copied !== null);
      job.tell('cancel');
      await codeOf(job.done);
      store = copied ?? store;
      const before = statuses().length;
      zenodo.file(NAME).bytesPerS = null;

      open();
      await expectNoModel();
      const [part] = await received();
      expect(part).toBeGreaterThan(0);
      await page.install(from(NAME, 'fp16')).done;
      expect(statuses().slice(before)).toEqual(part === size ? [] : [206]);
      expect(await page.modelIds()).toEqual([`${ID}-fp16`]);
    },
  );

  test('what another tab is at is left alone', async () => {
    const turns = new LocalTurns();
    const first = open({ turns, measure: () => new Promise(() => undefined) });
    const job = first.install(from(NAME));
    await until(() => job.phases.includes('measuring'));
    const staged = [...store.files.keys()];
    const second = open({ turns });
    expect(await second.modelIds()).toEqual([]);
    expect([...store.files.keys()]).toEqual(staged);
    // Its own waits for the first one's end.
    const waiting = second.install(from(OTHER));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(waiting.phases).toEqual(['asking']);
    job.tell('cancel');
    await waiting.done;
    expect(await second.modelIds()).toHaveLength(1);
  });
});

test('a model that could not be measured is installed, and that is said', async () => {
  open({
    measure: async () => {
      throw new EarshotError('out-of-memory', 'There was no memory for it.');
    },
  });
  const { card, notes } = await page.install(from(NAME, 'int8')).done;
  expect(card.selfCheck).toBeNull();
  expect(card.storage).toEqual({ precision: 'int8' });
  expect(notes).toEqual([expect.stringMatching(/There was no memory for it\).*not known/)]);
});

test('removing takes the model away, and tells', async () => {
  await page.install(from(NAME)).done;
  const before = page.changes;
  await page.ask({ type: 'remove', modelId: ID });
  expect(page.changes).toBe(before + 1);
  expect(await page.modelIds()).toEqual([]);
  expect(store.usedBytes).toBe(0);
});

test('a damaged model is not offered, and makes room for a whole one', async () => {
  const { card } = await page.install(from(NAME)).done;
  const weights = store.files.get(`models/${ID}/model.safetensors`)!;
  weights.bytes = weights.bytes.slice(0, 1000);
  open();
  expect(await page.modelIds()).toEqual([]);
  expect((await page.install(from(NAME)).done).card).toEqual(card);
});
