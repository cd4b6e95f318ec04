/** Before the first comparison: what it is for, which lanes, and the ways to begin. */

import { formatTime } from '../../charts/time-scale.ts';
import { useLibrary, useLibraryState } from '../../store/library-context.ts';
import { DASHES } from '../../ui/dashes.ts';
import { LaneSetups } from './lane-setups.tsx';
import { StartBar } from './start-bar.tsx';

export function FirstSight() {
  return (
    <>
      <div className="compare-first">
        <div className="compare-words">
          <h1>Which delay holds a steady word?</h1>
          <p className="compare-lead">
            Up to three models hear the same sound on one clock. A short delay speaks sooner, a long one steadier: see
            how much of each on your own sound, as the paper’s Figure 2 does for a long water sound.
          </p>
          <StartBar large />
          <p className="quiet">Or drop one sound or video file anywhere here. Nothing leaves this device.</p>
        </div>
        <Sketch />
      </div>
      <h2>Lanes</h2>
      <LaneSetups />
      <Earlier />
    </>
  );
}

function Earlier() {
  const { controller } = useLibrary();
  const rows = useLibraryState((state) => state.rows);
  const compared = rows.filter(({ take, state }) => take.lanes.length > 1 && state.kind !== 'failed');
  if (compared.length === 0) return null;
  return (
    <section className="compare-earlier" aria-labelledby="earlier-title">
      <h2 id="earlier-title">Comparisons so far</h2>
      <ul className="take-list">
        {compared.map(({ id, take }) => (
          <li key={id}>
            <button type="button" onClick={() => controller.showCompare(id)}>
              <span>
                {take.folder}
                {take.name}
              </span>
              <span className="quiet">
                {take.lanes.length} lanes, {formatTime(take.durationS)}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Scores in hundredths, chunk by chunk. */
const SKETCHED: readonly { readonly label: string; readonly chunks: number; readonly scores: readonly number[] }[] = [
  {
    label: '1 s',
    chunks: 1,
    scores: [8, 41, 67, 38, 72, 55, 30, 74, 48, 69, 35, 77, 58, 42, 71, 36, 66, 79, 42, 66],
  },
  { label: '2 s', chunks: 2, scores: [14, 62, 76, 81, 72, 84, 79, 86, 80, 82] },
  { label: '10 s', chunks: 10, scores: [78, 95] },
];

/** What comes out: who speaks when, and how steadily. Drawn, not computed. */
function Sketch() {
  const step = 20;
  const y = (score: number): number => 150 - score * 1.4;
  return (
    <figure className="compare-sketch">
      <svg viewBox="0 0 448 176" aria-hidden="true">
        <path className="sketch-threshold" d={`M0 ${y(50)}H400`} />
        <path className="sketch-axis" d="M0 150H400" />
        {SKETCHED.map(({ label, chunks, scores }, slot) => (
          <g key={label}>
            <path
              fill="none"
              stroke={`var(--class-${slot})`}
              strokeWidth="3"
              strokeDasharray={DASHES[slot]}
              d={scores
                .map((score, at) => `${at === 0 ? `M0 ${y(score)}` : `V${y(score)}`}H${(at + 1) * chunks * step}`)
                .join('')}
            />
            <text x="406" y={y(scores[scores.length - 1]!) + 5}>
              {label}
            </text>
          </g>
        ))}
        {[0, 10, 20].map((second) => (
          <text key={second} className="sketch-tick" x={second * step} y="170">
            {second === 0 ? '0:00' : `0:${second}`}
          </text>
        ))}
      </svg>
      <figcaption className="quiet">
        An example: one class, three delays. The 1 s lane wavers around the threshold, the others hold it.
      </figcaption>
    </figure>
  );
}
