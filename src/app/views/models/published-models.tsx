/** The nine files that the authors of Streaming Audio Transformers published: a column per delay, a row per size. */
import { useEffect, useRef } from 'react';
import { OFFICIAL_MODELS, type OfficialModel } from '../../../core/catalogue/official-models.ts';
import { recordPageUrl } from '../../../core/catalogue/zenodo-record.ts';
import { useLiveState } from '../../store/context.ts';
import { installedFormOf, jobOf } from '../../store/models.ts';
import { useModels, useModelsState } from '../../store/models-context.ts';
import { hostOf, recordSource } from '../../store/models-source.ts';
import { DelayStrip } from './delay-strip.tsx';
import { phaseShare, progressWords, sizeText } from './model-words.ts';
import { viewState } from './view-state.ts';

interface Delay {
  readonly delayS: number;
  readonly title: string;
  readonly meaning: string;
}

const DELAYS: readonly Delay[] = [
  {
    delayS: 1,
    title: 'Streaming, 1 s',
    meaning: 'Speaks soonest. A word about every second, with the second before remembered.',
  },
  {
    delayS: 2,
    title: 'Streaming, 2 s',
    meaning: 'Steadier. A word about every two seconds, with the two before remembered.',
  },
  {
    delayS: 10,
    title: 'Full context, 10 s',
    meaning:
      'Not streaming: the plain network that sees ten seconds at once and remembers nothing. For files and for comparing.',
  },
];

/** Left end and right end of the small scale. */
const MAP_RANGE = [38, 48] as const;

export function PublishedModels() {
  const source = recordSource(useLiveState((state) => state.settings.recordBase));
  return (
    <section aria-labelledby="published-title">
      <div className="models-head">
        <h2 id="published-title">Published models</h2>
        <p className="quiet">
          Nine networks trained on AudioSet by the authors of{' '}
          <a href="https://arxiv.org/abs/2305.17834" target="_blank" rel="noreferrer">
            Streaming Audio Transformers
          </a>
          , much better than those that come with Earshot. The figure is the mean average precision (mAP, in percent) on
          AudioSet’s evaluation set as its authors published it; we have not measured it. They are on{' '}
          <a href={recordPageUrl(source)} target="_blank" rel="noreferrer">
            {hostOf(source)}
          </a>
          , which is asked for nothing until you press Get; the licence is shown before anything is downloaded.
        </p>
      </div>
      <div className="published">
        {DELAYS.map(({ delayS, title, meaning }) => (
          <section key={delayS} aria-labelledby={`delay-${delayS}`} className="published-column">
            <h3 id={`delay-${delayS}`}>{title}</h3>
            <DelayStrip delayS={delayS} />
            <p className="quiet published-meaning">{meaning}</p>
            <ul>
              {OFFICIAL_MODELS.filter((model) => model.delayS === delayS).map((model) => (
                <Published key={model.id} model={model} />
              ))}
            </ul>
          </section>
        ))}
      </div>
    </section>
  );
}

function Published({ model }: { readonly model: OfficialModel }) {
  const missing = useModelsState((state) => state.missing);
  const isAsked = missing?.id === model.id;
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isAsked) row.current?.scrollIntoView({ block: 'center' });
  }, [isAsked]);
  const { title, size, approximateBytes, publishedMapPercent } = model;
  const [low, high] = MAP_RANGE;
  return (
    <li ref={row} className="published-model" data-asked={isAsked} data-official={model.id}>
      <h4>
        {title} <span className="quiet">{size}</span>
      </h4>
      <p className="published-map">
        <span className="map-value">{publishedMapPercent.toFixed(2)}</span>{' '}
        <span className="quiet">mAP, published</span>
        <span className="map-scale" aria-hidden="true">
          {low}
          <span className="map-line">
            <span style={{ left: `${(100 * (publishedMapPercent - low)) / (high - low)}%` }} />
          </span>
          {high}
        </span>
      </p>
      {isAsked && (
        <p className="asked-for">
          {missing.by === 'address' ? 'Asked for by the address of this page' : 'Chosen on an earlier visit'}
        </p>
      )}
      <State model={model} isAsked={isAsked} />
      <span className="quiet published-size">about {sizeText(approximateBytes)}</span>
    </li>
  );
}

function State({ model, isAsked }: { readonly model: OfficialModel; readonly isAsked: boolean }) {
  const { controller } = useModels();
  const job = useModelsState((state) => jobOf(model.fileName, state.jobs));
  const installed = useModelsState((state) => state.installed);
  const partial = useModelsState((state) => state.partials.find(({ fileName }) => fileName === model.fileName));
  const { title, fileName } = model;
  const get = (): void => viewState.setState({ getting: model });
  if (job) {
    const share = phaseShare(job.progress);
    return (
      <div className="published-state">
        <p className="quiet">{progressWords(job.progress)}</p>
        <progress aria-label={`${title}, under way`} {...(share === null ? {} : { value: share })} />
      </div>
    );
  }
  const form = installedFormOf(model, installed);
  if (form && !partial) {
    return (
      <div className="published-state">
        <p className="is-here">
          <svg viewBox="0 0 12 12" aria-hidden="true">
            <path d="M1 6.5L4.5 10L11 2.5" />
          </svg>
          Installed as {form.card.storage?.precision ?? 'fp32'}
        </p>
        <button type="button" className="small" aria-label={`Another form of ${title}`} onClick={get}>
          Another form
        </button>
      </div>
    );
  }
  return (
    <div className="published-state">
      {partial && (
        <p className="quiet">
          {sizeText(partial.receivedBytes)}
          {partial.totalBytes === null ? '' : ` of ${sizeText(partial.totalBytes)}`} came on an earlier visit or before
          a break.
        </p>
      )}
      <div className="model-acts">
        <button
          type="button"
          className={partial || isAsked ? 'small primary' : 'small'}
          aria-label={`${partial ? 'Go on with' : 'Get'} ${title}`}
          onClick={get}
        >
          {partial ? 'Go on' : 'Get'}
        </button>
        {partial && (
          <button
            type="button"
            className="small"
            aria-label={`Throw away what came of ${title}`}
            onClick={() => void controller.discardPartial(fileName)}
          >
            Throw away
          </button>
        )}
      </div>
    </div>
  );
}
