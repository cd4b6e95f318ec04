import { DASHES } from './dashes.ts';

/** A short piece of a class's line: its colour and its dash. The name always stands beside it. */
export function ClassSwatch({ slot }: { readonly slot: number }) {
  return (
    <svg className="swatch" viewBox="0 0 22 8" aria-hidden="true">
      <line
        x1="1"
        x2="21"
        y1="4"
        y2="4"
        stroke={`var(--class-${slot})`}
        strokeWidth="3"
        strokeDasharray={DASHES[slot] ?? 'none'}
      />
    </svg>
  );
}
