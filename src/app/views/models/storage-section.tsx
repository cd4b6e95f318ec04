/** Where installed models are kept, how much room they take, and whether they stay. */
import { useStore } from 'zustand';
import { offline } from '../../offline/offline.ts';
import { useModels, useModelsState } from '../../store/models-context.ts';
import { keptWhere, sizeText } from './model-words.ts';

export function StorageSection() {
  const { controller } = useModels();
  const storage = useModelsState((state) => state.storage);
  const offlineState = useStore(offline, (state) => state.state);
  if (!storage) return null;
  const { kind, usedBytes, freeBytes, persisted } = storage;
  return (
    <section aria-labelledby="storage-title">
      <div className="models-head">
        <h2 id="storage-title">Storage</h2>
      </div>
      <dl className="card-facts storage-facts">
        <div>
          <dt>Used by models</dt>
          <dd>
            <span className="amount">{usedBytes === 0 ? 'Nothing yet' : sizeText(usedBytes)}</span>
            {usedBytes === 0 ? `; they are kept ${keptWhere(storage)}` : `, ${keptWhere(storage)}`}
            {freeBytes !== null && usedBytes > 0 && (
              <meter
                className="storage-meter"
                aria-label="Storage used by models"
                min={0}
                max={usedBytes + freeBytes}
                value={usedBytes}
              />
            )}
          </dd>
        </div>
        <div>
          <dt>Free</dt>
          <dd>
            {freeBytes === null ? 'The browser does not say.' : `${sizeText(freeBytes)}, as the browser estimates it`}
          </dd>
        </div>
        {kind !== 'none' && (
          <div>
            <dt>For good</dt>
            <dd>
              {persisted ? (
                'Yes: the browser promised not to clear them by itself.'
              ) : (
                <>
                  No: the browser may clear them when the disk is nearly full.{' '}
                  <button type="button" className="small" onClick={() => void controller.persist()}>
                    Ask it to keep them
                  </button>
                </>
              )}
            </dd>
          </div>
        )}
        <div>
          <dt>Without a network</dt>
          <dd>{OFFLINE_WORDS[offlineState]}</dd>
        </div>
      </dl>
    </section>
  );
}

const OFFLINE_WORDS: Readonly<Record<ReturnType<typeof offline.getState>['state'], string>> = {
  unsupported: 'This page does not open without a network here; once it is open, installed models work without one.',
  installing: 'The page is being kept for that…',
  ready: 'This page opens with the models that were used and those that are installed.',
  'update-ready': 'This page opens with the models that were used and those that are installed.',
};
