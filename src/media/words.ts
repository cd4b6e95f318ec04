/** Words for containers, codecs and times, as people say them. */
import type { InputFormat } from 'mediabunny';
import type { Seconds } from '../core/units.ts';

const CONTAINERS: Readonly<Record<string, string>> = {
  WAVE: 'WAV',
  'QuickTime File Format': 'QuickTime',
  'MPEG Transport Stream': 'MPEG-TS',
  ADTS: 'AAC (ADTS)',
};

export const containerName = (format: InputFormat): string => CONTAINERS[format.name] ?? format.name;

const CODECS: Readonly<Record<string, string>> = {
  aac: 'AAC',
  opus: 'Opus',
  mp3: 'MP3',
  vorbis: 'Vorbis',
  flac: 'FLAC',
  ac3: 'AC-3',
  eac3: 'E-AC-3',
  dts: 'DTS',
  ulaw: 'µ-law',
  alaw: 'A-law',
};

export function codecName(codec: string | null, internalId: string | number | Uint8Array | null): string {
  if (codec !== null) return CODECS[codec] ?? (codec.startsWith('pcm-') ? 'PCM' : codec);
  return typeof internalId === 'string' || typeof internalId === 'number' ? `"${internalId}"` : 'an unknown codec';
}

/** 0:12.3 or 1:02:03.4. */
export function clock(seconds: Seconds): string {
  const tenths = Math.max(0, Math.floor(seconds * 10 + 1e-6));
  const whole = Math.floor(tenths / 10);
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  const front = minutes < 60 ? String(minutes) : `${Math.floor(minutes / 60)}:${two(minutes % 60)}`;
  return `${front}:${two(whole % 60)}.${tenths % 10}`;
}
