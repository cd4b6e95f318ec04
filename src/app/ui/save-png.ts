/** What every picture to take along needs: the colours of the light theme, wrapped words, a PNG in the downloads. Main thread. */
import { saveBlob } from '../export/download.ts';

/** A CSS variable of the light theme, whatever theme the page is in: paper is light. */
export function lightColours(names: readonly string[]): (name: string) => string {
  const root = document.documentElement;
  const before = root.dataset['theme'];
  // Put back before the browser paints anything.
  root.dataset['theme'] = 'light';
  const style = getComputedStyle(root);
  const colours = new Map(names.map((name) => [name, style.getPropertyValue(name).trim()]));
  if (before === undefined) delete root.dataset['theme'];
  else root.dataset['theme'] = before;
  return (name) => colours.get(name) ?? '#000';
}

export type MeasureText = (text: string) => number;

/** Lines no wider than `width`; a word that is wider stands alone. */
export function wrapped(text: string, width: number, measure: MeasureText): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && measure(longer) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return line === '' ? lines : [...lines, line];
}

/** Labels beside lines: as near to where they belong as the room allows, at least `gap` apart, in the order of their places. */
export function spreadOut(places: readonly number[], gap: number, least: number, most: number): number[] {
  const order = places.map((place, at) => ({ place, at })).sort((a, b) => a.place - b.place || a.at - b.at);
  const spread: number[] = [];
  let next = least;
  for (const { place } of order) {
    const put = Math.max(next, place);
    spread.push(put);
    next = put + gap;
  }
  let limit = most;
  for (let at = spread.length - 1; at >= 0; at--) {
    spread[at] = Math.min(spread[at]!, limit);
    limit = spread[at]! - gap;
  }
  const result: number[] = [];
  for (const [at, one] of order.entries()) result[one.at] = spread[at]!;
  return result;
}

/** `stem`: name of the file without its ending; what file systems dislike is replaced. */
export async function savePng(canvas: HTMLCanvasElement, stem: string): Promise<void> {
  const blob = await new Promise<Blob>((resolve, reject) => {
    canvas.toBlob(
      (made) => (made ? resolve(made) : reject(new Error('The picture could not be encoded: it may be too large.'))),
      'image/png',
    );
  });
  saveBlob(blob, `${stem.replaceAll(/[\\/:*?"<>|]+/g, '-')}.png`);
}
