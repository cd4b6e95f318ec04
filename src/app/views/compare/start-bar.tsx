/** The ways to begin: microphone, sample sound, file, or one of the files that are here already. */
import { Button, FileTrigger, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { useLiveState } from '../../store/context.ts';
import { useLibraryState } from '../../store/library-context.ts';
import { useCompareState } from './compare-state.ts';
import { useStart } from './use-start.ts';

/** Some systems know no type for some of the endings, so both are named. */
const ACCEPTED = [
  'audio/*',
  'video/*',
  ...['wav', 'mp3', 'm4a', 'aac', 'flac', 'ogg', 'oga', 'opus', 'webm', 'weba', 'mp4', 'mov'].map((end) => `.${end}`),
];

export function StartBar({ large = false }: { readonly large?: boolean }) {
  const start = useStart();
  const samples = useLiveState((state) => state.samples);
  const rows = useLibraryState((state) => state.rows);
  const asking = useCompareState((state) => state.asking);
  const files = rows.filter(
    ({ take }, at) =>
      take.kind === 'file' && take.media && rows.findIndex((other) => other.take.media === take.media) === at,
  );
  return (
    <div className="compare-start">
      <FileTrigger
        acceptedFileTypes={ACCEPTED}
        onSelect={(list) => {
          const file = list?.[0];
          if (file) start.file(file);
        }}
      >
        <Button className={large ? 'primary large' : 'primary'}>Choose a file</Button>
      </FileTrigger>
      <button
        type="button"
        className={large ? 'large' : ''}
        disabled={asking}
        onClick={() => start.live({ kind: 'microphone' })}
      >
        Listen with the microphone
      </button>
      {samples.length > 0 && (
        <Picker
          label="Use a sample sound"
          isDisabled={asking}
          options={samples.map(({ id, title }) => ({ id, title }))}
          onPick={(sampleId) => start.live({ kind: 'sample', sampleId })}
        />
      )}
      {files.length > 0 && (
        <Picker
          label="Take a file from Files"
          options={files.map(({ id, take }) => ({ id, title: `${take.folder}${take.name}` }))}
          onPick={(id) => {
            const take = files.find((row) => row.id === id)?.take;
            if (take?.media) start.file(take.media, take.folder);
          }}
        />
      )}
    </div>
  );
}

interface PickerProps {
  readonly label: string;
  readonly isDisabled?: boolean;
  readonly options: readonly { readonly id: string; readonly title: string }[];
  readonly onPick: (id: string) => void;
}

function Picker({ label, isDisabled = false, options, onPick }: PickerProps) {
  return (
    <MenuTrigger>
      <Button className="picker" isDisabled={isDisabled}>
        {label}
        <svg viewBox="0 0 12 12" aria-hidden="true">
          <path d="M2 4L6 8L10 4" />
        </svg>
      </Button>
      <Popover className="class-popover" placement="bottom start">
        <Menu className="picker-menu" onAction={(id) => onPick(String(id))}>
          {options.map(({ id, title }) => (
            <MenuItem key={id} id={id} textValue={title}>
              {title}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
