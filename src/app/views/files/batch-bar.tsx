/** Above the table: how far everything is, what can be done with all of it, what of it is shown. */
import { useEffect, useRef, useState } from 'react';
import { Button, Dialog, DialogTrigger, Heading, Popover } from 'react-aria-components';
import { BatchMenu } from '../../export/batch-menu.tsx';
import { useLibrary, useLibraryState } from '../../store/library-context.ts';
import type { TakeRow } from '../../store/take.ts';
import { hasScores } from '../../store/take-fold.ts';
import { batchProgress } from './batch-progress.ts';
import { filesWords, spanWords } from './take-words.ts';

/** The speed of the file that is read, or of the one before it: between two files the estimate goes on. */
function useLatestSpeed(rows: readonly TakeRow[]): number | null {
  const [latest, setLatest] = useState<number | null>(null);
  const speed = rows.find((row) => row.speed !== null && row.state.kind === 'running')?.speed ?? null;
  if (speed !== null && speed !== latest) setLatest(speed);
  return speed ?? latest;
}

export function BatchBar({ rows }: { readonly rows: readonly TakeRow[] }) {
  const { controller } = useLibrary();
  const rules = useLibraryState((state) => state.rules);
  // A live session has no end to wait for.
  const ofFiles = rows.filter(({ take }) => take.kind === 'file');
  const { files, settled, failed, fraction, remainingS } = batchProgress(ofFiles, useLatestSpeed(ofFiles));
  const isOver = settled === files;
  const words = [
    isOver ? `${filesWords(files)} finished` : `${settled.toLocaleString('en')} of ${filesWords(files)} finished`,
    failed > 0 ? `${failed} failed` : null,
    remainingS === null ? null : `about ${spanWords(remainingS)} left`,
  ];
  return (
    <section className="batch-bar" aria-label="All files">
      <div className="batch-progress">
        {files > 0 && <p className="figure">{words.filter((part) => part !== null).join(', ')}</p>}
        {!isOver && <progress aria-label="Progress of all files" value={fraction} />}
        <p className="visually-hidden" role="status">
          {useSaid(settled, files, failed)}
        </p>
      </div>
      <div className="batch-acts">
        {!isOver && (
          <button type="button" onClick={() => controller.cancelAll()}>
            Cancel all
          </button>
        )}
        <BatchMenu rows={rows} rules={rules} isDisabled={!rows.some(({ take }) => hasScores(take))} />
        <ClearAll rows={rows} />
      </div>
    </section>
  );
}

const SAY_MS = 5000;

/** What a screen reader is told of the batch: at most a sentence every few seconds, and the end at once. */
function useSaid(settled: number, files: number, failed: number): string {
  const [said, setSaid] = useState('');
  const [startSettled] = useState(settled);
  const sentence =
    settled === startSettled
      ? ''
      : `${settled} of ${filesWords(files)} finished${failed > 0 ? `, ${failed} failed` : ''}.`;
  const isOver = settled === files;
  const saidMs = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    const waitMs = isOver ? 0 : Math.max(0, SAY_MS - (performance.now() - saidMs.current));
    const timer = setTimeout(() => {
      saidMs.current = performance.now();
      setSaid(sentence);
    }, waitMs);
    return () => clearTimeout(timer);
  }, [sentence, isOver]);
  return said;
}

/** Scores of hours go with it, so it asks once. */
function ClearAll({ rows }: { readonly rows: readonly TakeRow[] }) {
  const { controller } = useLibrary();
  /** Inside the page's landmark: what hangs below the body belongs to none. */
  const [main, setMain] = useState<Element | null>(null);
  return (
    <DialogTrigger onOpenChange={() => setMain(document.querySelector('main'))}>
      <Button>Clear</Button>
      <Popover className="files-popover" placement="bottom end" {...(main && { UNSTABLE_portalContainer: main })}>
        <Dialog className="files-dialog">
          {({ close }) => (
            <>
              <Heading slot="title" level={2}>
                Remove everything from the list?
              </Heading>
              <p>
                The scores go too. The files themselves stay where they are.
                {rows.some(({ take }) => take.kind === 'live') && ' Live sessions cannot be brought back.'}
              </p>
              <div className="dialog-acts">
                <Button
                  className="primary"
                  onPress={() => {
                    close();
                    controller.clear();
                  }}
                >
                  Remove all
                </Button>
                <Button onPress={close}>Keep</Button>
              </div>
            </>
          )}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
