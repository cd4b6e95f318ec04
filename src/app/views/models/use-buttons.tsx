/** What a model is used for, and taking it for that from now on. */
import { useLive, useLiveState } from '../../store/context.ts';
import { useLibrary, useLibraryState } from '../../store/library-context.ts';
import { heardWith } from '../../store/models.ts';
import { useModelsState } from '../../store/models-context.ts';
import { DEFAULT_RUN } from '../../store/take.ts';

export interface Uses {
  readonly listening: boolean;
  readonly files: boolean;
}

export function useUses(modelId: string): Uses {
  const chosen = useLiveState((state) => state.settings.modelId);
  const entries = useModelsState((state) => state.entries);
  const files = useLibraryState((state) => state.fileSetup.modelId);
  return { listening: heardWith(entries, chosen)?.id === modelId, files: files === modelId };
}

export function UseButtons({ modelId }: { readonly modelId: string }) {
  const { controller: live } = useLive();
  const { controller: library } = useLibrary();
  const entry = useModelsState((state) => state.entries.find(({ id }) => id === modelId));
  const uses = useUses(modelId);
  if (!entry) return null;
  const { title, family } = entry;
  return (
    <>
      {!uses.listening && family === 'streaming' && (
        <button
          type="button"
          className="small"
          aria-label={`Use for listening: ${title}`}
          onClick={() => void live.changeModel(modelId)}
        >
          Use for listening
        </button>
      )}
      {!uses.files && (
        <button
          type="button"
          className="small"
          aria-label={`Use for files: ${title}`}
          onClick={() => library.changeFileSetup({ modelId, run: DEFAULT_RUN })}
        >
          Use for files
        </button>
      )}
    </>
  );
}
