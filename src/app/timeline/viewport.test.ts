import { describe, expect, test } from 'vitest';
import { createViewport, LEAST_WINDOW_S } from './viewport.ts';

const windowOf = ({ getState }: ReturnType<typeof createViewport>) => [getState().startS, getState().endS];

describe('viewport', () => {
  test('zooming keeps the moment under the pointer where it is', () => {
    const viewport = createViewport(600);
    for (const [atS, factor] of [
      [123, 2],
      [130, 3.5],
      [125, 1.2],
      [126, 0.7],
    ] as const) {
      const before = viewport.getState();
      const part = (atS - before.startS) / (before.endS - before.startS);
      viewport.zoomAt(atS, factor);
      const { startS, endS } = viewport.getState();
      expect((atS - startS) / (endS - startS)).toBeCloseTo(part, 9);
      expect((before.endS - before.startS) / (endS - startS)).toBeCloseTo(factor, 9);
    }
  });

  test('never before second zero, past the end, or closer than the least window', () => {
    const viewport = createViewport(100);
    viewport.zoomAt(50, 1e9);
    expect(viewport.getState().endS - viewport.getState().startS).toBeCloseTo(LEAST_WINDOW_S, 9);
    viewport.panBy(-1e6);
    expect(windowOf(viewport)).toEqual([0, LEAST_WINDOW_S]);
    viewport.panBy(1e6);
    expect(windowOf(viewport)).toEqual([98, 100]);
    viewport.zoomAt(99, 1e-9);
    expect(windowOf(viewport)).toEqual([0, 100]);
    viewport.show(90, 130);
    expect(windowOf(viewport)).toEqual([60, 100]);
  });

  test('a recording shorter than the least window is shown whole', () => {
    const viewport = createViewport(0.7);
    viewport.zoomAt(0.3, 10);
    expect(windowOf(viewport)).toEqual([0, 0.7]);
    expect(windowOf(createViewport(0))).toEqual([0, LEAST_WINDOW_S]);
  });

  test('while it grows: whole stays whole, the end stays the end, the past stays put', () => {
    const whole = createViewport(0);
    for (const s of [1, 5, 60]) whole.setDuration(s);
    expect(windowOf(whole)).toEqual([0, 60]);

    const newest = createViewport(60);
    newest.show(50, 60);
    newest.setDuration(75);
    expect(windowOf(newest)).toEqual([65, 75]);

    const past = createViewport(60);
    past.show(20, 30);
    past.setDuration(75);
    expect(windowOf(past)).toEqual([20, 30]);
    expect(past.getState().follow).toBe(false);
    past.panBy(100);
    expect(past.getState().follow).toBe(true);
  });

  test('the sound turns the page when it runs over the edge, not when someone looks elsewhere', () => {
    const viewport = createViewport(100);
    viewport.show(10, 20);
    viewport.setPlay(19.99);
    viewport.setPlay(20.01);
    expect(viewport.getState().startS).toBeCloseTo(19.51, 6);
    viewport.show(60, 70);
    viewport.setPlay(20.05);
    expect(windowOf(viewport)).toEqual([60, 70]);
  });

  test('reveal moves only when it must', () => {
    const viewport = createViewport(100);
    viewport.show(10, 26);
    viewport.reveal(20);
    expect(windowOf(viewport)).toEqual([10, 26]);
    viewport.reveal(50);
    expect(windowOf(viewport)).toEqual([36, 52]);
    viewport.reveal(1);
    expect(windowOf(viewport)).toEqual([0, 16]);
  });

  test('nothing is told when nothing changed', () => {
    const viewport = createViewport(100);
    let told = 0;
    viewport.subscribe(() => told++);
    viewport.showAll();
    viewport.panBy(5);
    viewport.setDuration(100);
    viewport.setCursor(null);
    expect(told).toBe(0);
  });
});
