/** Before the first Listen: one sentence, one button, and a picture of what will come. */
import { useLiveState } from '../../store/context.ts';
import { ListenButton, PhaseLine, Samples } from './session-controls.tsx';
import { Trouble } from './trouble.tsx';

export function FirstVisit() {
  const failed = useLiveState((state) => state.phase.kind === 'failed');
  return (
    <div className="first">
      <div className="first-words">
        <h1>See what your microphone hears, while it hears it.</h1>
        {failed ? (
          <Trouble />
        ) : (
          <>
            <div className="first-start">
              <ListenButton isLarge />
              <PhaseLine />
            </div>
            <p className="privacy">
              Sound never leaves this device: it is heard in this page, and nothing is uploaded.
            </p>
          </>
        )}
        <Samples />
      </div>
      <Example />
    </div>
  );
}

/** [start, end, score] of each step, in chunks of the figure. */
const EXAMPLE: readonly { readonly name: string; readonly slot: number; readonly scores: readonly number[] }[] = [
  {
    name: 'Rain',
    slot: 0,
    scores: [6, 9, 14, 18, 27, 34, 46, 55, 58, 66, 71, 74, 78, 76, 81, 84, 83, 86, 88, 87].map((n) => n / 100),
  },
  {
    name: 'Dog',
    slot: 1,
    scores: [3, 2, 4, 3, 82, 91, 34, 5, 3, 3, 4, 2, 3, 76, 22, 4, 2, 3, 2, 2].map((n) => n / 100),
  },
  {
    name: 'Siren',
    slot: 2,
    scores: [2, 1, 2, 2, 1, 3, 2, 4, 8, 19, 41, 68, 84, 88, 79, 52, 30, 12, 6, 4].map((n) => n / 100),
  },
];

function Example() {
  const rowPx = 84;
  const stepPx = 22;
  const left = 84;
  const width = left + 20 * stepPx;
  return (
    <figure className="example">
      <svg
        viewBox={`0 0 ${width} ${EXAMPLE.length * rowPx + 26}`}
        role="img"
        aria-label="An example: rain rises slowly, a dog barks twice, a siren passes"
      >
        {EXAMPLE.map(({ name, slot, scores }, row) => {
          const base = (row + 1) * rowPx;
          const y = (score: number): number => base - score * (rowPx - 18);
          const line = scores
            .map(
              (score, i) =>
                `${i === 0 ? 'M' : 'V'}${i === 0 ? `${left} ${y(score)}` : y(score)}H${left + (i + 1) * stepPx}`,
            )
            .join('');
          return (
            <g key={name}>
              <line x1={left} x2={width} y1={y(0.5)} y2={y(0.5)} className="example-threshold" />
              <path d={`${line}V${base}H${left}Z`} fill={`var(--class-${slot})`} opacity="0.18" />
              <path d={line} fill="none" stroke={`var(--class-${slot})`} strokeWidth="2.5" />
              <line x1="0" x2={width} y1={base} y2={base} className="example-rule" />
              <text x="0" y={base - 10} className="example-name">
                {name}
              </text>
            </g>
          );
        })}
        {[0, 5, 10, 15].map((second) => (
          <text key={second} x={left + second * stepPx} y={EXAMPLE.length * rowPx + 20} className="example-tick">
            0:{String(second).padStart(2, '0')}
          </text>
        ))}
      </svg>
      <figcaption>An example: rain comes on, a dog barks twice, a siren goes by.</figcaption>
    </figure>
  );
}
