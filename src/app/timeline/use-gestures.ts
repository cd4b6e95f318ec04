/**
 * Wheel, drag, pinch, click and keys of a time plot, as in audio editors: Ctrl or ⌘ with the wheel and pinching zoom at the
 * pointer, a sideways wheel or Shift with the wheel moves, a plain wheel scrolls the page. What a gesture does is in viewport.ts.
 */
import { type KeyboardEvent, type RefObject, useEffect, useRef } from 'react';
import type { Seconds } from '../../core/units.ts';
import type { Viewport } from './viewport.ts';

export const GESTURE_HINT =
  'Drag or Shift + wheel moves, Ctrl + wheel or pinching zooms, a click plays from there. With the keyboard: arrows, + and −, 0 for all, comma and full stop move the cursor, Enter plays from it.';

/** A press that moved less than this is a click. */
const CLICK_PX = 4;

export interface GestureOptions {
  /** Takes the gestures; elements in it with `data-no-gesture` do not. */
  readonly frame: RefObject<HTMLElement | null>;
  /** Its left edge and width are those of the time axis. */
  readonly axis: RefObject<HTMLElement | null>;
  readonly viewport: Viewport;
  readonly onClick: (atS: Seconds) => void;
}

const timeAtX = ({ axis, viewport }: GestureOptions, clientX: number): Seconds => {
  const box = axis.current?.getBoundingClientRect();
  const { startS, endS } = viewport.getState();
  if (!box || box.width === 0) return startS;
  return startS + ((clientX - box.left) / box.width) * (endS - startS);
};

const within = ({ startS, endS }: { readonly startS: Seconds; readonly endS: Seconds }, atS: Seconds): Seconds =>
  Math.min(endS, Math.max(startS, atS));

const isOutside = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest('[data-no-gesture]') !== null;

/** Pixels, lines or pages of a wheel, as pixels. */
const wheelPx = (delta: number, mode: number): number => (mode === 1 ? delta * 16 : mode === 2 ? delta * 400 : delta);

export function useGestures(options: GestureOptions): void {
  const latest = useRef(options);
  latest.current = options;
  const { frame } = options;
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const { signal, abort } = controllerOf();
    /** Pointers that are down, by id, where they are now. */
    const down = new Map<number, { x: number; y: number }>();
    let pressedX = 0;
    let moved = false;
    let pinched = false;

    const secondsPerPx = (): number => {
      const { axis, viewport } = latest.current;
      const { startS, endS } = viewport.getState();
      return (endS - startS) / Math.max(1, axis.current?.clientWidth ?? 1);
    };

    const onWheel = (event: WheelEvent): void => {
      const { viewport } = latest.current;
      const dx = wheelPx(event.deltaX, event.deltaMode);
      const dy = wheelPx(event.deltaY, event.deltaMode);
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        const atS = within(viewport.getState(), timeAtX(latest.current, event.clientX));
        // A mouse's notch is about 100 px, a pinch on a touchpad a few: one law for both.
        viewport.zoomAt(atS, Math.exp(-Math.max(-60, Math.min(60, dy)) * 0.01));
        return;
      }
      const sideways = event.shiftKey && dx === 0 ? dy : dx;
      if (sideways === 0 || (!event.shiftKey && Math.abs(dx) <= Math.abs(dy))) return;
      event.preventDefault();
      viewport.panBy(sideways * secondsPerPx());
    };

    const onDown = (event: PointerEvent): void => {
      if (event.button !== 0 || isOutside(event.target)) return;
      down.set(event.pointerId, { x: event.clientX, y: event.clientY });
      if (down.size === 1) {
        pressedX = event.clientX;
        moved = false;
        pinched = false;
      } else {
        pinched = true;
      }
    };

    const onMove = (event: PointerEvent): void => {
      const { viewport } = latest.current;
      const pointer = down.get(event.pointerId);
      if (pointer) {
        const before = [...down.values()].map((one) => ({ ...one }));
        const dx = event.clientX - pointer.x;
        pointer.x = event.clientX;
        pointer.y = event.clientY;
        if (down.size === 2) pinch(before, [...down.values()]);
        else if (moved || Math.abs(event.clientX - pressedX) > CLICK_PX) {
          // Held only from here on: a press that stays a click must reach what was clicked.
          if (!moved) element.setPointerCapture(event.pointerId);
          viewport.panBy(-(moved ? dx : event.clientX - pressedX) * secondsPerPx());
          moved = true;
        }
      }
      if (isOutside(event.target) && !pointer) viewport.setCursor(null);
      else viewport.setCursor(within(viewport.getState(), timeAtX(latest.current, event.clientX)));
    };

    const pinch = (before: readonly { readonly x: number }[], after: readonly { readonly x: number }[]): void => {
      const [a, b] = before;
      const [c, d] = after;
      if (!a || !b || !c || !d) return;
      const { viewport } = latest.current;
      const was = Math.max(20, Math.abs(a.x - b.x));
      const is = Math.max(20, Math.abs(c.x - d.x));
      viewport.panBy(((a.x + b.x - c.x - d.x) / 2) * secondsPerPx());
      viewport.zoomAt(timeAtX(latest.current, (c.x + d.x) / 2), is / was);
    };

    const onUp = (event: PointerEvent): void => {
      if (!down.delete(event.pointerId)) return;
      if (down.size === 0 && !moved && !pinched) {
        const { viewport, onClick } = latest.current;
        onClick(within(viewport.getState(), timeAtX(latest.current, event.clientX)));
      }
      // The finger that stays goes on as a drag.
      for (const { x } of down.values()) pressedX = x;
      if (event.pointerType !== 'mouse' && down.size === 0) latest.current.viewport.setCursor(null);
    };
    const onCancel = (event: PointerEvent): void => {
      down.delete(event.pointerId);
    };
    const onLeave = (event: PointerEvent): void => {
      if (!down.has(event.pointerId)) latest.current.viewport.setCursor(null);
    };

    element.addEventListener('wheel', onWheel, { passive: false, signal });
    element.addEventListener('pointerdown', onDown, { signal });
    element.addEventListener('pointermove', onMove, { signal });
    element.addEventListener('pointerup', onUp, { signal });
    element.addEventListener('pointercancel', onCancel, { signal });
    element.addEventListener('pointerleave', onLeave, { signal });
    return abort;
  }, [frame]);
}

function controllerOf(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

/** What a key does to the window; false where it does nothing. Zooms at the cursor, else where the sound is, else in the middle. */
export function moveByKey(event: KeyboardEvent, viewport: Viewport): boolean {
  const { startS, endS, cursorS, playS } = viewport.getState();
  const length = endS - startS;
  const centreS = [cursorS, playS].find((at) => at !== null && at >= startS && at <= endS) ?? (startS + endS) / 2;
  switch (event.key) {
    case 'ArrowLeft':
    case 'ArrowRight': {
      const part = event.shiftKey ? 1 : 1 / 8;
      viewport.panBy((event.key === 'ArrowLeft' ? -part : part) * length);
      return true;
    }
    case '+':
    case '=':
      viewport.zoomAt(centreS, 1.5);
      return true;
    case '-':
    case '−':
    case '_':
      viewport.zoomAt(centreS, 1 / 1.5);
      return true;
    case 'Home':
      viewport.show(0, length);
      return true;
    case 'End':
      viewport.show(viewport.getState().durationS - length, viewport.getState().durationS);
      return true;
    case '0':
      viewport.showAll();
      return true;
    default:
      return false;
  }
}
