/** Before a model from disk is imported: in which form it is kept; and what network it is, where the file did not say it. */
import { useState } from 'react';
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { forecast } from '../../../installer/forecast.ts';
import type { InstallRequest, Precision } from '../../../installer/installer.ts';
import { useModels, useModelsState } from '../../store/models-context.ts';
import { ARCHITECTURES, type FoundModel, type WantedFacts } from '../../store/models-files.ts';
import { JOBS_ID } from './job-list.tsx';
import { sizeText } from './model-words.ts';
import { PrecisionChoice } from './precision-choice.tsx';
import { RoomWords } from './room-words.tsx';
import { useViewState, viewState } from './view-state.ts';

export function ImportDialog() {
  const importing = useViewState((state) => state.importing);
  if (!importing) return null;
  const close = (): void => viewState.setState({ importing: null });
  const { models, wants } = importing;
  const [first] = models;
  return (
    <ModalOverlay className="models-overlay" isOpen isDismissable onOpenChange={close}>
      <Modal className="models-modal">
        <Dialog className="models-dialog">
          <Heading slot="title" level={2}>
            {models.length === 1 && first ? `Import ${first.name}` : `Import ${models.length} models`}
          </Heading>
          <ImportForm models={models} wants={wants} close={close} />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

interface ImportFormProps {
  readonly models: readonly FoundModel[];
  readonly wants: WantedFacts | null;
  readonly close: () => void;
}

const bytesOf = ({ files }: FoundModel): number => files.reduce((sum, { size }) => sum + size, 0);

function ImportForm({ models, wants, close }: ImportFormProps) {
  const { controller } = useModels();
  const storage = useModelsState((state) => state.storage);
  const [precision, setPrecision] = useState<Precision>('fp16');
  const [arch, setArch] = useState('');
  const [heads, setHeads] = useState('');
  const bytes = models.reduce((sum, one) => sum + bytesOf(one), 0);
  const headCount = Number.parseInt(heads, 10);
  const isAnswered = (!wants?.arch || arch !== '') && (!wants?.heads || headCount > 0);
  const start = (): void => {
    for (const model of models) controller.install(requestOf(model, precision, arch, headCount));
    close();
    setTimeout(() => document.getElementById(JOBS_ID)?.focus(), 80);
  };
  return (
    <>
      <ul className="import-list">
        {models.map((model) => (
          <li key={model.name}>
            {model.name}, {sizeText(bytesOf(model))}
            {model.arch !== undefined && <span className="quiet">: read as {model.arch}, by its name</span>}
          </li>
        ))}
      </ul>
      {wants?.arch && (
        <label className="import-field">
          <span>Which network is it?</span>
          <select value={arch} onChange={(event) => setArch(event.target.value)}>
            <option value="">Choose one</option>
            {ARCHITECTURES.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
          <span className="quiet">The name of its constructor in the original project; the file does not hold it.</span>
        </label>
      )}
      {wants?.heads && (
        <label className="import-field">
          <span>How many attention heads has it?</span>
          <input type="number" min={1} max={64} value={heads} onChange={(event) => setHeads(event.target.value)} />
          <span className="quiet">A number that divides its width; the file does not hold it.</span>
        </label>
      )}
      <PrecisionChoice
        value={precision}
        onChange={setPrecision}
        keptBytes={(one) => forecast(bytes, one, false).storedBytes}
      />
      <RoomWords bytes={bytes} precision={precision} isPublished={false} />
      <div className="dialog-acts">
        <Button className="primary" onPress={start} isDisabled={!isAnswered || storage?.kind === 'none'}>
          Import
        </Button>
        <Button onPress={close}>Cancel</Button>
      </div>
    </>
  );
}

function requestOf(
  { files, arch: known }: FoundModel,
  precision: Precision,
  arch: string,
  heads: number,
): InstallRequest {
  const named = arch !== '' ? arch : known;
  return {
    origin: { kind: 'files', files },
    precision,
    ...(named === undefined ? {} : { arch: named }),
    ...(heads > 0 ? { heads } : {}),
  };
}
