/** Where in the history the picture is: a slider over all that was heard. */
import { useEffect, useState } from 'react';
import { formatTime } from '../../charts/time-scale.ts';
import { useLive, useLiveState } from '../../store/context.ts';
import { goLive, liveEnd, scrollTo } from './scrolling.ts';

export function Scrubber() {
  const live = useLive();
  const view = useLiveState((state) => state.view);
  const windowS = useLiveState((state) => state.settings.windowS);
  useLiveState((state) => state.revision);
  // In the hidden end of a window the slider need not move more often than chunks come.
  const [, turn] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => turn((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  const newestS = liveEnd(live);
  const firstS = live.store.history.startS(newestS) + Math.min(windowS, newestS);
  const endS = view.kind === 'live' ? newestS : view.endS;
  const isShort = newestS - firstS < 1;
  return (
    <div className="scrubber">
      <input
        type="range"
        aria-label="Position in what was heard"
        aria-valuetext={view.kind === 'live' ? 'live' : `up to ${formatTime(endS)}`}
        min={0}
        max={1000}
        step={1}
        disabled={isShort}
        value={isShort ? 1000 : Math.round(((endS - firstS) / (newestS - firstS)) * 1000)}
        onChange={(event) => {
          const part = Number(event.target.value) / 1000;
          if (part >= 1) goLive(live);
          else scrollTo(live, firstS + part * (newestS - firstS));
        }}
      />
      <span className="scrubber-time">
        {view.kind === 'live' ? formatTime(newestS) : `${formatTime(endS)} of ${formatTime(newestS)}`}
      </span>
    </div>
  );
}
