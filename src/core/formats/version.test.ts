import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EARSHOT_VERSION } from './version.ts';

test('files carry the version of the package', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect(EARSHOT_VERSION).toBe(version);
});
