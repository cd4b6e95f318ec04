/** Starting a comparison: on a file, on the microphone, on a sample; and what is said when there is no sound. */
import { toWireError } from '../../../core/errors.ts';
import { useLibrary } from '../../store/library-context.ts';
import type { CompareSource } from '../../store/library-controller.ts';
import type { TakeRow } from '../../store/take.ts';
import { compareState } from './compare-state.ts';

export interface Start {
  file(file: File, folder?: string): void;
  live(source: CompareSource): void;
  /** The same sound with the lanes as they are set up now. */
  again(row: TakeRow): void;
}

export function useStart(): Start {
  const { controller, store } = useLibrary();
  const file = (chosen: File, folder = ''): void => {
    const id = controller.compareFile({ file: chosen, folder });
    compareState.setState({ problem: id === null ? store.getState().notice : null });
  };
  const live = (source: CompareSource): void => {
    compareState.setState({ problem: null, asking: true, source });
    controller
      .compareLive(source)
      .catch((error: unknown) => {
        const { code, message } = toWireError(error);
        const { rows, compareId } = store.getState();
        // A take that failed says so itself.
        const isSaid = rows.some((row) => row.id === compareId && row.state.kind === 'failed');
        if (code !== 'cancelled' && !isSaid) compareState.setState({ problem: message });
      })
      .finally(() => compareState.setState({ asking: false }));
  };
  const again = ({ take }: TakeRow): void => {
    const { source } = compareState.getState();
    if (take.kind === 'live') live(source ?? { kind: 'microphone' });
    else if (take.media) file(take.media, take.folder);
  };
  return { file, live, again };
}
