/** A whole file as bytes. Node only. */
import { readFileSync } from 'node:fs';

/** A view of what was read: a copy would be a third of all the memory that a large model takes. @throws Node's own error. */
export function readBytes(path: string): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = readFileSync(path);
  return new Uint8Array(buffer, byteOffset, byteLength);
}
