/**
 * Everything that says how an export was made: inside the formats that can carry it, and as a file beside the others
 * (`rain.sat-t-2s-82fa01c3.settings.json`). Plain JSON. Pure, any thread.
 */
import type { EventRule, EventRules } from '../events/event-types.ts';
import type { ClassLabels } from '../scores/class-list.ts';
import type { ExportDocument, ExportModel, ExportRun, ExportSource } from './export-document.ts';
import { seconds, short } from './text.ts';
import { EARSHOT_VERSION } from './version.ts';

export interface ExportSettings {
  readonly format: 'earshot-settings/1';
  readonly earshot: string;
  /** ISO 8601, UTC. */
  readonly madeAt: string;
  readonly source: ExportSource;
  readonly model: ExportModel;
  readonly run: ExportRun;
  readonly rules: EventRules;
}

export function settingsOf({ source, model, run, rules, madeAt }: ExportDocument): ExportSettings {
  return {
    format: 'earshot-settings/1',
    earshot: EARSHOT_VERSION,
    madeAt: madeAt.toISOString(),
    source: { ...source, durationS: seconds(source.durationS) },
    model,
    run: { ...run, chunkS: seconds(run.chunkS), strideS: seconds(run.strideS) },
    rules,
  };
}

export const writeSettings = (doc: ExportDocument): string => `${JSON.stringify(settingsOf(doc), null, 2)}\n`;

/** The rules in one line for people: "on 0.5, off 0.3, at least 0.5 s, …". Says only what differs from no rule at all. */
export function rulesInWords(rules: EventRules, labels: ClassLabels): string {
  const general = [...ruleInWords(rules), ...(rules.grouped ? ['grouped by the AudioSet tree'] : [])].join(', ');
  const own = Object.entries(rules.perClass).map(([mid, rule]) => {
    const row = labels.mids.indexOf(mid);
    return `${row < 0 ? mid : labels.names[row]}: ${ruleInWords(rule).join(', ') || 'as the others'}`;
  });
  return [general, ...own].join('; ');
}

function ruleInWords({ on, off, minDurationS, mergeGapS, medianChunks }: Partial<EventRule>): string[] {
  return [
    ...(on === undefined ? [] : [`on ${short(on)}`]),
    ...(off === undefined ? [] : [`off ${short(off)}`]),
    ...(minDurationS ? [`at least ${short(minDurationS)} s`] : []),
    ...(mergeGapS ? [`merged across ${short(mergeGapS)} s`] : []),
    ...(medianChunks !== undefined && medianChunks > 1 ? [`median of ${medianChunks} chunks`] : []),
  ];
}

/** How the model was run, in one line for people. */
export function runInWords(run: ExportRun): string {
  return [
    `${run.framing} framing`,
    `chunks of ${short(run.chunkS)} s`,
    ...(run.strideS === run.chunkS ? [] : [`one every ${short(run.strideS)} s`]),
    ...(run.memory === null ? [] : [run.memory ? `memory on, primed with ${run.priming}` : 'memory off']),
    run.backend,
  ].join(', ');
}
