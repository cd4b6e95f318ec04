/**
 * Before a published model is downloaded: what it is, what its record says of licence and size, in which form it is kept, and whether
 * there is room. The record is asked for when this opens and not before.
 */
import { useState } from 'react';
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import type { OfficialModel } from '../../../core/catalogue/official-models.ts';
import {
  licenceNote,
  type OfferedModel,
  type OfficialRecord,
  type RecordSource,
  recordPageUrl,
} from '../../../core/catalogue/zenodo-record.ts';
import { forecast } from '../../../installer/forecast.ts';
import type { Precision } from '../../../installer/installer.ts';
import { useLiveState } from '../../store/context.ts';
import { useModels, useModelsState } from '../../store/models-context.ts';
import { hostOf, recordSource } from '../../store/models-source.ts';
import { JOBS_ID } from './job-list.tsx';
import { MirrorField } from './mirror-field.tsx';
import { delayWords, sizeText } from './model-words.ts';
import { PrecisionChoice } from './precision-choice.tsx';
import { RoomWords } from './room-words.tsx';
import { useRecord } from './use-record.ts';
import { useViewState, viewState } from './view-state.ts';

export function GetDialog() {
  const model = useViewState((state) => state.getting);
  if (!model) return null;
  const close = (): void => viewState.setState({ getting: null });
  return (
    <ModalOverlay className="models-overlay" isOpen isDismissable onOpenChange={close}>
      <Modal className="models-modal">
        <Dialog className="models-dialog">
          <Heading slot="title" level={2}>
            Get {model.title}
          </Heading>
          <p>
            {delayWords(model.family, model.delayS, true)}. {model.classes} classes,{' '}
            {(model.parameters / 1e6).toFixed(1)} million parameters. mAP {model.publishedMapPercent.toFixed(2)} on
            AudioSet’s evaluation set, as its authors published it; not measured by us.
          </p>
          <Offer model={model} close={close} />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function Offer({ model, close }: { readonly model: OfficialModel; readonly close: () => void }) {
  const recordBase = useLiveState((state) => state.settings.recordBase);
  const source = recordSource(recordBase);
  const { state, again } = useRecord(source);
  switch (state.kind) {
    case 'asking':
      return (
        <>
          <p role="status">Asking {hostOf(source)} what its record says…</p>
          <progress aria-label="Asking for the record" />
          <MirrorField />
          <div className="dialog-acts">
            <Button onPress={close}>Cancel</Button>
          </div>
        </>
      );
    case 'failed':
      return (
        <Unreachable source={source} close={close} again={again}>
          {state.message}
        </Unreachable>
      );
    case 'read': {
      const offer = state.record.offers.find((one) => one.model.arch === model.arch);
      return offer ? (
        <Ready record={state.record} offer={offer} source={source} close={close} />
      ) : (
        <Unreachable source={source} close={close} again={again}>
          The record at {hostOf(source)} has no file called {model.fileName} any more.
        </Unreachable>
      );
    }
  }
}

interface UnreachableProps {
  readonly source: RecordSource;
  readonly children: React.ReactNode;
  readonly again: () => void;
  readonly close: () => void;
}

/** No record, no download: other ways to the same file. */
function Unreachable({ source, children, again, close }: UnreachableProps) {
  return (
    <>
      <p role="alert" className="job-trouble">
        {children}
      </p>
      <p>
        Nothing is downloaded without the record, because it holds the licence and the checksum. If you have the file
        already, or can download it from <a href={recordPageUrl(source)}>the record’s page</a>, choose it under “From
        disk”.
      </p>
      <MirrorField />
      <div className="dialog-acts">
        <Button className="primary" onPress={again}>
          Try again
        </Button>
        <Button onPress={close}>Close</Button>
      </div>
    </>
  );
}

interface ReadyProps {
  readonly record: OfficialRecord;
  readonly offer: OfferedModel;
  readonly source: RecordSource;
  readonly close: () => void;
}

function Ready({ record, offer, source, close }: ReadyProps) {
  const { controller } = useModels();
  const { model, file, notes } = offer;
  const [precision, setPrecision] = useState<Precision>('fp16');
  const storage = useModelsState((state) => state.storage);
  const partial = useModelsState((state) => state.partials.find(({ fileName }) => fileName === model.fileName));
  const bytes = file.bytes ?? model.approximateBytes;
  const start = (): void => {
    controller.install({ origin: { kind: 'published', fileName: model.fileName, source }, precision });
    close();
    // The button that was pressed stands for something else now: the keyboard goes on at what was begun.
    setTimeout(() => document.getElementById(JOBS_ID)?.focus(), 80);
  };
  return (
    <>
      <dl className="card-facts">
        <div>
          <dt>Record</dt>
          <dd>
            <a href={record.pageUrl} target="_blank" rel="noreferrer">
              {record.title ?? record.pageUrl}
            </a>
            {record.doi !== null && `, DOI ${record.doi}`}
          </dd>
        </div>
        <div>
          <dt>Licence</dt>
          <dd>{licenceNote(record.licence)}</dd>
        </div>
        <div>
          <dt>Download</dt>
          <dd>
            {file.bytes === null && 'about '}
            {sizeText(bytes)} from {hostOf(source)}, the file {file.name}
          </dd>
        </div>
      </dl>
      {notes.map((note) => (
        <p key={note} className="warning">
          {note}
        </p>
      ))}
      <PrecisionChoice
        value={precision}
        onChange={setPrecision}
        keptBytes={(one) => forecast(bytes, one, true).storedBytes}
      />
      <RoomWords bytes={bytes} precision={precision} isPublished receivedBytes={partial?.receivedBytes ?? 0} />
      <MirrorField />
      <div className="dialog-acts">
        <Button className="primary" onPress={start} isDisabled={storage?.kind === 'none'}>
          {partial ? `Go on from ${sizeText(partial.receivedBytes)}` : `Download ${sizeText(bytes)}`}
        </Button>
        <Button onPress={close}>Cancel</Button>
      </div>
    </>
  );
}
