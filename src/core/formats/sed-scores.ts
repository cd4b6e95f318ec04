/**
 * Score table of sed_scores_eval: `onset⇥offset⇥class…`, tab-separated. Its reader wants each onset to be the last offset, from 0
 * on: where nothing was scored (a gap, sound before the first chunk) stands a row of zeros. Pure, any thread.
 */
import type { ExportDocument } from './export-document.ts';
import { score, seconds, tsvLine } from './text.ts';

/** Chunks closer than this belong together (as in the score timeline). */
const TOUCHING_S = 1e-5;

export function* sedScoresParts({ labels, scores }: ExportDocument): Generator<string> {
  yield tsvLine(['onset', 'offset', ...labels.names]);
  const nothing = new Array<number>(labels.names.length).fill(0);
  let offset = 0;
  for (let frame = scores.from; frame < scores.to; frame++) {
    const start = scores.startOf(frame);
    if (start - offset > TOUCHING_S) {
      yield tsvLine([offset, seconds(start), ...nothing]);
      offset = seconds(start);
    }
    const end = seconds(scores.endOf(frame));
    yield tsvLine([offset, end, ...Array.from(scores.row(frame), score)]);
    offset = end;
  }
}
