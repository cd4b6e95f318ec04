/** The record's answer, asked for when a dialog that needs it opens, and again when the person wants that. */
import { useEffect, useState } from 'react';
import type { OfficialRecord, RecordSource } from '../../../core/catalogue/zenodo-record.ts';
import { toWireError } from '../../../core/errors.ts';
import { useModels } from '../../store/models-context.ts';

export type RecordState =
  | { readonly kind: 'asking' }
  | { readonly kind: 'read'; readonly record: OfficialRecord }
  | { readonly kind: 'failed'; readonly message: string };

export function useRecord({ baseUrl, recordId }: RecordSource): {
  readonly state: RecordState;
  readonly again: () => void;
} {
  const { controller } = useModels();
  const [state, setState] = useState<RecordState>({ kind: 'asking' });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    void turn;
    let isCurrent = true;
    setState({ kind: 'asking' });
    controller.readRecord({ baseUrl, recordId }).then(
      (record) => {
        if (isCurrent) setState({ kind: 'read', record });
      },
      (error: unknown) => {
        if (isCurrent) setState({ kind: 'failed', message: toWireError(error, 'download-failed').message });
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [controller, baseUrl, recordId, turn]);
  return { state, again: () => setTurn((before) => before + 1) };
}
