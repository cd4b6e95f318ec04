/** Asks before a model goes. */
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useModels, useModelsState } from '../../store/models-context.ts';
import { sizeText } from './model-words.ts';
import { useUses } from './use-buttons.tsx';
import { useViewState, viewState } from './view-state.ts';

export function RemoveDialog() {
  const { controller } = useModels();
  const id = useViewState((state) => state.removing);
  const entry = useModelsState((state) => state.entries.find((one) => one.id === id));
  const bytes = useModelsState((state) => state.installed.find(({ card }) => card.id === id)?.bytes);
  const standIn = useModelsState((state) => state.entries.find(({ family }) => family === 'streaming')?.title);
  const uses = useUses(id ?? '');
  if (id === null || !entry) return null;
  const close = (): void => viewState.setState({ removing: null });
  const remove = (): void => {
    close();
    // What was pressed is gone with its model; the keyboard goes on at the list.
    setTimeout(() => document.getElementById('models-title')?.focus(), 60);
    void controller.remove(id);
  };
  return (
    <ModalOverlay className="models-overlay" isOpen isDismissable onOpenChange={close}>
      <Modal className="models-modal">
        <Dialog role="alertdialog" className="models-dialog">
          <Heading slot="title" level={2}>
            Remove {entry.title}?
          </Heading>
          <p>
            {bytes === undefined ? 'Its weights are' : `${sizeText(bytes)} are`} given back. To have it again it must be
            downloaded or chosen from disk again.
            {uses.listening && ` It is in use for listening: ${standIn ?? 'another model'} takes its place.`}
          </p>
          <div className="dialog-acts">
            <Button className="primary" onPress={remove}>
              Remove
            </Button>
            <Button onPress={close}>Keep</Button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
