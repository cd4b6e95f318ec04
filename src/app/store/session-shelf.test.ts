import 'fake-indexeddb/auto';
import { expect, test } from 'vitest';
import { tinyModel } from '../../../fixtures/tiny-model.ts';
import { setupOf } from './library-settings.ts';
import { createSessionShelf } from './session-shelf.ts';
import { createTake, foldIntoTake, openLane } from './take-fold.ts';

const { card } = tinyModel();

function recordedTake() {
  const media = new File(['sound, say'], 'Live-14-05.webm', { type: 'audio/webm' });
  const take = createTake({ name: 'Live, 14:05', kind: 'live', media, setups: [setupOf('tiny')] });
  openLane(take, 0, { card, backend: { kind: 'wasm', label: 'WASM', reason: 'test' } });
  const timing = { heardAtMs: 0, queueMs: 0, computeMs: 7, melMs: 0 };
  for (const [index, startS] of [0, 1, 3].entries()) {
    const probabilities = Float32Array.of(0.1, 0.2, 0.3, 0.4, index / 10);
    foldIntoTake(take, {
      type: 'tags',
      lane: 'lane-1',
      frame: { index, startS, endS: startS + 1, probabilities },
      timing,
    });
  }
  foldIntoTake(take, { type: 'mel', startFrame: 0, frameCount: 2, mels: 64, data: new Float32Array(128).fill(-20) });
  foldIntoTake(take, { type: 'progress', readS: 4, scoredS: 4, peaks: Int8Array.of(-5, 6) });
  foldIntoTake(take, { type: 'gap', lane: null, startS: 2, endS: 3, reason: 'capture-lost' });
  take.mediaStartS = 0.5;
  return take;
}

test('a recorded session comes back whole: sound, scores, gaps, waveform, spectrogram', async () => {
  const shelf = createSessionShelf();
  const take = recordedTake();
  const entry = await shelf.keep(take, 1000);
  expect(entry).toMatchObject({ name: 'Live, 14:05', durationS: 4, keptAtMs: 1000 });
  expect(entry.bytes).toBeGreaterThan(60);
  // Another visit: nothing but the browser's storage is shared.
  const later = createSessionShelf();
  expect(await later.list()).toEqual([entry]);
  const back = await later.read(entry.key);
  expect(back.id).not.toBe(take.id);
  expect(await back.media!.text()).toBe('sound, say');
  expect(back).toMatchObject({
    name: take.name,
    kind: 'live',
    mediaStartS: 0.5,
    durationS: 4,
    gaps: take.gaps,
    hopS: 0.01,
  });
  expect(back.lanes[0]!.scores!.snapshot()).toEqual(take.lanes[0]!.scores!.snapshot());
  expect(back.lanes[0]).toMatchObject({ computeMs: 21, scoredS: 3, card: { id: 'tiny' } });
  expect(back.mel!.column(0)).toEqual(take.mel!.column(0));
  expect([...back.wave.pairs()]).toEqual([-5, 6]);
  await later.remove(entry.key);
  expect(await later.list()).toEqual([]);
  await expect(later.read(entry.key)).rejects.toMatchObject({ code: 'not-found' });
});

test('newest first; what has no sound is not kept', async () => {
  const shelf = createSessionShelf();
  const first = await shelf.keep(recordedTake(), 1);
  const second = await shelf.keep(recordedTake(), 2);
  expect((await shelf.list()).map(({ key }) => key)).toEqual([second.key, first.key]);
  const silent = recordedTake();
  silent.media = null;
  await expect(shelf.keep(silent, 3)).rejects.toThrow(/must have a recording/);
});

test('no room is said, with what to do, and leaves no half of an entry', async () => {
  const shelf = createSessionShelf();
  const before = await shelf.list();
  const take = recordedTake();
  // What a full disk does: the write fails. Functions cannot be stored either.
  Object.assign(take, { gaps: [() => {}] });
  await expect(shelf.keep(take, 9)).rejects.toMatchObject({ code: 'write-failed' });
  expect(await shelf.list()).toEqual(before);
});
