/** Text in many small parts as bytes in few large ones, without holding the page up. Main thread. */
import type { Breather } from './breather.ts';

const enough = 1 << 14;

/** Parts joined to some 16 kB each, encoded; rests in between. */
export async function* encoded(
  parts: Iterable<string>,
  breather: Breather,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  let text = '';
  for (const part of parts) {
    text += part;
    if (text.length >= enough) {
      yield encoder.encode(text);
      text = '';
    }
    await breather.rest(signal);
  }
  if (text !== '') yield encoder.encode(text);
}

export async function textBlob(parts: Iterable<string>, type: string, breather: Breather): Promise<Blob> {
  const bytes: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of encoded(parts, breather)) bytes.push(piece);
  return new Blob(bytes, { type });
}
