/** The tensors of a file of weights, whatever kind it is: PyTorch in both containers, or .safetensors. Any thread; makes views. */
import { readSafetensors } from './safetensors.ts';
import type { StateDict } from './tensor.ts';
import { readTorchCheckpoint } from './torch-checkpoint.ts';

export interface ModelFile {
  readonly kind: 'torch' | 'safetensors';
  readonly state: StateDict;
  /** A checkpoint's entry `config`; null where there is none. */
  readonly config: unknown;
}

/**
 * By content, not by name: a .safetensors file begins with the length of its header, which is far below 2^48.
 * @throws EarshotError `bad-checkpoint` or `bad-weights` naming the first thing that is wrong or refused.
 */
export function readModelFile(bytes: Uint8Array): ModelFile {
  const isSafetensors = bytes.length > 9 && bytes[6] === 0 && bytes[7] === 0 && bytes[8] === 0x7b;
  if (isSafetensors) return { kind: 'safetensors', state: readSafetensors(bytes).tensors, config: null };
  const { tensors, config } = readTorchCheckpoint(bytes);
  return { kind: 'torch', state: tensors, config };
}
