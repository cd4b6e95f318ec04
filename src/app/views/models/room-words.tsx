/** Whether there is room for an installation, said before it begins. */
import { forecast } from '../../../installer/forecast.ts';
import type { Precision } from '../../../installer/installer.ts';
import { useModelsState } from '../../store/models-context.ts';
import { deviceMemoryBytes, memoryWarning } from '../../store/models-memory.ts';
import { sizeText } from './model-words.ts';

interface RoomWordsProps {
  /** Of the file. */
  readonly bytes: number;
  readonly precision: Precision;
  readonly isPublished: boolean;
  /** Of the file, here already. */
  readonly receivedBytes?: number;
}

export function RoomWords({ bytes, precision, isPublished, receivedBytes = 0 }: RoomWordsProps) {
  const storage = useModelsState((state) => state.storage);
  const { storedBytes, storageBytes, memoryBytes } = forecast(bytes, precision, isPublished);
  if (storage?.kind === 'none') {
    return (
      <p className="warning">
        This browser gives the page no storage (as in some private windows): nothing can be kept.
      </p>
    );
  }
  const needed = Math.max(0, storageBytes - receivedBytes);
  const warning = memoryWarning(memoryBytes, deviceMemoryBytes(navigator));
  const free = storage?.freeBytes ?? null;
  return (
    <div className="room">
      <p className="quiet">
        Kept: about {sizeText(storedBytes)} of this browser’s storage, and up to {sizeText(needed)} while it is being
        installed. {free === null ? 'The browser does not say how much it has.' : `It has ${sizeText(free)} to give.`}{' '}
        Up to {sizeText(memoryBytes)} of memory while it is being installed.
      </p>
      {warning !== null && <p className="warning">{warning}</p>}
      {free !== null && free < needed && (
        <p className="warning">
          There is probably too little room: {sizeText(needed)} are needed, and the browser says it has {sizeText(free)}
          . Remove a model or free some space first.
        </p>
      )}
    </div>
  );
}
