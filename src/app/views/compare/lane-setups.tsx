/** One to three lanes: which model, and how it is run. */
import { Radio, RadioGroup, Switch } from 'react-aria-components';
import type { ModelEntry } from '../../store/catalog.ts';
import { useLibrary, useLibraryState } from '../../store/library-context.ts';
import { useModelsState } from '../../store/models-context.ts';
import { DEFAULT_RUN, type LaneSetup } from '../../store/take.ts';
import { ClassSwatch } from '../../ui/class-swatch.tsx';
import { ModelOptions } from '../../ui/model-options.tsx';
import { delayWords, kindWords, laneLabels, sentence } from './lane-words.ts';

export const MOST_LANES = 3;

export function LaneSetups() {
  const { controller } = useLibrary();
  const setups = useLibraryState((state) => state.compareSetups);
  const models = useModelsState((state) => state.entries);
  const named = setups.map((setup) => ({ setup, model: models.find(({ id }) => id === setup.modelId) ?? null }));
  const labels = laneLabels(named);
  const change = (at: number, setup: LaneSetup): void =>
    controller.changeCompareSetups(setups.map((one, place) => (place === at ? setup : one)));
  return (
    <section className="compare-lanes" aria-label="Lanes">
      <ul className="lane-cards">
        {named.map((lane, at) => (
          // A lane is its place: its colour, its dash and its number come from it.
          <li key={at} className="lane-card">
            <div className="lane-card-head">
              <ClassSwatch slot={at} />
              <h3>{labels[at]}</h3>
              {setups.length > 1 && (
                <button
                  type="button"
                  className="drop"
                  aria-label={`Remove lane ${at + 1}, ${labels[at]}`}
                  onClick={() => controller.changeCompareSetups(setups.filter((_, place) => place !== at))}
                >
                  <svg viewBox="0 0 12 12" aria-hidden="true">
                    <path d="M2 2L10 10M10 2L2 10" />
                  </svg>
                </button>
              )}
            </div>
            <label className="lane-model">
              <span className="visually-hidden">Model of lane {at + 1}</span>
              <select
                value={lane.setup.modelId}
                onChange={(event) => change(at, { modelId: event.target.value, run: DEFAULT_RUN })}
              >
                <ModelOptions models={models} chosen={lane.setup.modelId} />
              </select>
            </label>
            <p className="quiet">
              {sentence(kindWords(lane))} {lane.model && `${delayWords(lane)}.`}
            </p>
            {lane.model?.family === 'streaming' && (
              <MemorySwitch setup={lane.setup} onChange={(setup) => change(at, setup)} />
            )}
            {lane.model?.family === 'full-context' && (
              <Recompute setup={lane.setup} model={lane.model} onChange={(setup) => change(at, setup)} />
            )}
          </li>
        ))}
        {setups.length < MOST_LANES && models.length > 0 && (
          <li className="lane-more">
            <button
              type="button"
              onClick={() => controller.changeCompareSetups([...setups, nextSetup(setups, models)])}
            >
              Add a lane
            </button>
          </li>
        )}
      </ul>
    </section>
  );
}

interface SetupProps {
  readonly setup: LaneSetup;
  readonly onChange: (setup: LaneSetup) => void;
}

function MemorySwitch({ setup, onChange }: SetupProps) {
  const { modelId, run } = setup;
  return (
    <div>
      <Switch
        className="switch"
        isSelected={run.memory === 'on'}
        onChange={(isOn) => onChange({ modelId, run: { ...run, memory: isOn ? 'on' : 'off' } })}
      >
        <span className="switch-track" aria-hidden="true" />
        Memory <span className="quiet">{run.memory === 'on' ? 'on' : 'off'}</span>
      </Switch>
      <p className="quiet">Off: every chunk starts with an empty cache; shows what the memory is worth.</p>
    </div>
  );
}

function Recompute({ setup, model, onChange }: SetupProps & { readonly model: ModelEntry }) {
  const { modelId, run } = setup;
  return (
    <RadioGroup
      className="choice-of-two"
      aria-label="How often it is run"
      value={run.recompute}
      onChange={(value) => onChange({ modelId, run: { ...run, recompute: value === 'second' ? 'second' : 'window' } })}
    >
      <Radio value="window">One word per {Math.round(model.delayS)} s, as in the paper</Radio>
      <Radio value="second">Recomputed every second</Radio>
    </RadioGroup>
  );
}

/** A model that has no lane yet; else the first streaming one without its memory. */
function nextSetup(setups: readonly LaneSetup[], models: readonly ModelEntry[]): LaneSetup {
  const fresh = models.find(({ id }) => !setups.some(({ modelId }) => modelId === id));
  if (fresh) return { modelId: fresh.id, run: DEFAULT_RUN };
  const streaming = models.find(({ family }) => family === 'streaming') ?? models[0]!;
  return { modelId: streaming.id, run: { ...DEFAULT_RUN, memory: 'off' } };
}
