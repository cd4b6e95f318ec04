/** Chunk scores of all classes as a comma-separated table: `start,end,<class name>…`, one row a chunk. Pure, any thread. */
import type { ExportDocument } from './export-document.ts';
import { csvLine, score, seconds } from './text.ts';

export function* csvParts({ labels, scores }: ExportDocument): Generator<string> {
  yield csvLine(['start', 'end', ...labels.names]);
  for (let frame = scores.from; frame < scores.to; frame++) {
    yield csvLine([
      seconds(scores.startOf(frame)),
      seconds(scores.endOf(frame)),
      ...Array.from(scores.row(frame), score),
    ]);
  }
}
