/** Models: which are here, what their cards say, how fast they run on this device, and how to get better ones. */
import { useEffect } from 'react';
import { useLiveState } from '../../store/context.ts';
import { useModels, useModelsState } from '../../store/models-context.ts';
import { hostOf, recordSource } from '../../store/models-source.ts';
import { CompareTwo } from './compare-two.tsx';
import { FromDisk } from './from-disk.tsx';
import { GetDialog } from './get-dialog.tsx';
import { ImportDialog } from './import-dialog.tsx';
import { InstalledModels } from './installed-models.tsx';
import { JobList } from './job-list.tsx';
import { PublishedModels } from './published-models.tsx';
import { RemoveDialog } from './remove-dialog.tsx';
import { StorageSection } from './storage-section.tsx';
import '../../styles/models.css';

export function ModelsView() {
  const { controller } = useModels();
  useEffect(() => void controller.refreshStorage(), [controller]);
  return (
    <div className="models">
      <div className="models-top">
        <h1 id="models-title" tabIndex={-1}>
          Models
        </h1>
        <p className="models-lead">
          What hears for you. Larger models err less and compute more; a short delay speaks sooner, a long one steadier.
        </p>
        <Notices />
      </div>
      <JobList />
      <InstalledModels />
      <PublishedModels />
      <FromDisk />
      <CompareTwo />
      <StorageSection />
      <GetDialog />
      <ImportDialog />
      <RemoveDialog />
    </div>
  );
}

function Notices() {
  const { controller } = useModels();
  const notice = useModelsState((state) => state.notice);
  const recordBase = useLiveState((state) => state.settings.recordBase);
  return (
    <>
      <div role="status">
        {notice !== null && (
          <div className="models-notice">
            <p>{notice}</p>
            <button type="button" className="small" onClick={() => controller.closeNotice()}>
              Close
            </button>
          </div>
        )}
      </div>
      {recordBase !== null && (
        <p className="warning">
          Published models are downloaded from {hostOf(recordSource(recordBase))}, not from zenodo.org.
        </p>
      )}
    </>
  );
}
