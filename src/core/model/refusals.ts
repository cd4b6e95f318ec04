/** What the readers of model files share: how much a file may become, and how what it says is shown to a person. Pure; any thread. */

/**
 * How many small objects (list items, names, entries) the structure of a file of this size may become. One takes up to some 400
 * bytes, so they stay below four times the file; the constant is what a network of twelve layers with an optimiser needs.
 */
export const thingsAllowed = (fileBytes: number): number => Math.min(1_000_000, 20_000 + Math.floor(fileBytes / 100));

/** Names as a person can read them, however long or hostile: one line, no control characters. */
export const printable = (text: string): string => {
  const shown = text.slice(0, 80).replaceAll(/[^\x20-\x7e]/g, '?');
  return text.length > 80 ? `${shown}...` : shown;
};

/** The first few of many names. */
export function printableList(names: readonly string[], most = 8): string {
  const shown = names.slice(0, most).map(printable).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
