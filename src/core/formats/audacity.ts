/** Events as an Audacity label track: `start⇥end⇥label`, six decimals, no header and no quoting. Pure, any thread. */
import type { ExportDocument } from './export-document.ts';
import { plainTsvLine } from './text.ts';

export function* audacityParts({ derived }: ExportDocument): Generator<string> {
  for (const { startS, endS, name } of derived.events) yield plainTsvLine([startS.toFixed(6), endS.toFixed(6), name]);
}
