/** "Export all": chosen formats of many takes in one zip, with how far it is and a way to give it up. */
import { useRef, useState } from 'react';
import { Button, Checkbox, CheckboxGroup, Dialog, DialogTrigger, Heading, Label, Popover } from 'react-aria-components';
import type { EventRules } from '../../core/events/event-types.ts';
import { EXPORT_FORMATS, type ExportFormat } from '../../core/formats/export-document.ts';
import { FORMATS } from '../../core/formats/formats.ts';
import type { TakeRow } from '../store/take.ts';
import '../styles/export.css';
import { batchZip } from './batch-zip.ts';
import { saveBlob } from './download.ts';

export interface BatchMenuProps {
  readonly rows: readonly TakeRow[];
  readonly rules: EventRules;
  readonly isDisabled?: boolean;
}

type Progress =
  | { readonly kind: 'idle' }
  | { readonly kind: 'busy'; readonly done: number; readonly total: number }
  | { readonly kind: 'saved'; readonly name: string }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly message: string };

const isFormat = (value: string): value is ExportFormat => EXPORT_FORMATS.some((format) => format === value);

export function BatchMenu({ rows, rules, isDisabled = false }: BatchMenuProps) {
  const [formats, setFormats] = useState<readonly ExportFormat[]>(['json', 'audacity']);
  const [progress, setProgress] = useState<Progress>({ kind: 'idle' });
  /** Inside the page's landmark: what hangs below the body belongs to none. */
  const [main, setMain] = useState<Element | null>(null);
  const work = useRef<AbortController | null>(null);
  const isBusy = progress.kind === 'busy';

  const save = async (): Promise<void> => {
    const controller = new AbortController();
    work.current = controller;
    setProgress({ kind: 'busy', done: 0, total: rows.length });
    try {
      const madeAt = new Date();
      const blob = await batchZip(rows, {
        formats,
        rules,
        madeAt,
        signal: controller.signal,
        onProgress: (done, total) => setProgress({ kind: 'busy', done, total }),
      });
      const name = `earshot-${madeAt.toISOString().slice(0, 10)}.zip`;
      saveBlob(blob, name);
      setProgress({ kind: 'saved', name });
    } catch (error) {
      if (controller.signal.aborted) setProgress({ kind: 'stopped' });
      else setProgress({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
    }
  };

  return (
    <DialogTrigger
      onOpenChange={(isOpen) => {
        setMain(document.querySelector('main'));
        if (isOpen && !isBusy) setProgress({ kind: 'idle' });
      }}
    >
      <Button isDisabled={isDisabled || rows.length === 0}>Export all</Button>
      <Popover className="export-popover" placement="bottom end" {...(main && { UNSTABLE_portalContainer: main })}>
        <Dialog className="export-dialog">
          <Heading slot="title" level={2}>
            Export {rows.length === 1 ? 'one recording' : `${rows.length} recordings`}
          </Heading>
          <div className="export-list">
            <CheckboxGroup
              className="export-choice"
              value={[...formats]}
              onChange={(chosen) => setFormats(chosen.filter(isFormat))}
            >
              <Label className="quiet">For each recording, in one zip with its settings</Label>
              {FORMATS.map(({ format, title, what }) => (
                <Checkbox key={format} value={format} className="export-check">
                  <span className="export-box" aria-hidden="true" />
                  <span>
                    {title} <span className="quiet">{what}</span>
                  </span>
                </Checkbox>
              ))}
            </CheckboxGroup>
          </div>
          <div className="export-foot">
            <p className="quiet">A table over all of them, summary.csv, is always in it.</p>
            <div className="export-go">
              {/* One button in one place, so that the keyboard's place is kept. */}
              <Button
                className={isBusy ? '' : 'primary'}
                onPress={() => (isBusy ? work.current?.abort() : void save())}
              >
                {isBusy ? 'Cancel' : 'Save zip'}
              </Button>
              {isBusy && <progress aria-label="Recordings written" value={progress.done} max={progress.total} />}
            </div>
            <p role="status" className="export-status">
              {progress.kind === 'busy' && `Writing ${progress.total} …`}
              {progress.kind === 'saved' && `Saved ${progress.name}`}
              {progress.kind === 'stopped' && 'Cancelled; nothing was saved.'}
            </p>
            {progress.kind === 'failed' && <p role="alert">This could not be saved: {progress.message}</p>}
          </div>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
