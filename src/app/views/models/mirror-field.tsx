/** Another address to download the published files from: a mirror with the record's own paths. */
import { useId, useState } from 'react';
import { Button } from 'react-aria-components';
import { useLive, useLiveState } from '../../store/context.ts';
import { hostOf, readRecordBase, recordSource } from '../../store/models-source.ts';

export function MirrorField() {
  const { store } = useLive();
  const recordBase = useLiveState((state) => state.settings.recordBase);
  const [text, setText] = useState(recordBase ?? '');
  const [problem, setProblem] = useState<string | null>(null);
  const id = useId();
  const use = (): void => {
    const read = readRecordBase(text);
    const isZenodo = /^https:\/\/zenodo\.org\/*$/.test(text.trim());
    if (read === null && !isZenodo) {
      setProblem('This is no address: one that begins with https:// or http:// is needed, without name and password.');
      return;
    }
    setProblem(null);
    store.changeSettings({ recordBase: read });
  };
  return (
    <details className="mirror" open={recordBase !== null}>
      <summary>Download from {hostOf(recordSource(recordBase))}</summary>
      <label htmlFor={id}>Address of a mirror</label>
      <p className="quiet" id={`${id}-help`}>
        It must serve the record and its files under the same paths as zenodo.org. Whoever runs it decides what you get:
        the checksum comes from there, too.
      </p>
      <div className="mirror-line">
        <input
          id={id}
          type="url"
          className="react-aria-Input"
          value={text}
          placeholder="https://mirror.example"
          aria-describedby={`${id}-help${problem === null ? '' : ` ${id}-problem`}`}
          aria-invalid={problem !== null}
          onChange={(event) => setText(event.target.value)}
        />
        <Button className="small" onPress={use}>
          Use it
        </Button>
        {recordBase !== null && (
          <Button
            className="small"
            onPress={() => {
              setText('');
              setProblem(null);
              store.changeSettings({ recordBase: null });
            }}
          >
            Back to zenodo.org
          </Button>
        )}
      </div>
      {problem !== null && (
        <p role="alert" id={`${id}-problem`} className="job-trouble">
          {problem}
        </p>
      )}
    </details>
  );
}
