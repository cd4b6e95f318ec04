/** The address, or an earlier visit, asks for a model that is not here: which one listens instead, and how to get the other. */
import { useLive, useLiveState } from '../../store/context.ts';
import { heardWith, type MissingModel } from '../../store/models.ts';
import { useModelsState } from '../../store/models-context.ts';
import { followTo, viewHref } from '../../store/navigation.ts';

export function MissingModelNotice() {
  const { controller } = useLive();
  const chosen = useLiveState((state) => state.settings.modelId);
  const missing = useModelsState((state) => state.missing);
  const entries = useModelsState((state) => state.entries);
  const isShown = missing !== null && missing.id === chosen;
  const standIn = isShown ? heardWith(entries, chosen) : undefined;
  return (
    <div role="status">
      {isShown && (
        <div className="missing-model">
          <p>
            {sayMissing(
              missing,
              standIn?.title,
              entries.map(({ title }) => title),
            )}
          </p>
          <div className="missing-model-acts">
            {missing.official && (
              <a className="button primary" href={viewHref('models')} onClick={followTo('models')}>
                Get {missing.official.title}
              </a>
            )}
            <button type="button" className="small" onClick={() => void controller.changeModel(null)}>
              {standIn ? `Stay with ${standIn.title}` : 'Forget it'}
            </button>
          </div>
        </div>
      )}
    </div>
  );
}

function sayMissing(
  { id, official, by }: MissingModel,
  standIn: string | undefined,
  titles: readonly string[],
): string {
  const name = official ? `the published model ${official.title}` : `the model “${id}”`;
  const asked =
    by === 'address'
      ? `This address asks for ${name}, which is not ${official ? 'installed here' : 'here'}.`
      : `You chose ${name} on an earlier visit; it is not here any more.`;
  const meanwhile = standIn === undefined ? '' : ` ${standIn} listens instead.`;
  const there = official || titles.length === 0 ? '' : ` Models that are here: ${titles.join('; ')}.`;
  return `${asked}${meanwhile}${there}`;
}
