import { useEffect, useMemo, useState } from 'react';
import type { ScoreTimeline } from '../../../core/scores/score-timeline.ts';
import { ScorePyramid } from './score-pyramid.ts';

/** The pyramid of a timeline, kept up with it a few milliseconds a frame. `version` grows whenever it took something in. */
export function usePyramid(
  scores: ScoreTimeline,
  revision: number,
): { readonly pyramid: ScorePyramid; readonly version: number } {
  const pyramid = useMemo(() => new ScorePyramid(scores), [scores]);
  const [version, setVersion] = useState(0);
  useEffect(() => {
    void revision;
    let frame = 0;
    const step = (): void => {
      const before = pyramid.to;
      const isWhole = pyramid.update();
      if (!isWhole) frame = requestAnimationFrame(step);
      if (pyramid.to !== before) setVersion((n) => n + 1);
    };
    step();
    return () => cancelAnimationFrame(frame);
  }, [pyramid, revision]);
  return { pyramid, version };
}
