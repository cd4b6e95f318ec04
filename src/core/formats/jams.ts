/**
 * Events as JAMS 0.3 (JSON Annotated Music Specification): one annotation whose observations are `time, duration, value, confidence`,
 * confidence being the highest score. Namespace `tag_audioset` for AudioSet's classes, `tag_open` for a model with others. Model,
 * hash and settings are in the annotation's metadata and sandbox. Pure, any thread.
 */
import type { ExportDocument } from './export-document.ts';
import { rulesInWords, runInWords, settingsOf } from './settings-file.ts';
import { score, seconds } from './text.ts';
import { EARSHOT_VERSION } from './version.ts';

const JAMS_VERSION = '0.3.4';

/** AudioSet's classes are Knowledge Graph ids. */
const AUDIOSET_MID = /^\/[mgt]\//;

export function* jamsParts(doc: ExportDocument): Generator<string> {
  const { source, model, run, rules, labels, derived } = doc;
  const duration = seconds(source.durationS);
  const isAudioSet = labels.mids.every((mid) => AUDIOSET_MID.test(mid));
  const document = {
    file_metadata: {
      title: source.fileName,
      artist: '',
      release: '',
      duration,
      identifiers: {},
      jams_version: JAMS_VERSION,
    },
    annotations: [
      {
        namespace: isAudioSet ? 'tag_audioset' : 'tag_open',
        time: 0,
        duration,
        annotation_metadata: {
          curator: { name: '', email: '' },
          annotator: { model: model.id, title: model.title, revision: model.revision, sha256: model.sha256 },
          version: EARSHOT_VERSION,
          corpus: '',
          annotation_tools: `Earshot ${EARSHOT_VERSION}, model ${model.id}, weights SHA-256 ${model.sha256}`,
          annotation_rules: `${rulesInWords(rules, labels)} (${runInWords(run)})`,
          validation: '',
          data_source: 'program',
        },
        data: [],
        sandbox: {
          settings: settingsOf(doc),
          mids: Object.fromEntries(derived.events.map(({ name, mid }) => [name, mid])),
        },
      },
    ],
    sandbox: {},
  };
  // Observations go where the empty list is, one by one: thousands of events never become one string here.
  const [head, tail] = splitAt(JSON.stringify(document, null, 2), '"data": [');
  yield head;
  for (const [k, { startS, endS, name, peak }] of derived.events.entries()) {
    const observation = {
      time: seconds(startS),
      duration: seconds(endS - startS),
      value: name,
      confidence: score(peak),
    };
    yield `${k > 0 ? ',' : ''}\n        ${JSON.stringify(observation)}`;
  }
  yield `${derived.events.length > 0 ? '\n      ' : ''}${tail}\n`;
}

/** Behind the first `key`; within strings its quotes would be escaped. */
function splitAt(text: string, key: string): [string, string] {
  const at = text.indexOf(key) + key.length;
  return [text.slice(0, at), text.slice(at)];
}
