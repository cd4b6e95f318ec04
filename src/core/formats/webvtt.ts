/**
 * Events as WebVTT captions: `[Dog barking]` for as long as it sounds, one cue a caption, cues overlapping in time as the standard
 * allows (players stack them). Events that read the same (Bark, Bow-wow) and touch are one cue, and cues with the same times are
 * one of several lines. Model, hash and settings are in NOTE blocks. Pure, any thread.
 */
import type { TagEvent } from '../events/event-types.ts';
import type { Seconds } from '../units.ts';
import { caption } from './caption-words.ts';
import type { ExportDocument } from './export-document.ts';
import { rulesInWords, runInWords, settingsOf } from './settings-file.ts';
import { oneLine } from './text.ts';

interface Cue {
  readonly startMs: number;
  readonly endMs: number;
  readonly lines: readonly string[];
}

export function* webvttParts(doc: ExportDocument): Generator<string> {
  const { source, model, run, rules, labels } = doc;
  yield 'WEBVTT\n\n';
  yield note([
    `Sounds of ${source.fileName}, heard by ${model.title} (${model.id}, weights SHA-256 ${model.sha256}).`,
    `Run: ${runInWords(run)}.`,
    `Events: ${rulesInWords(rules, labels)}.`,
    ...(source.stopped === null ? [] : [`Incomplete: ${source.stopped}`]),
  ]);
  // For programs; "-->" may not stand in a note, and JSON can say ">" otherwise.
  yield note([`settings ${JSON.stringify(settingsOf(doc)).replaceAll('-->', '--\\u003e')}`]);
  for (const { startMs, endMs, lines } of cuesOf(doc.derived.events)) {
    yield `${timestamp(startMs)} --> ${timestamp(endMs)}\n${lines.map(escaped).join('\n')}\n\n`;
  }
}

/** In the order of their beginning, longer ones first. */
function cuesOf(events: readonly TagEvent[]): Cue[] {
  const spans = new Map<string, { startMs: number; endMs: number }[]>();
  for (const { name, startS, endS } of [...events].sort((a, b) => a.startS - b.startS)) {
    const line = caption(oneLine(name));
    const said = spans.get(line) ?? [];
    spans.set(line, said);
    const startMs = milliseconds(startS);
    const endMs = Math.max(startMs + 1, milliseconds(endS));
    const last = said.at(-1);
    if (last && startMs <= last.endMs) last.endMs = Math.max(last.endMs, endMs);
    else said.push({ startMs, endMs });
  }
  const cues = new Map<string, { startMs: number; endMs: number; lines: string[] }>();
  for (const [line, said] of spans) {
    for (const { startMs, endMs } of said) {
      const key = `${startMs} ${endMs}`;
      const cue = cues.get(key);
      if (cue) cue.lines.push(line);
      else cues.set(key, { startMs, endMs, lines: [line] });
    }
  }
  return [...cues.values()].sort((a, b) => a.startMs - b.startMs || b.endMs - a.endMs);
}

const note = (lines: readonly string[]): string =>
  `NOTE\n${lines.map((line) => oneLine(line).replaceAll('-->', '--\u203a')).join('\n')}\n\n`;

const milliseconds = (time: Seconds): number => Math.round(time * 1000);

/** `00:01:05.120`; hours grow beyond two digits. */
function timestamp(ms: number): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}.${String(ms % 1000).padStart(3, '0')}`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const escaped = (text: string): string => text.replaceAll(/[&<>]/g, (sign) => ENTITIES[sign] ?? sign);
