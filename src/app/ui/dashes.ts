/** Line patterns by slot: where lines share a plot, colour is never the only difference. */
export const DASHES: readonly string[] = ['none', '7 3', '2 2', '10 3 2 3', '4 2', '14 4', '1 3', '6 2 2 2'];
