/**
 * The high-rate numbers of one listening session, outside every store: scores, log-mel, input level, the drawing clock. Views read
 * them once a frame; the store only says that they changed.
 */
import { MelHistory } from '../../core/scores/mel-history.ts';
import { ScoreTimeline } from '../../core/scores/score-timeline.ts';
import type { Decibels, Milliseconds, Seconds } from '../../core/units.ts';
import { LiveClock } from './live-clock.ts';
import { WaveEnvelope } from './wave-envelope.ts';

export interface Level {
  readonly peakDb: Decibels;
  readonly rmsDb: Decibels;
}

const KEPT_S: Seconds = 3 * 3600;

export const SILENT: Level = { peakDb: -100, rmsDb: -100 };

export class LiveHistory {
  scores: ScoreTimeline | null = null;
  mel: MelHistory | null = null;
  level: Level = SILENT;
  wave = new WaveEnvelope();
  /** Spent in the model since the session began. */
  computeMs: Milliseconds = 0;
  /** Seconds from one log-mel frame to the next. */
  hopS: Seconds = 0.01;
  readonly clock = new LiveClock();

  /** A fresh session: second zero, nothing heard. The tables of the one before are its take's to keep, so these are new. */
  clear(): void {
    this.scores &&= new ScoreTimeline({ classes: this.scores.classes });
    this.mel = null;
    this.wave = new WaveEnvelope();
    this.computeMs = 0;
    this.level = SILENT;
    this.clock.reset();
  }

  /** Scores of another class list cannot go on in the same table. */
  startScores(classes: number): void {
    this.scores = new ScoreTimeline({ classes });
  }

  openMel(mels: number): MelHistory {
    if (this.mel?.mels !== mels) this.mel = new MelHistory({ mels });
    return this.mel;
  }

  /** Where scrolling back ends: what both histories surely still hold. */
  startS(nowS: Seconds): Seconds {
    return Math.max(0, nowS - KEPT_S);
  }
}
