/** The ways in that need no dropping: a file chooser, a folder chooser, and which model the next files are scored with. */
import { Button, FileTrigger } from 'react-aria-components';
import { useLibrary, useLibraryState } from '../../store/library-context.ts';
import { useModelsState } from '../../store/models-context.ts';
import { DEFAULT_RUN } from '../../store/take.ts';
import { ModelOptions } from '../../ui/model-options.tsx';
import { readFileList } from './dropped-files.ts';

/** Some systems know no type for some of the endings, so both are named. */
const ACCEPTED = [
  'audio/*',
  'video/*',
  ...['wav', 'mp3', 'm4a', 'aac', 'flac', 'ogg', 'oga', 'opus', 'webm', 'weba', 'mp4', 'mov'].map((end) => `.${end}`),
];

export const FORMATS_TEXT = 'WAV, MP3, AAC and M4A, FLAC, Ogg Vorbis and Opus, WebM, MP4 and MOV';

export function FileChoosers({ large = false }: { readonly large?: boolean }) {
  const { controller } = useLibrary();
  const add = (list: FileList | null): void => {
    if (list && list.length > 0) controller.addFiles(readFileList(list));
  };
  return (
    <div className="choosers">
      <FileTrigger allowsMultiple acceptedFileTypes={ACCEPTED} onSelect={add}>
        <Button className={large ? 'primary large' : 'primary'}>Choose files</Button>
      </FileTrigger>
      <FileTrigger acceptDirectory onSelect={add}>
        <Button className={large ? 'large' : ''}>Choose a folder</Button>
      </FileTrigger>
    </div>
  );
}

export function FileModelChoice() {
  const { controller } = useLibrary();
  const models = useModelsState((state) => state.entries);
  const { modelId } = useLibraryState((state) => state.fileSetup);
  return (
    <label className="file-model">
      <span>Model for the next files</span>
      <select
        value={modelId}
        onChange={(event) => controller.changeFileSetup({ modelId: event.target.value, run: DEFAULT_RUN })}
      >
        <ModelOptions models={models} chosen={modelId} />
      </select>
    </label>
  );
}
