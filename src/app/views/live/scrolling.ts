/** Moving through the history: where the view ends, and where it may. */
import type { Seconds } from '../../../core/units.ts';
import type { Live } from '../../store/context.ts';

/** The newest moment there is to look at. */
export const liveEnd = ({ store }: Live, atMs = performance.now()): Seconds => store.history.clock.nowS(atMs);

/** Time at the right edge of the picture. */
export function viewEnd(live: Live, atMs = performance.now()): Seconds {
  const { view } = live.store.getState();
  return view.kind === 'live' ? liveEnd(live, atMs) : view.endS;
}

/** Pauses the view with its right edge at `endS`, as near as the history allows. */
export function scrollTo(live: Live, endS: Seconds): void {
  const newestS = liveEnd(live);
  const { windowS } = live.store.getState().settings;
  const leastS = Math.min(newestS, live.store.history.startS(newestS) + Math.min(windowS, newestS));
  live.store.setView({ kind: 'paused', endS: Math.min(newestS, Math.max(leastS, endS)) });
}

/** By a part of the window; forwards beyond the newest moment is live again. */
export function scrollBy(live: Live, windows: number): void {
  const { view, settings } = live.store.getState();
  if (view.kind === 'live' && windows > 0) return;
  const endS = viewEnd(live) + windows * settings.windowS;
  if (endS >= liveEnd(live)) goLive(live);
  else scrollTo(live, endS);
}

export const goLive = ({ store }: Live): void => store.setView({ kind: 'live' });

export function togglePause(live: Live): void {
  if (live.store.getState().view.kind === 'live') scrollTo(live, viewEnd(live));
  else goLive(live);
}
