/** The models that are here: those that came with the page first, then the installed ones. */
import { useEffect } from 'react';
import { OFFICIAL_MODELS } from '../../../core/catalogue/official-models.ts';
import type { ModelCard } from '../../../core/model/card.ts';
import { saveBlob } from '../../export/download.ts';
import type { ModelEntry } from '../../store/catalog.ts';
import { isAskedFor } from '../../store/models.ts';
import { useModels, useModelsState } from '../../store/models-context.ts';
import { modelHref } from '../../store/navigation.ts';
import { CardFacts } from './card-facts.tsx';
import { CopyLink } from './copy-link.tsx';
import { DelayStrip } from './delay-strip.tsx';
import { delayWords, sizeText, storageWords } from './model-words.ts';
import { MeasureButton, SpeedLine } from './speed-line.tsx';
import { UseButtons, useUses } from './use-buttons.tsx';
import { viewState } from './view-state.ts';

export function InstalledModels() {
  const { controller } = useModels();
  const entries = useModelsState((state) => state.entries);
  const listing = useModelsState((state) => state.listing);
  useEffect(() => void controller.readCards(), [controller]);
  const embedded = entries.filter(({ origin }) => origin === 'embedded');
  const installed = entries.filter(({ origin }) => origin === 'installed');
  return (
    <>
      <section aria-labelledby="embedded-title">
        <div className="models-head">
          <h2 id="embedded-title">Comes with Earshot</h2>
          <p className="quiet">
            Small: made by us on two processor cores, so that something works at once. The published ones below are much
            better.
          </p>
        </div>
        <ul className="model-list">
          {embedded.map((entry) => (
            <Model key={entry.id} entry={entry} />
          ))}
        </ul>
      </section>
      {installed.length > 0 && (
        <section aria-labelledby="installed-title">
          <div className="models-head">
            <h2 id="installed-title">Installed in this browser</h2>
          </div>
          <ul className="model-list">
            {installed.map((entry) => (
              <Model key={entry.id} entry={entry} />
            ))}
          </ul>
        </section>
      )}
      {listing === 'refused' && (
        <p className="warning">
          This browser refuses the page its storage (as some private windows do), so installed models cannot be read and
          none can be added.
        </p>
      )}
    </>
  );
}

function Model({ entry }: { readonly entry: ModelEntry }) {
  const { id, title, family, delayS, origin } = entry;
  const embeddedCard = useModelsState((state) => state.cards.get(id));
  const installed = useModelsState((state) => state.installed.find(({ card }) => card.id === id));
  const card = origin === 'installed' ? installed?.card : embeddedCard;
  const bytes = origin === 'installed' ? installed?.bytes : card?.weightsBytes;
  const official = origin === 'installed' ? OFFICIAL_MODELS.find((model) => isAskedFor(model.id, id)) : undefined;
  const uses = useUses(id);
  const used = [...(uses.listening ? ['listening'] : []), ...(uses.files ? ['files'] : [])];
  return (
    <li className="model" data-model={id}>
      <article aria-labelledby={`model-${id}`}>
        <div className="model-what">
          <h3 id={`model-${id}`} tabIndex={-1}>
            {title}
          </h3>
          {used.length > 0 && <p className="in-use">In use for {used.join(' and ')}</p>}
          <DelayStrip delayS={delayS} />
          <p>{delayWords(family, delayS)}.</p>
          <p className="quiet">
            {bytes === undefined ? '' : `${sizeText(bytes)} ${origin === 'installed' ? 'on this device' : 'to load'}, `}
            {card ? `${card.labels.mids.length} classes` : 'reading its card…'}
            {official && `; mAP ${official.publishedMapPercent.toFixed(2)} as its authors published it`}
          </p>
          {card?.storage && <p className="quiet">{storageWords(card)}</p>}
        </div>
        <div className="model-more">
          {card && <SpeedLine modelId={id} title={title} sha256={card.sha256} />}
          <div className="model-acts">
            <UseButtons modelId={id} />
            {card && <MeasureButton modelId={id} title={title} sha256={card.sha256} />}
            <CopyLink label={`Copy link to ${title}`} href={modelHref(id)} />
            {origin === 'installed' && (
              <button
                type="button"
                className="small"
                aria-label={`Remove ${title}`}
                onClick={() => viewState.setState({ removing: id })}
              >
                Remove…
              </button>
            )}
          </div>
          {card && (
            <details className="model-card">
              <summary>
                Card<span className="visually-hidden"> of {title}</span>
              </summary>
              <CardFacts card={card} />
              <button type="button" className="small" onClick={() => saveCard(card)}>
                Save card.json
              </button>
            </details>
          )}
        </div>
      </article>
    </li>
  );
}

const saveCard = (card: ModelCard): void =>
  saveBlob(new Blob([`${JSON.stringify(card, null, 1)}\n`], { type: 'application/json' }), `${card.id}-card.json`);
