/** Puts an address on the clipboard, and says so; where that is refused the address is shown to be copied by hand. */
import { useState } from 'react';

export function CopyLink({ label, href }: { readonly label: string; readonly href: string }) {
  const [state, setState] = useState<'idle' | 'copied' | 'refused'>('idle');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(href);
      setState('copied');
    } catch {
      setState('refused');
    }
  };
  return (
    <>
      <button type="button" className="small" aria-label={label} onClick={() => void copy()}>
        Copy link
      </button>
      <span role="status" className="quiet copy-said">
        {state === 'copied' && 'Copied.'}
        {state === 'refused' && (
          <>
            Copy it from here: <code>{href}</code>
          </>
        )}
      </span>
    </>
  );
}
