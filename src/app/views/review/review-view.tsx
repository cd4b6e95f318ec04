/** A recording, second by second: its sound, all classes over time, timelines of the chosen ones, events, and the ways out. */
import { useCallback, useDeferredValue, useEffect, useMemo, useState } from 'react';
import { normaliseRules } from '../../../core/events/event-rules.ts';
import type { EventRules, TagEvent } from '../../../core/events/event-types.ts';
import { modelTag, rulesTag, stemOf } from '../../../core/formats/file-names.ts';
import type { ModelCard } from '../../../core/model/card.ts';
import type { ScoreTimeline } from '../../../core/scores/score-timeline.ts';
import { audioSetTaxonomy } from '../../../core/scores/taxonomy.ts';
import type { Seconds } from '../../../core/units.ts';
import { formatTime } from '../../charts/time-scale.ts';
import { derivedOnce } from '../../events/derived-once.ts';
import { EventsPanel } from '../../events/events-panel.tsx';
import { saveBlob } from '../../export/download.ts';
import { ExportMenu } from '../../export/export-menu.tsx';
import { modelOf, runOf, takeDocument } from '../../export/take-document.ts';
import { delayOf } from '../../store/catalog.ts';
import { useLibrary, useLibraryState } from '../../store/library-context.ts';
import { strongest } from '../../store/row-choice.ts';
import type { TakeLane, TakeRow } from '../../store/take.ts';
import { hasScores } from '../../store/take-fold.ts';
import { Overview } from '../../timeline/overview.tsx';
import { PlayerBar, PlayerMedia } from '../../timeline/player.tsx';
import { useViewport } from '../../timeline/plot-context.ts';
import { SpectrogramStrip } from '../../timeline/spectrogram-strip.tsx';
import { TimePlot } from '../../timeline/time-plot.tsx';
import { type TimelineRow, Timelines } from '../../timeline/timelines.tsx';
import { GESTURE_HINT } from '../../timeline/use-gestures.ts';
import { usePlayer } from '../../timeline/use-player.ts';
import { createViewport, type Viewport } from '../../timeline/viewport.ts';
import { WaveformStrip } from '../../timeline/waveform-strip.tsx';
import '../../styles/review.css';
import { gapWords } from '../../timeline/gap-words.ts';
import { ChosenName } from './chosen-name.tsx';
import { type Chosen, chosenFrom, toggled } from './class-choice.ts';
import { HeatMap } from './heat-map.tsx';
import { HEAT_ORDERS, type HeatOrder, heatRows } from './heat-rows.ts';
import { NoTake } from './no-take.tsx';
import { ReviewHeader } from './review-header.tsx';
import { reviewPng } from './review-png.ts';
import { ReviewTables } from './review-tables.tsx';
import { laneWords } from './take-words.ts';
import { usePyramid } from './use-pyramid.ts';
import { useSpace } from './use-space.ts';

export function ReviewView({ dark }: { readonly dark: boolean }) {
  const rows = useLibraryState((state) => state.rows);
  const openId = useLibraryState((state) => state.openId);
  const compareId = useLibraryState((state) => state.compareId);
  const reviewable = rows.filter(({ take }) => hasScores(take));
  const only = reviewable.length === 1 ? reviewable[0] : undefined;
  // Nothing was opened by hand: what was just compared, or the only one there is.
  const row = rows.find(({ id }) => id === openId) ?? reviewable.find(({ id }) => id === compareId) ?? only;
  if (!row) return <NoTake rows={reviewable} />;
  return (
    <TakeReview key={row.id} row={row} rows={rows.filter((one) => one === row || hasScores(one.take))} dark={dark} />
  );
}

interface TakeReviewProps {
  readonly row: TakeRow;
  readonly rows: readonly TakeRow[];
  readonly dark: boolean;
}

function TakeReview({ row, rows, dark }: TakeReviewProps) {
  const { take } = row;
  const [laneId, setLaneId] = useState<string | null>(null);
  const lane = take.lanes.find(({ id }) => id === laneId) ?? take.lanes[0];
  const [viewport] = useState(() => createViewport(take.durationS));
  useEffect(() => {
    void row.revision;
    viewport.setDuration(Math.max(take.durationS, take.readS));
  }, [viewport, take, row.revision]);
  if (!lane) return null;
  return (
    <div className="review">
      <ReviewHeader row={row} rows={rows} lane={lane} onLane={setLaneId} />
      {lane.card && lane.scores && lane.scores.to > lane.scores.from ? (
        <LaneReview
          key={lane.id}
          {...{ row, lane, viewport, dark }}
          card={lane.card}
          scores={lane.scores}
          revision={row.revision}
        />
      ) : (
        <p className="review-nothing">Nothing was scored yet.</p>
      )}
    </div>
  );
}

