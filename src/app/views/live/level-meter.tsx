/** How loud it is at the microphone: says at a glance whether any sound arrives. Drawn outside React, a few times a second. */
import { useEffect, useRef } from 'react';
import { useLive, useLiveState } from '../../store/context.ts';

const LOW_DB = -60;
const part = (db: number): number => Math.min(1, Math.max(0, (db - LOW_DB) / -LOW_DB));

export function LevelMeter() {
  const { store } = useLive();
  const meter = useRef<HTMLMeterElement>(null);
  const rms = useRef<HTMLSpanElement>(null);
  const peak = useRef<HTMLSpanElement>(null);
  const words = useRef<HTMLSpanElement>(null);
  const isListening = useLiveState((state) => state.phase.kind === 'listening');
  useEffect(() => {
    if (!isListening) return;
    const draw = (): void => {
      const { rmsDb, peakDb } = store.history.level;
      if (meter.current) meter.current.value = Math.max(LOW_DB, Math.min(0, rmsDb));
      if (rms.current) rms.current.style.transform = `scaleX(${part(rmsDb)})`;
      if (peak.current) peak.current.style.left = `${part(peakDb) * 100}%`;
      if (words.current) {
        words.current.textContent =
          peakDb < -75 ? 'no sound arrives: muted?' : peakDb > -0.5 ? 'too loud' : `${Math.round(rmsDb)} dB`;
      }
    };
    const timer = setInterval(draw, 125);
    return () => clearInterval(timer);
  }, [store, isListening]);
  if (!isListening) return null;
  return (
    <div className="level">
      <span className="level-name">Level</span>
      <span className="level-track" aria-hidden="true">
        <span ref={rms} className="level-rms" />
        <span ref={peak} className="level-peak" />
      </span>
      <meter ref={meter} className="visually-hidden" min={LOW_DB} max={0} aria-label="Input level in decibels" />
      <span ref={words} className="level-words" />
    </div>
  );
}
