/** What a person can set: which classes, from which score on, by which model, on which engine. */
import { useEffect, useMemo, useRef, useState } from 'react';
import { ComboBox, Input, Label, ListBox, ListBoxItem, Popover } from 'react-aria-components';
import { audioSetLabels } from '../../../core/scores/audioset-labels.ts';
import { ClassList } from '../../../core/scores/class-list.ts';
import { delayOf, type ModelEntry } from '../../store/catalog.ts';
import { useLive, useLiveState } from '../../store/context.ts';
import { heardWith } from '../../store/models.ts';
import { useModelsState } from '../../store/models-context.ts';
import { followTo, viewHref } from '../../store/navigation.ts';
import { ModelOptions } from '../../ui/model-options.tsx';

const MAX_PINNED = 8;
const audioSet = new ClassList(audioSetLabels);

export function ClassChoice() {
  const { store } = useLive();
  const card = useLiveState((state) => state.card);
  const { pinned, topN } = useLiveState((state) => state.settings);
  const [query, setQuery] = useState('');
  /** A box that found something is replaced by an empty one: clearing the same box would open its list again. */
  const [turn, setTurn] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (turn > 0) input.current?.focus();
  }, [turn]);
  const classes = useMemo(() => (card ? new ClassList(card.labels) : null), [card]);
  const hits = useMemo(
    () => (classes ? classes.search(query, 40).map(({ mid, name }) => ({ id: mid, name })) : []),
    [classes, query],
  );
  const nameOf = (mid: string): string => {
    const name = classes?.nameOf(mid);
    // Pinned while another model listened: it stays pinned for that one.
    if (classes && name === undefined) return `${audioSet.nameOf(mid) ?? mid}, not in this model`;
    return name ?? audioSet.nameOf(mid) ?? mid;
  };
  const isFull = pinned.length >= MAX_PINNED;
  return (
    <div className="choice">
      <h3>Classes</h3>
      <ComboBox
        key={turn}
        items={hits}
        inputValue={query}
        onInputChange={setQuery}
        selectedKey={null}
        isDisabled={!card || isFull}
        allowsEmptyCollection
        menuTrigger="input"
        onSelectionChange={(key) => {
          if (typeof key !== 'string') return;
          if (!pinned.includes(key)) store.changeSettings({ pinned: [...pinned, key] });
          setQuery('');
          setTurn((before) => before + 1);
        }}
      >
        <Label>Search all classes</Label>
        <Input
          ref={input}
          placeholder={card ? `one of ${card.labels.names.length}, to pin its row` : 'after the first Listen'}
        />
        <Popover className="class-popover" placement="top start">
          <ListBox renderEmptyState={() => <p className="quiet">No class is called that.</p>}>
            {(item: { readonly id: string; readonly name: string }) => (
              <ListBoxItem id={item.id} textValue={item.name}>
                {item.name}
              </ListBoxItem>
            )}
          </ListBox>
        </Popover>
      </ComboBox>
      {pinned.length > 0 && (
        <ul className="pins" aria-label="Pinned classes">
          {pinned.map((mid) => (
            <li key={mid}>
              <button
                type="button"
                className="chip"
                aria-label={`Unpin ${nameOf(mid)}`}
                onClick={() => store.changeSettings({ pinned: pinned.filter((one) => one !== mid) })}
              >
                {nameOf(mid)} <span aria-hidden="true">×</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {isFull && <p className="quiet">Eight are pinned: unpin one to pin another.</p>}
      <label className="inline">
        <span>Strongest others</span>
        <input
          type="number"
          min={0}
          max={8}
          value={topN}
          onChange={(event) => {
            const { valueAsNumber } = event.target;
            if (Number.isInteger(valueAsNumber))
              store.changeSettings({ topN: Math.min(8, Math.max(0, valueAsNumber)) });
          }}
        />
      </label>
      <WeakClasses />
    </div>
  );
}

/** A model says itself which classes it hardly learned; they are behind this switch. */
function WeakClasses() {
  const { store } = useLive();
  const weak = useLiveState((state) => state.card?.classes?.weak.length ?? 0);
  const showWeak = useLiveState((state) => state.settings.showWeak);
  if (weak === 0) return null;
  return (
    <>
      <label className="inline">
        <input
          type="checkbox"
          checked={showWeak}
          onChange={(event) => store.changeSettings({ showWeak: event.target.checked })}
        />
        <span>Show weak classes too ({weak})</span>
      </label>
      <p className="quiet">This model hardly heard them while it learned. A pinned class is always shown.</p>
    </>
  );
}

export function ThresholdChoice() {
  const { store } = useLive();
  const threshold = useLiveState((state) => state.settings.threshold);
  const percent = Math.round(threshold * 100);
  const set = (value: number): void => {
    if (Number.isFinite(value)) store.changeSettings({ threshold: Math.min(95, Math.max(5, value)) / 100 });
  };
  return (
    <div className="choice">
      <h3>Threshold</h3>
      <div className="threshold">
        <input
          type="range"
          aria-label="Threshold"
          aria-valuetext={`${percent} percent`}
          min={5}
          max={95}
          value={percent}
          onChange={(event) => set(event.target.valueAsNumber)}
        />
        <label className="inline">
          <span className="visually-hidden">Threshold in percent</span>
          <input type="number" min={5} max={95} value={percent} onChange={(event) => set(event.target.valueAsNumber)} />
          <span aria-hidden="true">%</span>
        </label>
      </div>
      <p className="quiet">A class counts as heard from this score on. Lower shows more and errs more.</p>
    </div>
  );
}

/** Off until asked for: what is kept of a room is that room's business. */
export function RecordChoice() {
  const { store } = useLive();
  const record = useLiveState((state) => state.settings.record);
  return (
    <div className="choice">
      <h3 id="recording">Recording</h3>
      <label className="inline">
        <input
          type="checkbox"
          checked={record}
          onChange={(event) => store.changeSettings({ record: event.target.checked })}
        />
        <span>Record while listening</span>
      </label>
      <p className="quiet">To hear it again in the review. The recording stays in this browser, until you remove it.</p>
    </div>
  );
}

function optionTitle({ title, delayS, family }: ModelEntry): string {
  const timed = title.includes(' s') ? title : `${title}, every ${delayS.toFixed(1)} s`;
  return family === 'full-context' ? `${timed}, not streaming` : timed;
}

export function ModelChoice() {
  const { controller } = useLive();
  const all = useModelsState((state) => state.entries);
  const modelId = useLiveState((state) => state.settings.modelId);
  const card = useLiveState((state) => state.card);
  const heard = heardWith(all, modelId);
  const chosen = heard?.id ?? '';
  const isEmbedded = heard?.origin === 'embedded';
  // A full-context model hears 10 s at a time: it stands in the comparison, and here only when it was asked for.
  const models = all
    .filter(({ family, id }) => family === 'streaming' || id === chosen)
    .map((one) => ({ ...one, title: optionTitle(one) }));
  return (
    <div className="choice">
      <h3>
        <label htmlFor="model">Model</label>
      </h3>
      <select id="model" value={chosen} onChange={(event) => void controller.changeModel(event.target.value)}>
        <ModelOptions models={models} chosen={chosen} />
      </select>
      {isEmbedded && (
        <p className="quiet">Comes with Earshot: small, and often wrong. The published models hear far better.</p>
      )}
      <a href={viewHref('models')} className="quiet" onClick={followTo('models')}>
        {isEmbedded ? 'Get a published one, or use your own' : 'More models'}
      </a>
      {card && card.id === chosen && (
        <details>
          <summary>About this model</summary>
          <p>{card.summary}</p>
          <dl className="facts">
            <div>
              <dt>Says something every</dt>
              <dd>{delayOf(card).toFixed(2)} s</dd>
            </div>
            <div>
              <dt>Classes</dt>
              <dd>{card.labels.mids.length}</dd>
            </div>
            <div>
              <dt>Download</dt>
              <dd>{(card.weightsBytes / 1e6).toFixed(1)} MB</dd>
            </div>
            {card.quality.map((one) => (
              <div key={`${one.measure} ${one.on}`}>
                <dt>{one.measure}</dt>
                <dd>
                  {one.value.toFixed(3)}
                  <span className="quiet">
                    {' '}
                    on {one.on}
                    {one.note === undefined ? '' : `. ${one.note}`}
                  </span>
                </dd>
              </div>
            ))}
            <div>
              <dt>Licence</dt>
              <dd>
                {card.licence.spdx}
                <span className="quiet"> {card.licence.note}</span>
              </dd>
            </div>
            <div>
              <dt>Origin</dt>
              <dd className="quiet">{card.origin}</dd>
            </div>
          </dl>
        </details>
      )}
    </div>
  );
}

export function EngineChoice() {
  const { controller } = useLive();
  const choice = useLiveState((state) => state.settings.backend);
  const backend = useLiveState((state) => state.backend);
  return (
    <div className="choice">
      <h3>
        <label htmlFor="engine">Engine</label>
      </h3>
      <select
        id="engine"
        value={choice}
        onChange={(event) => {
          const { value } = event.target;
          void controller.changeBackend(value === 'webgpu' || value === 'wasm' ? value : 'auto');
        }}
      >
        <option value="auto">Auto</option>
        <option value="webgpu">WebGPU</option>
        <option value="wasm">WASM</option>
      </select>
      <p className="quiet" data-testid="engine-running">
        {backend ? (
          <>
            Running on <strong>{backend.label}</strong>: {backend.reason}.
          </>
        ) : (
          'Auto takes the quicker of the two on this device.'
        )}
      </p>
    </div>
  );
}
