/** MD5 and SHA-256 piece by piece: `crypto.subtle` has no MD5, and takes a copy of all it hashes. Any thread. */
import { createMD5, createSHA256 } from 'hash-wasm';

export interface Hasher {
  update(bytes: Uint8Array): unknown;
  /** Lower-case hex, once. */
  digest(): string;
}

const MAKERS = { md5: createMD5, sha256: createSHA256 };
export type HashName = keyof typeof MAKERS;

export async function createHasher(name: HashName): Promise<Hasher> {
  const hasher = await MAKERS[name]();
  hasher.init();
  return { update: (bytes) => hasher.update(bytes), digest: () => hasher.digest('hex') };
}
