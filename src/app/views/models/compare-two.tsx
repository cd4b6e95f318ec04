/** Two models on the same sound: their difference in a few numbers here, their curves in Compare. */
import { useMemo, useState } from 'react';
import { Button, FileTrigger } from 'react-aria-components';
import { toWireError } from '../../../core/errors.ts';
import { formatTime } from '../../charts/time-scale.ts';
import { useLiveState } from '../../store/context.ts';
import { rowOf } from '../../store/library.ts';
import { useLibrary, useLibraryState } from '../../store/library-context.ts';
import { type Agreement, agreementOf } from '../../store/models-agreement.ts';
import { useModels, useModelsState } from '../../store/models-context.ts';
import { DEFAULT_RUN, type TakeRow } from '../../store/take.ts';
import { ModelOptions } from '../../ui/model-options.tsx';
import { figure } from './model-words.ts';
import { useViewState, viewState } from './view-state.ts';

export function CompareTwo() {
  const entries = useModelsState((state) => state.entries);
  const samples = useLiveState((state) => state.samples);
  const pair = useViewState((state) => state.pair);
  const { controller: models } = useModels();
  const { controller: library, store } = useLibrary();
  const [problem, setProblem] = useState<string | null>(null);
  const known = (id: string | null): string | undefined => entries.find((one) => one.id === id)?.id;
  const a = known(pair.a) ?? entries[0]?.id ?? '';
  // The best guess at what is worth comparing: the newest installed one.
  const b = known(pair.b) ?? entries.findLast(({ id }) => id !== a)?.id ?? '';
  const sample = samples.find(({ id }) => id === pair.sampleId) ?? samples[0];
  const change = (part: Partial<typeof pair>): void => viewState.setState({ pair: { ...pair, a, b, ...part } });

  const run = (file: File): void => {
    const setups = [a, b].map((modelId) => ({ modelId, run: DEFAULT_RUN }));
    const [takeId] = library.addFiles([{ file, folder: '' }], setups);
    setProblem(takeId === undefined ? store.getState().notice : null);
    if (takeId !== undefined) change({ takeId });
  };
  const runSample = async (): Promise<void> => {
    if (!sample) return;
    try {
      run(await models.readSample(sample.url));
    } catch (error) {
      setProblem(toWireError(error).message);
    }
  };
  return (
    <section aria-labelledby="pair-title">
      <div className="models-head">
        <h2 id="pair-title">Two models on one sound</h2>
        <p className="quiet">How far their scores lie apart, over the classes that both know.</p>
      </div>
      <div className="pair-choices">
        <label>
          <span>First model</span>
          <select value={a} onChange={(event) => change({ a: event.target.value })}>
            <ModelOptions models={entries} chosen={a} />
          </select>
        </label>
        <label>
          <span>Second model</span>
          <select value={b} onChange={(event) => change({ b: event.target.value })}>
            <ModelOptions models={entries} chosen={b} />
          </select>
        </label>
        {sample && (
          <label>
            <span>Sound</span>
            <select value={sample.id} onChange={(event) => change({ sampleId: event.target.value })}>
              {samples.map(({ id, title }) => (
                <option key={id} value={id}>
                  {title}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      <div className="model-acts">
        <button
          type="button"
          className="primary"
          disabled={a === '' || b === '' || a === b || !sample}
          onClick={() => void runSample()}
        >
          Compare them
        </button>
        <FileTrigger
          acceptedFileTypes={['audio/*', 'video/*']}
          onSelect={(list) => {
            const file = list?.[0];
            if (file) run(file);
          }}
        >
          <Button isDisabled={a === '' || b === '' || a === b}>On a file of yours…</Button>
        </FileTrigger>
        {a === b && a !== '' && <p className="quiet">Choose two different models.</p>}
      </div>
      {problem !== null && (
        <p role="alert" className="job-trouble">
          {problem}
        </p>
      )}
      <PairResult />
    </section>
  );
}

function PairResult() {
  const { controller } = useLibrary();
  const takeId = useViewState((state) => state.pair.takeId);
  const row = useLibraryState((state) => rowOf(state, takeId));
  if (!row) return null;
  const { take, state } = row;
  const names = take.lanes.map(({ card, setup }) => card?.title ?? setup.modelId);
  return (
    <div className="pair-result">
      <h3>
        {names.join(' and ')} on {take.name}
      </h3>
      <div role="status">
        {state.kind === 'done' || state.kind === 'stopped' ? (
          <PairNumbers row={row} />
        ) : (
          <p className="quiet">{underWayWords(row)}</p>
        )}
      </div>
      {state.kind !== 'failed' && (
        <button type="button" className="small" onClick={() => controller.showCompare(row.id)}>
          See the curves in Compare
        </button>
      )}
    </div>
  );
}

function underWayWords({ state, take }: TakeRow): string {
  switch (state.kind) {
    case 'loading':
      return state.text;
    case 'failed':
      return state.error.message;
    case 'running':
      return `Hearing it: ${formatTime(take.readS)} of ${formatTime(take.durationS)}`;
    default:
      return 'Waiting for the file before it…';
  }
}

function PairNumbers({ row: { take, revision } }: { readonly row: TakeRow }) {
  const agreement = useMemo(() => {
    void revision;
    const [a, b] = take.lanes.flatMap(({ card, scores }) => (card && scores ? [{ card, scores }] : []));
    return a && b ? agreementOf(a, b) : null;
  }, [take, revision]);
  if (!agreement) return <p>The two share no class, or one of them scored nothing: there is nothing to compare.</p>;
  return <p>{agreementWords(agreement)}</p>;
}

function agreementWords({ classes, moments, max, mean, sameTop }: Agreement): string {
  return `Over ${classes} shared classes and ${moments} moments the scores differ by ${figure(mean)} on average and by ${figure(max.difference)} at most (${max.name}, at ${formatTime(max.atS)}). The same class is on top in ${sameTop} of ${moments} moments.`;
}
