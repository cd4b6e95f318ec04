/** On a made-up build: what is kept at once, what when used, what never. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { listOfflineFiles } from './offline-files.ts';

function build(files: Record<string, string | Uint8Array>): string {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-build-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

const large = new Uint8Array(1_000_001).fill(7);
const small = new Uint8Array(1_000_000).fill(7);

test('small files are kept at once, large ones when used, the worker and what nobody asks for never', () => {
  const files = listOfflineFiles(
    build({
      'index.html': '<p>',
      'assets/index-abc.js': 'x',
      'assets/index-abc.js.map': 'x',
      'assets/engine-abc.wasm': large,
      'models/m/card.json': '{}',
      'models/m/model.safetensors': large,
      'samples/a b.mp3': small,
      'service-worker.js': 'x',
      '.nojekyll': '',
    }),
  );
  const hash = createHash('sha256').update(large).digest('hex');
  expect(files.whenUsed).toEqual([
    { url: 'assets/engine-abc.wasm', sha256: hash },
    { url: 'models/m/model.safetensors', sha256: hash },
  ]);
  const revision = expect.stringMatching(/^[0-9a-f]{16}$/);
  expect(files.always).toEqual([
    { url: 'assets/index-abc.js', revision: null },
    { url: 'index.html', revision },
    { url: 'models/m/card.json', revision },
    { url: 'samples/a%20b.mp3', revision },
  ]);
});

test('a revision changes with the content and with nothing else', () => {
  const revisionOf = (content: string) => listOfflineFiles(build({ 'index.html': content })).always[0]?.revision;
  expect(revisionOf('one')).toBe(revisionOf('one'));
  expect(revisionOf('one')).not.toBe(revisionOf('two'));
});
