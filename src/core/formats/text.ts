/** How numbers and names are written, in every format alike; and lines of tables. Pure, any thread. */
/// <reference path="./papaparse.d.ts" />
import Papa from 'papaparse';

/** Seconds to the microsecond (a sample is longer), without the noise of binary fractions. */
export const seconds = (value: number): number => Number(value.toFixed(6));

/** Nine digits name a float32 exactly: what is read back is the score itself. */
export const score = (value: number): number => Number(value.toPrecision(9));

/** For people and file names: at most four digits behind the point. */
export const short = (value: number): string => String(Number(value.toFixed(4)));

/** For formats that know no quoting: control characters, tabs and line ends among them, become spaces. */
export const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();

export type Cell = string | number;

/** One line of a comma-separated table, quoted where a comma, quote or line end asks for it. */
export const csvLine = (cells: readonly Cell[]): string => `${Papa.unparse([cells], { newline: '\n' })}\n`;

/** One line of a tab-separated table for readers that know quotes (pandas, csv modules). Tabs within a cell become spaces all the same: many split blindly. */
export const tsvLine = (cells: readonly Cell[]): string =>
  `${Papa.unparse([cells.map((cell) => (typeof cell === 'string' ? oneLine(cell) : cell))], { delimiter: '\t', newline: '\n' })}\n`;

/** One line of a tab-separated table for readers that take every character as it is. */
export const plainTsvLine = (cells: readonly Cell[]): string =>
  `${cells.map((cell) => (typeof cell === 'string' ? oneLine(cell) : cell)).join('\t')}\n`;
