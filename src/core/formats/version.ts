/** Earshot's version, for files that say what made them. The test beside holds it to package.json. */
export const EARSHOT_VERSION = '0.1.0';
