/**
 * Which part of a recording is looked at, where the pointer is and where the sound is. One store per plot or group of plots that
 * move together. The rules are pure functions on `Window`; the store only keeps the result. Seconds everywhere; main thread.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Seconds } from '../../core/units.ts';

/** The part of the recording that is in view. */
export interface Window {
  readonly startS: Seconds;
  readonly endS: Seconds;
}

export interface ViewportState extends Window {
  /** Length of the recording as far as it is known. */
  readonly durationS: Seconds;
  /** Where the pointer or the keyboard cursor is; null when neither is in the picture. */
  readonly cursorS: Seconds | null;
  /** Where playback is; null when there is nothing to play. */
  readonly playS: Seconds | null;
  /** The window touches the end: when the recording grows, it goes along. */
  readonly follow: boolean;
}

export interface Viewport extends StoreApi<ViewportState> {
  /** Factor 2: half as much time in view; the moment `atS` stays where it is on the screen. */
  zoomAt(atS: Seconds, factor: number): void;
  panBy(seconds: Seconds): void;
  show(fromS: Seconds, toS: Seconds): void;
  showAll(): void;
  /** Moves the window as little as needed to have `atS` in it. */
  reveal(atS: Seconds): void;
  /** The recording is this long now. What was shown whole stays shown whole; a window at the end stays at the end. */
  setDuration(durationS: Seconds): void;
  setCursor(atS: Seconds | null): void;
  /** The window turns a page when the sound runs out of it, unless someone looks elsewhere. */
  setPlay(atS: Seconds | null): void;
}

/** Less than this is never shown: a chunk is a second or two. */
export const LEAST_WINDOW_S: Seconds = 2;

const EPSILON_S = 1e-6;
const lengthOf = ({ startS, endS }: Window): Seconds => endS - startS;
const leastOf = (durationS: Seconds): Seconds => Math.min(LEAST_WINDOW_S, wholeOf(durationS));
/** An empty recording still has an axis. */
const wholeOf = (durationS: Seconds): Seconds => (durationS > 0 ? durationS : LEAST_WINDOW_S);

/** The window within its bounds: never before 0, never after the end, never shorter than the least. */
export function bounded({ startS, endS }: Window, durationS: Seconds): Window {
  const whole = wholeOf(durationS);
  const middleS = (startS + endS) / 2;
  const length = Math.min(whole, Math.max(leastOf(durationS), endS - startS));
  const from = Math.min(whole - length, Math.max(0, endS - startS === length ? startS : middleS - length / 2));
  return { startS: from, endS: from + length };
}

export function zoomed(window: Window, atS: Seconds, factor: number, durationS: Seconds): Window {
  const length = Math.min(wholeOf(durationS), Math.max(leastOf(durationS), lengthOf(window) / factor));
  const part = Math.min(1, Math.max(0, (atS - window.startS) / lengthOf(window)));
  const startS = atS - part * length;
  return bounded({ startS, endS: startS + length }, durationS);
}

export const panned = ({ startS, endS }: Window, seconds: Seconds, durationS: Seconds): Window =>
  bounded({ startS: startS + seconds, endS: endS + seconds }, durationS);

/** Unchanged when `atS` is in view; else as little as puts it an eighth inside. */
export function revealed(window: Window, atS: Seconds, durationS: Seconds): Window {
  const length = lengthOf(window);
  if (atS < window.startS) return panned(window, atS - length / 8 - window.startS, durationS);
  if (atS > window.endS) return panned(window, atS + length / 8 - window.endS, durationS);
  return window;
}

/** The window for a recording that has grown (or turned out shorter). */
export function regrown(window: Window, follow: boolean, beforeS: Seconds, durationS: Seconds): Window {
  const wasWhole = window.startS <= EPSILON_S && window.endS >= wholeOf(beforeS) - EPSILON_S;
  if (wasWhole) return { startS: 0, endS: wholeOf(durationS) };
  if (follow) return bounded({ startS: durationS - lengthOf(window), endS: durationS }, durationS);
  return bounded(window, durationS);
}

/** A sound that runs over the right edge turns the page: it goes on near the left edge. */
export function turnedPage(window: Window, beforeS: Seconds | null, playS: Seconds, durationS: Seconds): Window {
  const wasInView = beforeS !== null && beforeS >= window.startS && beforeS <= window.endS;
  const length = lengthOf(window);
  // A jump is somebody's doing, and comes with `reveal`.
  const ranOver = wasInView && playS > window.endS && playS - window.endS < Math.max(1, length / 4);
  return ranOver ? panned(window, playS - length / 20 - window.startS, durationS) : window;
}

export function createViewport(durationS: Seconds = 0): Viewport {
  const store = createStore<ViewportState>(() => ({
    durationS,
    startS: 0,
    endS: wholeOf(durationS),
    cursorS: null,
    playS: null,
    follow: true,
  }));
  const { getState, setState } = store;
  const move = (window: Window): void => {
    const { startS, endS, durationS } = getState();
    if (window.startS === startS && window.endS === endS) return;
    setState({ ...window, follow: window.endS >= durationS - EPSILON_S });
  };
  return {
    ...store,
    zoomAt: (atS, factor) => move(zoomed(getState(), atS, factor, getState().durationS)),
    panBy: (seconds) => move(panned(getState(), seconds, getState().durationS)),
    show: (fromS, toS) => move(bounded({ startS: fromS, endS: toS }, getState().durationS)),
    showAll: () => move({ startS: 0, endS: wholeOf(getState().durationS) }),
    reveal: (atS) => move(revealed(getState(), atS, getState().durationS)),
    setDuration: (next) => {
      const state = getState();
      if (next === state.durationS) return;
      setState({ durationS: next, ...regrown(state, state.follow, state.durationS, next) });
    },
    setCursor: (cursorS) => {
      if (cursorS !== getState().cursorS) setState({ cursorS });
    },
    setPlay: (playS) => {
      const state = getState();
      if (playS === state.playS) return;
      if (playS !== null) move(turnedPage(state, state.playS, playS, state.durationS));
      setState({ playS });
    },
  };
}
