/** Models on their way, and what became of the last ones. */

import type { JobRow } from '../../store/models.ts';
import { useModels, useModelsState } from '../../store/models-context.ts';
import { wantedFacts } from '../../store/models-files.ts';
import { isDownload, phaseShare, progressWords } from './model-words.ts';
import { UseButtons } from './use-buttons.tsx';
import { viewState } from './view-state.ts';

export const JOBS_ID = 'model-jobs';

export function JobList() {
  const jobs = useModelsState((state) => state.jobs);
  if (jobs.length === 0) return null;
  return (
    <section className="model-jobs" aria-labelledby={JOBS_ID}>
      <h2 id={JOBS_ID} tabIndex={-1}>
        On their way
      </h2>
      <ul>
        {jobs.map((job) => (
          <li key={job.id} data-state={job.state.kind}>
            <h3>{job.title}</h3>
            <Job job={job} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Job({ job }: { readonly job: JobRow }) {
  switch (job.state.kind) {
    case 'running':
      return <RunningJob job={job} />;
    case 'done':
      return <DoneJob job={job} modelId={job.state.modelId} />;
    case 'failed':
      return <FailedJob job={job} error={job.state.error} />;
  }
}

function RunningJob({ job }: { readonly job: JobRow }) {
  const { controller } = useModels();
  const { id, title, progress } = job;
  const share = phaseShare(progress);
  const { phase } = progress;
  return (
    <>
      <p className="amount">{progressWords(progress)}</p>
      <progress aria-label={`Progress of ${title}`} {...(share === null ? {} : { value: share })} />
      <div className="model-acts">
        {phase === 'downloading' && (
          <button type="button" className="small" aria-label={`Pause ${title}`} onClick={() => controller.pause(id)}>
            Pause
          </button>
        )}
        {phase === 'paused' && (
          <button
            type="button"
            className="small primary"
            aria-label={`Resume ${title}`}
            onClick={() => controller.resume(id)}
          >
            Resume
          </button>
        )}
        <button type="button" className="small" aria-label={`Cancel ${title}`} onClick={() => controller.cancel(id)}>
          Cancel
        </button>
      </div>
    </>
  );
}

function DoneJob({ job, modelId }: { readonly job: JobRow; readonly modelId: string }) {
  const { controller } = useModels();
  return (
    <>
      <p>Installed: it can be chosen wherever a model is chosen.</p>
      <div className="model-acts">
        <UseButtons modelId={modelId} />
        <CloseJob job={job} onClose={() => controller.dismiss(job.id)} />
      </div>
    </>
  );
}

function FailedJob({ job, error }: { readonly job: JobRow; readonly error: { code: string; message: string } }) {
  const { controller } = useModels();
  const { origin } = job.request;
  const again = isDownload(job.request) ? 'Go on' : 'Try again';
  const wants = job.state.kind === 'failed' ? wantedFacts(job.state.error) : null;
  return (
    <>
      <p role="alert" className="job-trouble">
        {wants ? 'The file does not say all that must be known of its network.' : error.message}
      </p>
      <div className="model-acts">
        {wants && origin.kind === 'files' ? (
          <button
            type="button"
            className="small primary"
            onClick={() => {
              controller.dismiss(job.id);
              viewState.setState({ importing: { models: [{ name: job.title, files: origin.files }], wants } });
            }}
          >
            Say which network it is
          </button>
        ) : (
          <button
            type="button"
            className="small primary"
            aria-label={`${again}: ${job.title}`}
            onClick={() => controller.retry(job.id)}
          >
            {again}
          </button>
        )}
        <CloseJob job={job} onClose={() => controller.dismiss(job.id)} />
      </div>
    </>
  );
}

function CloseJob({ job, onClose }: { readonly job: JobRow; readonly onClose: () => void }) {
  return (
    <button type="button" className="small" aria-label={`Close the report on ${job.title}`} onClick={onClose}>
      Close
    </button>
  );
}
