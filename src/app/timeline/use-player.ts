/**
 * Playback of a recording in an <audio> or <video> element, in step with a viewport: its position goes to `viewport.playS` once a
 * frame while it plays. Times are the take's: second `mediaStartS` of it is the recording's second zero.
 */
import { type RefObject, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Seconds } from '../../core/units.ts';
import { FrameLoop } from '../ui/frame-loop.ts';
import type { Viewport } from './viewport.ts';

export type PlayerStatus =
  /** There is no recording. */
  | 'none'
  | 'opening'
  | 'ready'
  /** This browser plays no such file. */
  | 'cannot';

export interface Player {
  /** For the element that plays. */
  readonly element: RefObject<HTMLMediaElement | null>;
  /** An object URL; null without a recording. */
  readonly url: string | null;
  readonly status: PlayerStatus;
  readonly playing: boolean;
  /** 1 is as recorded. */
  readonly rate: number;
  toggle(): void;
  /** Goes to a moment of the take (into view, too), and plays from there if asked to. Where nothing plays, it only marks the moment. */
  seek(atS: Seconds, play?: boolean): void;
  setRate(rate: number): void;
}

export interface PlayerSource {
  readonly media: File | null;
  readonly mediaStartS: Seconds;
}

export function usePlayer({ media, mediaStartS }: PlayerSource, viewport: Viewport): Player {
  const element = useRef<HTMLMediaElement>(null);
  const [url, setUrl] = useState<string | null>(null);
  const [status, setStatus] = useState<PlayerStatus>(media ? 'opening' : 'none');
  const [playing, setPlaying] = useState(false);
  const [rate, setRateState] = useState(1);

  useEffect(() => {
    setPlaying(false);
    setStatus(media ? 'opening' : 'none');
    viewport.setPlay(media ? mediaStartS : null);
    if (!media) {
      setUrl(null);
      return;
    }
    const made = URL.createObjectURL(media);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [media, mediaStartS, viewport]);

  useEffect(() => {
    const { current } = element;
    if (!current || url === null) return;
    const controller = new AbortController();
    const { signal } = controller;
    const tell = (): void => viewport.setPlay(mediaStartS + current.currentTime);
    const loop = new FrameLoop(tell);
    const on = (name: string, act: () => void): void => current.addEventListener(name, act, { signal });
    on('play', () => {
      setPlaying(true);
      loop.move(true);
    });
    const rest = (): void => {
      setPlaying(false);
      loop.move(false);
    };
    on('pause', rest);
    on('ended', rest);
    on('seeked', tell);
    on('loadedmetadata', () => setStatus('ready'));
    on('error', () => {
      rest();
      setStatus('cannot');
      viewport.setPlay(null);
    });
    // It may have been opened before this ran.
    if (current.error) {
      setStatus('cannot');
      viewport.setPlay(null);
    } else if (current.readyState >= HTMLMediaElement.HAVE_METADATA) setStatus('ready');
    return () => {
      controller.abort();
      loop.dispose();
      current.pause();
    };
  }, [url, mediaStartS, viewport]);

  const start = useCallback((): void => {
    // A browser may refuse (no permission, nothing decoded); the error event says so, or the button is pressed again.
    element.current?.play().catch(() => setPlaying(false));
  }, []);
  const toggle = useCallback((): void => {
    const { current } = element;
    if (!current || status === 'cannot') return;
    if (current.paused) start();
    else current.pause();
  }, [start, status]);
  const seek = useCallback(
    (atS: Seconds, play = false): void => {
      const { current } = element;
      viewport.reveal(atS);
      viewport.setPlay(atS);
      if (!current || status === 'cannot' || status === 'none') return;
      current.currentTime = Math.max(0, atS - mediaStartS);
      if (play && current.paused) start();
    },
    [mediaStartS, start, status, viewport],
  );
  const setRate = useCallback((next: number): void => {
    setRateState(next);
    if (!element.current) return;
    element.current.playbackRate = next;
    // Loading anew would fall back to the default.
    element.current.defaultPlaybackRate = next;
  }, []);
  return useMemo(
    () => ({ element, url, status, playing, rate, toggle, seek, setRate }),
    [url, status, playing, rate, toggle, seek, setRate],
  );
}
