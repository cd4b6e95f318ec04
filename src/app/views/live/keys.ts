/** The page's keys, where no control has the focus. */
import { useEffect } from 'react';
import { type Live, useLive } from '../../store/context.ts';
import { goLive, scrollBy, scrollTo, togglePause } from './scrolling.ts';

export const KEY_HELP: readonly { readonly keys: string; readonly does: string }[] = [
  { keys: 'Space', does: 'listen, stop' },
  { keys: 'P', does: 'hold the picture, let it run' },
  { keys: '← →', does: 'scroll (with Shift: a whole window)' },
  { keys: 'Home', does: 'to the beginning' },
  { keys: 'L', does: 'back to live' },
  { keys: ', .', does: 'in the picture: cursor a chunk back, forward' },
];

/** Controls have keys of their own; the picture and the page have these. */
const isControl = (target: EventTarget | null): boolean =>
  target instanceof Element &&
  target.closest('button, input, select, textarea, a, summary, [role=option], [role=listbox], [role=dialog]') !== null;

/** Does what a key asks for; false where it asks for nothing. */
function act(live: Live, event: KeyboardEvent): boolean {
  const { kind } = live.store.getState().phase;
  const hasPicture = live.store.getState().session > 0;
  switch (event.key) {
    case ' ':
      if (kind === 'listening' || kind === 'asking' || kind === 'loading') void live.controller.stop();
      else void live.controller.start({ kind: 'microphone' });
      return true;
    case 'p':
    case 'P':
      if (hasPicture) togglePause(live);
      return hasPicture;
    case 'l':
    case 'L':
      goLive(live);
      return true;
    case 'ArrowLeft':
    case 'ArrowRight': {
      if (!hasPicture) return false;
      const part = event.shiftKey ? 1 : 0.1;
      scrollBy(live, event.key === 'ArrowLeft' ? -part : part);
      return true;
    }
    case 'Home':
      if (hasPicture) scrollTo(live, 0);
      return hasPicture;
    default:
      return false;
  }
}

export function useKeys(): void {
  const live = useLive();
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isControl(event.target)) return;
      if (act(live, event)) event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [live]);
}
