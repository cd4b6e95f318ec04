/** Ten seconds of sound, cut as a model cuts them: one word for each piece. Words beside it say the same. */
const LENGTH_S = 10;
const WIDTH = 120;

export function DelayStrip({ delayS }: { readonly delayS: number }) {
  const pieces = Math.max(1, Math.round(LENGTH_S / Math.max(0.5, delayS)));
  const width = WIDTH / pieces;
  return (
    <svg className="delay-strip" viewBox={`0 0 ${WIDTH} 10`} preserveAspectRatio="none" aria-hidden="true">
      {Array.from({ length: pieces }, (_, piece) => (
        <rect key={piece} x={piece * width} y="0" width={Math.max(1, width - 2)} height="10" />
      ))}
    </svg>
  );
}
