import { expect, test } from 'vitest';
import { fakeCard } from '../../dev/fake-engine.ts';
import { SLOTS } from '../../store/row-choice.ts';
import { DEFAULT_RUN, type TakeRow } from '../../store/take.ts';
import { createTake } from '../../store/take-fold.ts';
import { chosenFrom, toggled } from './class-choice.ts';
import { laneWords, mediaWords, stateWords } from './take-words.ts';

test('a class keeps its colour while it is chosen, a new one takes a free one', () => {
  let chosen = chosenFrom(['a', 'b', 'c']);
  chosen = toggled(chosen, 'b');
  expect([...chosen]).toEqual([
    ['a', 0],
    ['c', 2],
  ]);
  chosen = toggled(chosen, 'd');
  expect(chosen.get('d')).toBe(1);
});

test('with all colours taken the oldest goes', () => {
  const mids = Array.from({ length: SLOTS }, (_, n) => `m${n}`);
  const chosen = toggled(chosenFrom(mids), 'new');
  expect(chosen.size).toBe(SLOTS);
  expect(chosen.has('m0')).toBe(false);
  expect(chosen.get('new')).toBe(0);
  expect(new Set(chosen.values()).size).toBe(SLOTS);
});

test('a file in words', () => {
  const info = {
    container: 'MP4',
    codec: 'AAC',
    decoder: '',
    rateHz: 44_100,
    channels: 2,
    durationS: 1,
    hasVideo: true,
  };
  expect(mediaWords(info)).toBe('MP4, AAC, 44.1 kHz, 2 channels, mixed to one, with video');
  expect(mediaWords({ ...info, container: 'FLAC', codec: 'FLAC', channels: 1, hasVideo: false })).toBe(
    'FLAC, 44.1 kHz, 1 channel',
  );
});

test('a state in words', () => {
  const setups = [{ modelId: 'fake-2s', run: DEFAULT_RUN }];
  const take = createTake({ name: 'rain.wav', kind: 'file', media: null, setups });
  take.readS = 40;
  take.durationS = 75;
  const row: TakeRow = { id: take.id, take, state: { kind: 'done' }, revision: 1, remainingS: null, speed: null };
  expect(stateWords(row)).toBeNull();
  expect(stateWords({ ...row, state: { kind: 'running' }, speed: 41.7, remainingS: 200 })).toBe(
    'Reading: 0:40 of 1:15, 42 times as fast as it sounds, about 3 min left.',
  );
  expect(
    stateWords({
      ...row,
      state: { kind: 'stopped', atS: 12.34, error: { code: 'truncated-audio', message: 'The file ends early.' } },
    }),
  ).toBe('Stopped at 0:12.3: The file ends early. What was scored before is kept.');
  const lane = { ...take.lanes[0]!, card: fakeCard('fake-2s') };
  expect(laneWords(lane)).toBe('Small, 2 seconds');
  expect(laneWords({ ...lane, setup: { ...lane.setup, run: { memory: 'off', recompute: 'window' } } })).toBe(
    'Small, 2 seconds, without memory',
  );
});
