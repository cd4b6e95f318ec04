/**
 * One error class for what the world does to us. A caller's mistake is a TypeError or RangeError at the public edge;
 * our own mistake is an assertion; a degraded but running state is no exception at all (see EngineHealth).
 */

export type EarshotErrorCode =
  // sound
  | 'bad-samples' // NaN or infinite values, wrong container
  | 'too-short' // not enough sound for one patch
  | 'bad-audio-file'
  | 'unsupported-audio'
  | 'truncated-audio' // broken or cut short in the middle; what came before it is good
  | 'cancelled'
  | 'mic-denied'
  | 'mic-missing'
  | 'mic-busy'
  | 'mic-ended'
  | 'audio-unavailable'
  // models
  | 'bad-checkpoint' // the container or pickle cannot be read, or asks for something we refuse
  | 'bad-weights' // tensors missing, mis-shaped, not finite
  | 'bad-card'
  | 'card-mismatch' // card and weights, or card and session, disagree
  | 'model-not-found'
  | 'download-failed'
  | 'checksum-mismatch' // the bytes are not those that were published
  | 'storage-full' // the browser's own storage has no room, or there is none
  | 'out-of-memory'
  // engine
  | 'cache-misaligned' // SPEC section 5: cached tokens cannot be read as a grid
  | 'too-many-patches'
  | 'backend-unavailable'
  | 'device-lost'
  | 'self-check-failed'
  | 'engine-failed'
  | 'disposed'
  // files and command line
  | 'usage'
  | 'not-found'
  | 'write-failed';

/** How an error crosses a thread. */
export interface WireError {
  readonly code: EarshotErrorCode;
  readonly message: string;
  readonly detail?: string;
}

/** Something the world did: a code to switch on, one sentence for a person, the cause kept. */
export class EarshotError extends Error {
  override readonly name = 'EarshotError';
  readonly code: EarshotErrorCode;
  constructor(code: EarshotErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

const describe = (cause: unknown): string =>
  cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);

/** `fallback` names errors that are not ours (a runtime's, a caller's TypeError). */
export function toWireError(error: unknown, fallback: EarshotErrorCode = 'engine-failed'): WireError {
  if (error instanceof EarshotError) {
    return error.cause === undefined
      ? { code: error.code, message: error.message }
      : { code: error.code, message: error.message, detail: describe(error.cause) };
  }
  return { code: fallback, message: error instanceof Error ? error.message : String(error) };
}

export function fromWireError(wire: WireError): EarshotError {
  return wire.detail === undefined
    ? new EarshotError(wire.code, wire.message)
    : new EarshotError(wire.code, wire.message, { cause: wire.detail });
}

/** Our own mistakes. `message` says what must hold. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`);
}

/** Closes a switch over a union: a new member does not compile until it is handled. */
export function never(value: never): never {
  throw new Error(`unhandled case: ${JSON.stringify(value)}`);
}
