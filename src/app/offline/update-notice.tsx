/** Says that a newer version waits. It is never loaded unasked: somebody may be listening. */
import { useState } from 'react';
import { useStore } from 'zustand';
import { offline } from './offline.ts';
import './offline.css';

export function UpdateNotice() {
  const { state, update } = useStore(offline);
  const [isPutOff, setPutOff] = useState(false);
  return (
    <div role="status">
      {state === 'update-ready' && !isPutOff && (
        <div className="update-notice">
          <p>A new version is ready. Loading it opens the page anew: what is running ends.</p>
          <div className="update-notice-acts">
            <button type="button" className="small primary" onClick={update}>
              Load it now
            </button>
            <button type="button" className="small" onClick={() => setPutOff(true)}>
              Later
            </button>
          </div>
        </div>
      )}
    </div>
  );
}
