/** Buttons and position of a player, and the picture of a video. Why nothing plays, where nothing does. */
import type { RefObject } from 'react';
import type { Seconds } from '../../core/units.ts';
import { formatTime } from '../charts/time-scale.ts';
import { useViewport } from './plot-context.ts';
import type { Player } from './use-player.ts';
import type { Viewport } from './viewport.ts';
import '../styles/timeline.css';

const RATES = [0.5, 0.75, 1, 1.25, 1.5, 2, 4];

export interface PlayerBarProps {
  readonly player: Player;
  readonly viewport: Viewport;
  /** Why there is nothing to play: "This session was not recorded." */
  readonly whyNone: string;
}

/** `PlayerMedia` must stand somewhere on the page for it to play. */
export function PlayerBar({ player, viewport, whyNone }: PlayerBarProps) {
  const durationS = useViewport(viewport, (state) => state.durationS);
  if (player.status === 'none') return <p className="player-note quiet">{whyNone}</p>;
  if (player.status === 'cannot') {
    return (
      <p className="player-note quiet">
        This browser has no player for this kind of file. What was heard in it is shown all the same.
      </p>
    );
  }
  return (
    <div className="player-bar">
      <button type="button" className="primary player-toggle" onClick={() => player.toggle()} title="Space">
        <svg viewBox="0 0 12 12" aria-hidden="true">
          {player.playing ? <path d="M2 1h3v10H2zM7 1h3v10H7z" /> : <path d="M2 0.5L11 6L2 11.5Z" />}
        </svg>
        {player.playing ? 'Pause' : 'Play'}
      </button>
      <Position viewport={viewport} durationS={durationS} />
      <label className="inline">
        <span className="visually-hidden">Speed</span>
        <select value={player.rate} onChange={(event) => player.setRate(Number(event.target.value))}>
          {RATES.map((rate) => (
            <option key={rate} value={rate}>
              {rate}×
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

/** Renders ten times a second at most while it plays. */
function Position({ viewport, durationS }: { readonly viewport: Viewport; readonly durationS: Seconds }) {
  const tenths = useViewport(viewport, (state) => Math.floor((state.playS ?? 0) * 10 + 1e-6));
  return (
    <span className="player-position">
      {formatTime(tenths / 10, 1)} <span className="quiet">of {formatTime(durationS)}</span>
    </span>
  );
}

/** The element that plays: seen when it has a picture. */
export function PlayerMedia({ player, hasVideo }: { readonly player: Player; readonly hasVideo: boolean }) {
  if (player.url === null) return null;
  return hasVideo ? (
    // biome-ignore lint/a11y/useMediaCaption: the events of this very page are its sound captions; export writes them as WebVTT
    <video
      ref={player.element as RefObject<HTMLVideoElement | null>}
      className="player-video"
      src={player.url}
      playsInline
      preload="auto"
      aria-label="Video of the recording"
      onClick={() => player.toggle()}
    />
  ) : (
    // biome-ignore lint/a11y/useMediaCaption: the events of this very page are its sound captions; export writes them as WebVTT
    <audio ref={player.element as RefObject<HTMLAudioElement | null>} src={player.url} preload="auto" />
  );
}
