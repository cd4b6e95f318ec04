import { useEffect } from 'react';

/** Controls have a space of their own. */
const isControl = (target: EventTarget | null): boolean =>
  target instanceof Element &&
  target.closest('button, input, select, textarea, a, summary, video, [role=option], [role=dialog], [role=menu]') !==
    null;

/** The space bar plays and pauses, wherever no control has the focus. */
export function useSpace(toggle: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== ' ' || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.defaultPrevented || isControl(event.target)) return;
      event.preventDefault();
      toggle();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [toggle]);
}
