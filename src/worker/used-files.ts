/**
 * Tells pages which files this thread has fetched. On a first visit the service worker comes too late to see them; pages pass the
 * list on to it (app/offline).
 */
import { USED_FILES_CHANNEL } from '../core/protocol/used-files.ts';

let channel: BroadcastChannel | null = null;

export function tellUsedFiles(): void {
  channel ??= new BroadcastChannel(USED_FILES_CHANNEL);
  channel.postMessage(performance.getEntriesByType('resource').map(({ name }) => name));
}
