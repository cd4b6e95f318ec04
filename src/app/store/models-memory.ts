/**
 * Whether a device's memory is likely to be enough for a model, as far as the browser says how much there is. A guess that warns and
 * never forbids: nobody outside the system knows what other programs hold. Pure.
 */

/** What some browsers say of the device (`navigator.deviceMemory`, GiB, rounded, and capped where there is much); null where it is not said. */
export function deviceMemoryBytes(source: unknown): number | null {
  const gib: unknown = typeof source === 'object' && source !== null ? Reflect.get(source, 'deviceMemory') : undefined;
  return typeof gib === 'number' && gib > 0 ? gib * 2 ** 30 : null;
}

export type MemoryVerdict = 'enough' | 'tight' | 'too-small' | 'unknown';

/** Half a device's memory is the most one page can hope for beside the system; a quarter it gets without trouble. */
const TIGHT = 1 / 4;
const TOO_MUCH = 1 / 2;

export function memoryVerdict(neededBytes: number, deviceBytes: number | null): MemoryVerdict {
  if (deviceBytes === null) return 'unknown';
  const share = neededBytes / deviceBytes;
  if (share <= TIGHT) return 'enough';
  return share <= TOO_MUCH ? 'tight' : 'too-small';
}

/** A warning in words; null where none is due. Where nothing is known, only what is large is worth one. */
export function memoryWarning(neededBytes: number, deviceBytes: number | null): string | null {
  const needed = megabytes(neededBytes);
  const has = deviceBytes === null ? '' : `${(deviceBytes / 2 ** 30).toFixed(deviceBytes < 2 ** 30 ? 1 : 0)} GB`;
  switch (memoryVerdict(neededBytes, deviceBytes)) {
    case 'enough':
      return null;
    case 'tight':
      return `Memory may become short: up to ${needed} are needed at once, and this device has about ${has}. Close other tabs first.`;
    case 'too-small':
      return `This device’s memory is probably too small for this model: up to ${needed} are needed at once, and it has about ${has}. A smaller model is the better choice.`;
    case 'unknown':
      return neededBytes < LARGE_BYTES
        ? null
        : `This browser does not say how much memory there is; up to ${needed} are needed at once. A phone may not have them.`;
  }
}

const LARGE_BYTES = 400e6;

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