interface LaneReviewProps {
  readonly row: TakeRow;
  readonly lane: TakeLane;
  readonly viewport: Viewport;
  readonly dark: boolean;
  readonly card: ModelCard;
  readonly scores: ScoreTimeline;
  readonly revision: number;
}

/** Classes that have a timeline before anyone chose. */
const FIRST_CHOSEN = 4;

function LaneReview({ row, lane, viewport, dark, card, scores, revision }: LaneReviewProps) {
  const { take } = row;
  const { controller } = useLibrary();
  const rules = useLibraryState((state) => state.rules);
  const player = usePlayer(take, viewport);
  useSpace(player.toggle);
  const seek = useCallback((atS: Seconds) => player.seek(atS, true), [player]);

  const { pyramid, version } = usePyramid(scores, revision);
  const [order, setOrder] = useState<HeatOrder>('tree');
  const { labels } = card;
  const heat = useMemo(() => {
    void version;
    return heatRows({
      peaks: pyramid.peaks,
      labels,
      rules,
      order,
      taxonomy: audioSetTaxonomy,
      firstReach: (classIndex, score) => pyramid.firstReach(classIndex, score),
    });
  }, [pyramid, version, labels, rules, order]);

  const [picked, setPicked] = useState<Chosen | null>(null);
  const chosen = useMemo(() => {
    void version;
    // Before a choice is made, the strongest so far.
    return picked ?? chosenFrom(strongest(pyramid.peaks, FIRST_CHOSEN).map((index) => labels.mids[index]!));
  }, [picked, pyramid, version, labels]);
  const toggle = useCallback((mid: string) => setPicked((before) => toggled(before ?? chosen, mid)), [chosen]);

  // A slider moves first; the bars follow as soon as there is time.
  const settledRules = useDeferredValue(rules);
  const settledVersion = useDeferredValue(version);
  const events = useMemo(() => {
    void settledVersion;
    return byClass(derivedOnce(scores, labels, settledRules).events);
  }, [scores, labels, settledRules, settledVersion]);
  const changeRules = useCallback((change: Partial<EventRules>) => controller.changeRules(change), [controller]);

  const timelines = useMemo<TimelineRow[]>(
    () =>
      [...chosen].flatMap(([mid, slot]) => {
        const classIndex = labels.mids.indexOf(mid);
        if (classIndex < 0) return [];
        const name = labels.names[classIndex] ?? mid;
        return {
          key: mid,
          name: <ChosenName {...{ name, slot, scores, classIndex }} onRemove={() => toggle(mid)} />,
          lines: [{ scores, classIndex, slot }],
          bars: events.get(classIndex) ?? [],
        };
      }),
    [chosen, labels, scores, events, toggle],
  );
  const chosenRows = useMemo(() => {
    const known = new Map(heat.map((one) => [one.mid, one]));
    return [...chosen.keys()].flatMap((mid) => known.get(mid) ?? []);
  }, [chosen, heat]);
  const selectedMids = useMemo(() => [...chosen.keys()], [chosen]);
  const gaps = useMemo(
    () => take.gaps.map(({ startS, endS, reason }) => ({ startS, endS, text: gapWords({ startS, endS, reason }) })),
    [take.gaps],
  );
  const { hopS, mel } = take;
  const chunkS = delayOf(card);

  const makeDocument = () => takeDocument(take, lane, normaliseRules({}, rules), new Date(), row.state);
  const savePng = async (): Promise<void> => {
    const tag = modelTag({ model: modelOf(card), run: runOf(card, lane) });
    const blob = await reviewPng({
      title: take.name,
      notes: [
        [laneWords(lane), `${card.id}, SHA-256 ${card.sha256.slice(0, 12)}`, lane.backend?.label ?? ''].join(' · '),
        `Events: ${rulesTag(rules)}. ${formatTime(viewport.getState().startS)} to ${formatTime(viewport.getState().endS)}, made with Earshot`,
      ],
      window: viewport.getState(),
      mel,
      hopS,
      dark,
      pyramid,
      heat,
      timelines: timelines.map(({ key, lines, bars }) => ({
        name: labels.names[labels.mids.indexOf(key)] ?? key,
        lines,
        bars: bars ?? [],
      })),
      events,
      threshold: rules.on,
    });
    saveBlob(blob, `${stemOf(take.name)}.${tag}.${rulesTag(rules)}.png`);
  };
  const hasVideo = take.info?.hasVideo === true && take.media !== null;

  return (
    <>
      <div className="review-player" data-video={hasVideo && player.status !== 'cannot'}>
        <PlayerMedia player={player} hasVideo={hasVideo} />
        <div className="review-transport">
          <div className="review-bar">
            <PlayerBar
              player={player}
              viewport={viewport}
              whyNone={
                take.kind === 'live'
                  ? 'This session was not recorded, so it cannot be heard again. Switch recording on before listening.'
                  : 'The file itself is no longer there to be played.'
              }
            />
            <ExportMenu makeDocument={makeDocument} onSavePng={savePng} />
          </div>
          <Overview
            viewport={viewport}
            wave={take.wave}
            revision={revision}
            dark={dark}
            heightPx={hasVideo ? 72 : 52}
          />
          <Zoom viewport={viewport} />
        </div>
      </div>
      <TimePlot
        viewport={viewport}
        label="Sound and scores over time. Arrow keys move, plus and minus zoom, comma and full stop move the cursor by a chunk, Enter plays from it."
        dark={dark}
        onSeek={seek}
        cursorStepS={chunkS}
        gaps={gaps}
      >
        {mel ? (
          <SpectrogramStrip mel={mel} hopS={hopS} revision={revision} features={card.features} />
        ) : (
          <WaveformStrip wave={take.wave} revision={revision} />
        )}
        <HeatMap
          {...{ scores, pyramid, version, chosen, events }}
          rows={heat}
          onToggle={toggle}
          onSeek={seek}
          head={
            <>
              <h2>{heat.length} classes</h2>
              <label className="heat-order">
                <span className="quiet">by</span>
                <select
                  aria-label="Order of the classes"
                  value={order}
                  onChange={(event) => {
                    const next = HEAT_ORDERS.find(({ id }) => id === event.target.value);
                    if (next) setOrder(next.id);
                  }}
                >
                  {HEAT_ORDERS.map(({ id, label }) => (
                    <option key={id} value={id}>
                      {label}
                    </option>
                  ))}
                </select>
              </label>
            </>
          }
        />
        {timelines.length > 0 ? (
          <Timelines rows={timelines} threshold={rules.on} revision={version} />
        ) : (
          <p className="quiet review-nothing">A class whose name is pressed in the heat map gets a timeline here.</p>
        )}
      </TimePlot>
      <p className="quiet gesture-hint">{GESTURE_HINT}</p>
      <EventsPanel
        {...{ scores, labels, rules }}
        revision={version}
        onChangeRules={changeRules}
        onSeek={seek}
        selectedMids={selectedMids}
      />
      <div className="below-wide">
        <ReviewTables
          {...{ scores, pyramid, rules, viewport, version }}
          rows={heat}
          chosen={chosenRows}
          onSeek={seek}
        />
      </div>
    </>
  );
}

