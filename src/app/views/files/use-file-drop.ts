/** Files dropped anywhere on the page or pasted into it, while a view that takes them is shown. */
import { useEffect, useEffectEvent, useState } from 'react';
import { holdsFiles, type KeptTransfer, keepTransfer } from './dropped-files.ts';

/** True while files are held over the page. */
export function useFileDrop(onFiles: (kept: KeptTransfer) => void): boolean {
  const [isOver, setIsOver] = useState(false);
  const take = useEffectEvent((transfer: DataTransfer) => onFiles(keepTransfer(transfer)));
  useEffect(() => {
    const scope = new AbortController();
    const { signal } = scope;
    const over = (event: DragEvent): void => {
      if (!event.dataTransfer || !holdsFiles(event.dataTransfer)) return;
      // Without this the browser would leave the page and open the file.
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
      setIsOver(true);
    };
    window.addEventListener('dragenter', over, { signal });
    window.addEventListener('dragover', over, { signal });
    window.addEventListener(
      'dragleave',
      (event) => {
        // Null: out of the window, not from one element to the next.
        if (event.relatedTarget === null) setIsOver(false);
      },
      { signal },
    );
    window.addEventListener(
      'drop',
      (event) => {
        setIsOver(false);
        if (!event.dataTransfer || !holdsFiles(event.dataTransfer)) return;
        event.preventDefault();
        take(event.dataTransfer);
      },
      { signal },
    );
    window.addEventListener(
      'paste',
      (event) => {
        if (!event.clipboardData || !holdsFiles(event.clipboardData)) return;
        event.preventDefault();
        take(event.clipboardData);
      },
      { signal },
    );
    return () => scope.abort();
  }, []);
  return isOver;
}
