/** A model that a person has already: a checkpoint, a safetensors file, or one of our model folders, plain or as a zip. */
import { useState } from 'react';
import { Button, DropZone, FileTrigger } from 'react-aria-components';
import type { DroppedFile } from '../../store/library-controller.ts';
import { findModels, MODEL_FILE_ENDINGS } from '../../store/models-files.ts';
import { type DropItem, readDropItems } from './drop-items.ts';
import { viewState } from './view-state.ts';

export function FromDisk() {
  const [problem, setProblem] = useState<string | null>(null);
  const take = (dropped: readonly DroppedFile[]): void => {
    const { models, left } = findModels(dropped);
    if (models.length > 0) viewState.setState({ importing: { models, wants: null } });
    const named = `${left.slice(0, 3).join(', ')}${left.length > 3 ? ` and ${left.length - 3} more` : ''}`;
    if (models.length === 0) {
      setProblem(
        left.length === 0
          ? 'There was no file in that.'
          : `No model was found in ${named}: a .pt, .safetensors or .zip file, or a folder with card.json and model.safetensors, is needed.`,
      );
    } else setProblem(left.length === 0 ? null : `Left aside, no models: ${named}.`);
  };
  const pick = (list: FileList | null): void => {
    if (!list || list.length === 0) return;
    take(
      [...list].map((file) => ({
        file,
        folder: file.webkitRelativePath ? file.webkitRelativePath.slice(0, -file.name.length) : '',
      })),
    );
  };
  return (
    <section aria-labelledby="disk-title">
      <div className="models-head">
        <h2 id="disk-title">From disk</h2>
        <p className="quiet">
          A PyTorch checkpoint (.pt, .pth, .ckpt), a .safetensors file, or a folder or zip that{' '}
          <code>earshot import</code> wrote. No code in a checkpoint is run, and nothing is uploaded. One of the nine
          published files is known by its name.
        </p>
      </div>
      <DropZone
        className="model-drop"
        aria-label="Drop or paste a model here"
        onDrop={({ items }) =>
          void readDropItems(items.filter((item): item is DropItem => item.kind !== 'text')).then(take)
        }
      >
        <p>Drop a model here</p>
        <div className="model-acts">
          <FileTrigger allowsMultiple acceptedFileTypes={[...MODEL_FILE_ENDINGS, '.json']} onSelect={pick}>
            <Button>Choose a model file</Button>
          </FileTrigger>
          <FileTrigger acceptDirectory onSelect={pick}>
            <Button>Choose a model folder</Button>
          </FileTrigger>
        </div>
      </DropZone>
      <div role="status">{problem !== null && <p className="warning">{problem}</p>}</div>
    </section>
  );
}
