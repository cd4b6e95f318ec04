import { expect, test } from 'vitest';
import { runStoreCheck, STORE_CHECKS } from './file-store.contract.ts';
import { storeError } from './file-store.ts';
import { MemoryStore } from './memory-store.test-tool.ts';

test.each(Object.keys(STORE_CHECKS))('in memory: %s', (name) => runStoreCheck(new MemoryStore(), name));

test('what a browser says is put in our words', () => {
  const full = storeError(new DOMException('The operation failed.', 'QuotaExceededError'));
  expect(full).toMatchObject({ code: 'storage-full', message: expect.stringContaining('full') });
  expect(storeError(full)).toBe(full);
  expect(storeError(new DOMException('It is locked.', 'NoModificationAllowedError'))).toMatchObject({
    code: 'write-failed',
    message: "This browser's storage could not be used (It is locked).",
  });
});
