/** What a screen reader is told of an installation: begun, a quarter, half, three quarters, its end. Pure. */
import type { JobRow } from './models.ts';

const QUARTERS = [0.25, 0.5, 0.75] as const;

/** A sentence for what changed from `before` to `after`, or null when it is not worth one. */
export function jobNews(before: JobRow | undefined, after: JobRow): string | null {
  const { title, state } = after;
  if (state.kind === 'done') return before?.state.kind === 'done' ? null : `${title} is installed.`;
  if (state.kind === 'failed') {
    return before?.state.kind === 'failed' ? null : `${title} was not installed. ${state.error.message}`;
  }
  if (before?.state.kind !== 'running') return `${title}: installation begun.`;
  const passed = QUARTERS.filter((quarter) => shareOf(before) < quarter && shareOf(after) >= quarter).at(-1);
  if (passed !== undefined) return `${title}: ${passed * 100} percent downloaded.`;
  if (after.progress.phase === 'paused' && before.progress.phase !== 'paused') return `${title}: paused.`;
  const wasLoading = before.progress.phase === 'downloading' || before.progress.phase === 'asking';
  return wasLoading && after.progress.phase === 'checking'
    ? `${title}: downloaded, now being checked and stored.`
    : null;
}

/** Of the download; 0 outside it, so that the later phases, which count anew, say nothing. */
function shareOf({ progress: { phase, doneBytes, totalBytes } }: JobRow): number {
  const isLoading = phase === 'downloading' || phase === 'paused';
  return isLoading && totalBytes !== null && totalBytes > 0 ? doneBytes / totalBytes : 0;
}
