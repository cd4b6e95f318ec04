/**
 * Recorded sessions kept in the browser's own storage (IndexedDB), so that closing the page loses none: sound, scores and picture. Only
 * what a person chose to record is kept. One entry's tables are read when it is opened; the list is light.
 */
import { createStore, del, entries, get, set, type UseStore } from 'idb-keyval';
import { EarshotError } from '../../core/errors.ts';
import { type ModelCard, parseCard } from '../../core/model/card.ts';
import { MelHistory, type MelSnapshot } from '../../core/scores/mel-history.ts';
import { type ScoreSnapshot, ScoreTimeline } from '../../core/scores/score-timeline.ts';
import type { Seconds } from '../../core/units.ts';
import type { GapMark } from './live-store.ts';
import type { LaneSetup, Take, TakeLane } from './take.ts';
import { createTake } from './take-fold.ts';

export interface ShelfEntry {
  readonly key: string;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly keptAtMs: number;
  readonly durationS: Seconds;
  /** What it takes of the device's storage, about. */
  readonly bytes: number;
}

interface StoredTake {
  readonly format: 'earshot-session/1';
  readonly name: string;
  readonly media: File;
  readonly mediaStartS: Seconds;
  readonly hopS: Seconds;
  readonly readS: Seconds;
  readonly wave: Int8Array;
  readonly mel: MelSnapshot | null;
  readonly gaps: readonly GapMark[];
  readonly lanes: readonly {
    readonly setup: LaneSetup;
    /** As in card.json; parsed again when read. */
    readonly card: ModelCard;
    readonly backend: TakeLane['backend'];
    readonly computeMs: number;
    readonly scoredS: Seconds;
    readonly scores: ScoreSnapshot;
  }[];
}

export interface SessionShelf {
  list(): Promise<readonly ShelfEntry[]>;
  /** Keeps a take that has a recording. Rejects with `write-failed` when the device has no room or storage is refused. */
  keep(take: Take, nowMs: number): Promise<ShelfEntry>;
  read(key: string): Promise<Take>;
  remove(key: string): Promise<void>;
}

export function createSessionShelf(): SessionShelf {
  // A store is opened when it is first needed: a browser may refuse it, and a visitor who records nothing never asks.
  let about: UseStore | null = null;
  let tables: UseStore | null = null;
  const aboutStore = (): UseStore => (about ??= createStore('earshot-sessions', 'about'));
  // A database of its own: idb-keyval makes one store per database.
  const tableStore = (): UseStore => (tables ??= createStore('earshot-session-tables', 'tables'));
  return {
    async list() {
      const all = await entries<string, ShelfEntry>(aboutStore());
      return all.map(([, entry]) => entry).sort((a, b) => b.keptAtMs - a.keptAtMs);
    },
    async keep(take, nowMs) {
      const stored = toStored(take);
      const key = `${nowMs}-${take.id}`;
      const entry: ShelfEntry = {
        key,
        name: take.name,
        keptAtMs: nowMs,
        durationS: take.durationS,
        bytes: sizeOf(stored),
      };
      try {
        await set(key, stored, tableStore());
        await set(key, entry, aboutStore());
      } catch (cause) {
        await del(key, tableStore()).catch(() => undefined);
        throw new EarshotError(
          'write-failed',
          `The recording could not be stored in this browser (${(sizeOf(stored) / 1e6).toFixed(0)} MB). Save it as a file before you close the page.`,
          { cause },
        );
      }
      return entry;
    },
    async read(key) {
      const stored = await get<StoredTake>(key, tableStore());
      if (stored?.format !== 'earshot-session/1') {
        throw new EarshotError('not-found', 'This recording is not in the browser’s storage any more.');
      }
      return fromStored(stored);
    },
    async remove(key) {
      await del(key, aboutStore());
      await del(key, tableStore());
    },
  };
}

function toStored(take: Take): StoredTake {
  const { name, media, mediaStartS, hopS, readS, gaps } = take;
  if (!media) throw new TypeError(`take must have a recording to be kept, got "${name}" without one`);
  return {
    format: 'earshot-session/1',
    name,
    media,
    mediaStartS,
    hopS,
    readS,
    gaps,
    wave: take.wave.pairs(),
    mel: take.mel?.snapshot() ?? null,
    lanes: take.lanes.flatMap(({ setup, card, backend, computeMs, scoredS, scores }) =>
      card && scores ? [{ setup, card, backend, computeMs, scoredS, scores: scores.snapshot() }] : [],
    ),
  };
}

function fromStored(stored: StoredTake): Take {
  const { name, media, lanes } = stored;
  const take = createTake({ name, kind: 'live', media, setups: lanes.map(({ setup }) => setup) });
  take.mediaStartS = stored.mediaStartS;
  take.hopS = stored.hopS;
  take.readS = stored.readS;
  take.durationS = stored.readS;
  take.gaps = stored.gaps;
  take.wave.push(stored.wave);
  take.mel = stored.mel && MelHistory.fromSnapshot(stored.mel);
  for (const [index, lane] of lanes.entries()) {
    const made = take.lanes[index];
    if (!made) continue;
    made.card = parseCard(lane.card);
    made.backend = lane.backend;
    made.computeMs = lane.computeMs;
    made.scoredS = lane.scoredS;
    made.scores = ScoreTimeline.fromSnapshot(lane.scores);
  }
  return take;
}

const sizeOf = ({ media, mel, lanes, wave }: StoredTake): number =>
  media.size +
  wave.length +
  (mel?.blocks.reduce((sum, [, cells]) => sum + cells.length, 0) ?? 0) +
  lanes.reduce((sum, { scores }) => sum + scores.values.byteLength + 2 * scores.starts.byteLength, 0);