function Zoom({ viewport }: { readonly viewport: Viewport }) {
  const startS = useViewport(viewport, (state) => Math.floor(state.startS * 10) / 10);
  const endS = useViewport(viewport, (state) => Math.floor(state.endS * 10) / 10);
  const durationS = useViewport(viewport, (state) => state.durationS);
  const zoom = (factor: number): void => {
    const state = viewport.getState();
    const { playS } = state;
    const isPlayInView = playS !== null && playS > state.startS && playS < state.endS;
    viewport.zoomAt(isPlayInView ? playS : (state.startS + state.endS) / 2, factor);
  };
  const isWhole = endS - startS >= durationS - 0.11;
  return (
    <div className="review-zoom">
      <span>
        {formatTime(startS, 1)} to {formatTime(endS, 1)}
        <span className="quiet"> in view</span>
      </span>
      <button type="button" className="small" aria-label="Zoom out" disabled={isWhole} onClick={() => zoom(1 / 2)}>
        −
      </button>
      <button type="button" className="small" aria-label="Zoom in" onClick={() => zoom(2)}>
        +
      </button>
      <button type="button" className="small" disabled={isWhole} onClick={() => viewport.showAll()}>
        All
      </button>
    </div>
  );
}

function byClass(events: readonly TagEvent[]): ReadonlyMap<number, readonly TagEvent[]> {
  const map = new Map<number, TagEvent[]>();
  for (const event of events) {
    const list = map.get(event.classIndex);
    if (list) list.push(event);
    else map.set(event.classIndex, [event]);
  }
  return map;
}
