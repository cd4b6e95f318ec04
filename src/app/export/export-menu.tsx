/** "Export": every format with a sentence, the chart as a picture, everything at once. Files are made when asked for, in short pieces. */
import { useId, useState } from 'react';
import { Button, Checkbox, Dialog, DialogTrigger, Heading, Popover } from 'react-aria-components';
import type { ExportDocument, ExportFormat } from '../../core/formats/export-document.ts';
import { FORMATS, type FormatWriter, formatOf } from '../../core/formats/formats.ts';
import '../styles/export.css';
import { saveBlob } from './download.ts';
import { makeEverything, makeExport, type Saved } from './make-export.ts';

export interface ExportMenuProps {
  /** Called at the moment of export, so that what is saved is what is shown. */
  makeDocument(): ExportDocument;
  /** Saves the chart as PNG; without it no picture is offered. */
  readonly onSavePng?: () => void | Promise<void>;
  readonly isDisabled?: boolean;
}

type Progress =
  | { readonly kind: 'idle' }
  | { readonly kind: 'busy'; readonly title: string }
  | { readonly kind: 'saved'; readonly name: string }
  | { readonly kind: 'failed'; readonly message: string };

const GROUPS: readonly { readonly title: string; readonly holds: FormatWriter['holds'] }[] = [
  { title: 'Events, by the rules set now', holds: 'events' },
  { title: 'Scores of all classes', holds: 'scores' },
];

export function ExportMenu({ makeDocument, onSavePng, isDisabled = false }: ExportMenuProps) {
  const [withSettings, setWithSettings] = useState(true);
  const [progress, setProgress] = useState<Progress>({ kind: 'idle' });
  /** Inside the page's landmark: what hangs below the body belongs to none. */
  const [main, setMain] = useState<Element | null>(null);
  const isBusy = progress.kind === 'busy';

  const run = (title: string, work: () => Promise<string>): void => {
    // Not disabled while it writes: a button that is loses the keyboard's place.
    if (isBusy) return;
    setProgress({ kind: 'busy', title });
    // A moment for the word "Writing" to be drawn before the work begins.
    setTimeout(() => {
      work().then(
        (name) => setProgress({ kind: 'saved', name }),
        (error: unknown) =>
          setProgress({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }),
      );
    }, 30);
  };
  const save = async (making: Promise<Saved>): Promise<string> => {
    const { name, blob } = await making;
    saveBlob(blob, name);
    return name;
  };
  const saveFormat = (format: ExportFormat): void => {
    const { title, carriesSettings } = formatOf(format);
    run(title, () => save(makeExport(makeDocument(), format, withSettings && !carriesSettings)));
  };

  return (
    <DialogTrigger
      onOpenChange={(isOpen) => {
        setMain(document.querySelector('main'));
        if (isOpen && !isBusy) setProgress({ kind: 'idle' });
      }}
    >
      <Button isDisabled={isDisabled}>Export</Button>
      <Popover className="export-popover" placement="bottom end" {...(main && { UNSTABLE_portalContainer: main })}>
        <Dialog className="export-dialog">
          <Heading slot="title" level={2}>
            Export
          </Heading>
          <div className="export-list">
            {GROUPS.map(({ title, holds }) => (
              <Group key={holds} title={title}>
                {FORMATS.filter((format) => format.holds === holds).map(({ format, title, extension, what }) => (
                  <Item
                    key={format}
                    title={title}
                    ending={`.${extension}`}
                    what={what}
                    onPress={() => saveFormat(format)}
                  />
                ))}
              </Group>
            ))}
            <Group title={onSavePng ? 'Picture, and all at once' : 'All at once'}>
              {onSavePng && (
                <Item
                  title="Picture"
                  ending=".png"
                  what="The chart as it is shown."
                  onPress={() =>
                    run('the picture', async () => {
                      await onSavePng();
                      return 'the picture';
                    })
                  }
                />
              )}
              <Item
                title="Everything"
                ending=".zip"
                what="All formats above and the settings, in one file."
                onPress={() => run('everything', () => save(makeEverything(makeDocument())))}
              />
            </Group>
          </div>
          <div className="export-foot">
            <Checkbox className="export-check" isSelected={withSettings} onChange={setWithSettings}>
              <span className="export-box" aria-hidden="true" />
              <span>
                Put the settings file beside it (zip)
                <span className="quiet"> where a format cannot hold them</span>
              </span>
            </Checkbox>
            <Outcome progress={progress} />
          </div>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

function Group({ title, children }: { readonly title: string; readonly children: React.ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="export-group">
      <h3 id={id}>{title}</h3>
      <ul>{children}</ul>
    </section>
  );
}

interface ItemProps {
  readonly title: string;
  readonly ending: string;
  readonly what: string;
  onPress(): void;
}

function Item({ title, ending, what, onPress }: ItemProps) {
  const id = useId();
  return (
    <li>
      <Button className="export-item" aria-label={`${title}, ${ending}`} aria-describedby={id} onPress={onPress}>
        <span className="export-title">{title}</span>
        <span className="export-ending">{ending}</span>
        <span className="export-what" id={id}>
          {what}
        </span>
      </Button>
    </li>
  );
}

function Outcome({ progress }: { readonly progress: Progress }) {
  return (
    <>
      <p role="status" className="export-status">
        {progress.kind === 'busy' && `Writing ${progress.title} …`}
        {progress.kind === 'saved' && `Saved ${progress.name}`}
      </p>
      {progress.kind === 'failed' && <p role="alert">This could not be saved: {progress.message}</p>}
    </>
  );
}
