import { describe, expect, test } from 'vitest';
import { MelHistory, QUANTISED_FLOOR_DB, QUANTISED_STEP_DB, quantiseDb } from './mel-history.ts';

const frames = (count: number, mels: number, value: (frame: number, band: number) => number) =>
  Float32Array.from({ length: count * mels }, (_, i) => value(Math.floor(i / mels), i % mels));

describe('MelHistory', () => {
  test('quantises within half a step, keeps order, and never makes "not heard" of a level', () => {
    for (let db = -84; db <= 42; db += 0.37) {
      const back = QUANTISED_FLOOR_DB + (quantiseDb(db) - 1) * QUANTISED_STEP_DB;
      expect(Math.abs(back - db)).toBeLessThanOrEqual(QUANTISED_STEP_DB / 2 + 1e-9);
    }
    for (const db of [-1e9, -Infinity, Number.NaN, -100]) expect(quantiseDb(db)).toBe(1);
    expect(quantiseDb(1e9)).toBe(255);
  });

  test('the louder of two frames stands for their column, however they were cut', () => {
    const mels = 3;
    const data = frames(9, mels, (f, b) => f * 3 - b * 7);
    const whole = new MelHistory({ mels });
    whole.push(5, 9, data);
    const cut = new MelHistory({ mels });
    for (let f = 0; f < 9; f++) cut.push(5 + f, 1, data.slice(f * mels, (f + 1) * mels));
    for (let column = 0; column < 9; column++) expect(cut.column(column)).toEqual(whole.column(column));
    expect([...whole.column(3)!]).toEqual([0, 1, 2].map((b) => quantiseDb(2 * 3 - b * 7)));
    expect(whole.column(1)).toBeNull();
    expect(whole.endFrame).toBe(14);
    expect(whole.endColumn).toBe(7);
  });

  test('a gap stays a gap, also across blocks', () => {
    const history = new MelHistory({ mels: 2 });
    history.push(0, 10, new Float32Array(20));
    history.push(6000, 10, new Float32Array(20));
    expect(history.column(4)).not.toBeNull();
    for (const column of [5, 1000, 2999]) expect(history.column(column)).toBeNull();
    expect(history.column(3000)).not.toBeNull();
  });

  test('is bounded: three hours stay, memory stops growing, late frames of the forgotten past are let go', () => {
    const history = new MelHistory({ mels: 1 });
    const data = new Float32Array(1000);
    for (let f = 0; f < 3_000_000; f += 1000) history.push(f, 1000, data);
    expect(history.bytes).toBeLessThan(600_000);
    expect(history.column((3_000_000 - 3 * 360_000) / 2)).not.toBeNull();
    expect(history.column(0)).toBeNull();
    history.push(0, 1000, data);
    expect(history.column(0)).toBeNull();
  });

  test('says what was expected', () => {
    const history = new MelHistory({ mels: 4 });
    expect(() => history.push(0, 2, new Float32Array(7))).toThrow(/are 8 values, got 7/);
    expect(() => history.push(-1, 1, new Float32Array(4))).toThrow(RangeError);
  });

  test('a snapshot gives the same history back, and shares nothing with it', () => {
    const history = new MelHistory({ mels: 3, framesPerColumn: 4 });
    history.push(
      7,
      5000,
      frames(5000, 3, (f, b) => -40 + (f % 50) + b),
    );
    const snapshot = history.snapshot();
    const back = MelHistory.fromSnapshot(snapshot);
    expect([back.endFrame, back.endColumn, back.framesPerColumn]).toEqual([5007, history.endColumn, 4]);
    for (let column = 0; column <= history.endColumn; column++) {
      expect(back.column(column)).toEqual(history.column(column));
    }
    history.push(7, 1, Float32Array.of(40, 40, 40));
    expect(back.column(1)).not.toEqual(history.column(1));
    expect(() => MelHistory.fromSnapshot({ ...snapshot, blocks: [[0, new Uint8Array(5)]] })).toThrow(/3072 bytes/);
  });
});
