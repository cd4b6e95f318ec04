/**
 * One file from a server into `downloads/`, going on where an earlier try stopped. Whatever happens, what came is kept, with a note of
 * where it came from; whether it is the right file is for its MD5 to say, later.
 *
 * - `Range` with `If-Range` (ETag or date) where there is something to go on from. A server of another origin may refuse `If-Range`
 *   before it is asked (CORS preflight); then `Range` alone, which needs no permission in most browsers, and what the answer says of
 *   itself is compared.
 * - 206 goes on, 200 starts again, 416 starts again unless all is there. Another length or another ETag starts again.
 * - A pause leaves the connection open and reads no more of it: Zenodo knows no ranges (its issue 2593), so that what came would be
 *   lost with the connection.
 * - A cut or silent connection, 408, 429 and 5xx are tried again after 1, 2, 4 and 8 s. Only bytes that had never come before start
 *   the count anew, so a server that always cuts at the same place is given up.
 */
import type { RecordSource } from '../core/catalogue/zenodo-record.ts';
import { EarshotError } from '../core/errors.ts';
import { partsOf } from './file-store.ts';
import { type DownloadNote, type ModelShelf, partPath } from './model-shelf.ts';

export interface DownloadPlan {
  readonly fileName: string;
  readonly source: RecordSource;
  readonly url: string;
  /** As the record says; null where it does not. */
  readonly totalBytes: number | null;
  readonly md5: string | null;
}

export interface DownloadPorts {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** @throws the signal's reason when it comes first. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface DownloadControl {
  /** Ends it; what came is kept. */
  readonly signal: AbortSignal;
  readonly isPaused: () => boolean;
  /** Waited for when it is paused, with the file closed. */
  readonly resumed: () => Promise<void>;
  readonly onBytes: (received: number, total: number | null) => void;
}

const WAITS_MS: readonly number[] = [1000, 2000, 4000, 8000];
/** No byte for so long: the connection is dead, though nobody says so. */
const SILENCE_MS = 45_000;
const LONGEST_WAIT_MS = 60_000;
const TRY_AGAIN: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Ways of asking for the rest of a file, from the safest to the one that every server understands. */
type Ask = 'if-range' | 'range' | 'whole';

interface Attempt {
  readonly kind: 'done' | 'again' | 'restart';
  readonly why: string;
  readonly cause?: unknown;
  readonly waitMs?: number | undefined;
}

/** Resolves when all of it is there. @throws EarshotError `download-failed`, `storage-full`, `cancelled`. */
export async function download(
  plan: DownloadPlan,
  shelf: ModelShelf,
  ports: DownloadPorts,
  control: DownloadControl,
): Promise<void> {
  const transfer = new Transfer(plan, shelf, ports, control);
  await transfer.open();
  let tries = 0;
  let ask: Ask = 'if-range';
  /** The most that ever came. */
  let furthest = transfer.received;
  for (;;) {
    if (control.isPaused()) await control.resumed();
    const outcome = await transfer.attempt(ask);
    stopIfAsked(control.signal);
    if (outcome.kind === 'done') return;
    if (transfer.received > furthest) {
      furthest = transfer.received;
      tries = 0;
    }
    // A preflight that is refused looks like no network at all.
    if (!transfer.answered && transfer.askedIfRange) {
      ask = 'range';
      continue;
    }
    if (tries === WAITS_MS.length) {
      // The whole file gives up what came: only where asking for a part is what fails.
      if (ask === 'whole' || transfer.answered || !(await transfer.isReachable()))
        throw failed(plan, transfer, outcome);
      ask = 'whole';
      continue;
    }
    if (outcome.kind === 'again') await ports.sleep(outcome.waitMs ?? WAITS_MS[tries]!, control.signal);
    tries++;
  }
}

function stopIfAsked(signal: AbortSignal): void {
  if (signal.aborted) throw new EarshotError('cancelled', 'The download was stopped.', { cause: signal.reason });
}

function failed({ fileName, totalBytes }: DownloadPlan, { received }: Transfer, { why, cause }: Attempt): EarshotError {
  const total = totalBytes === null ? '' : ` of ${megabytes(totalBytes)}`;
  const kept = received > 0 ? ` ${megabytes(received)}${total} are kept, and it can go on from there.` : '';
  return new EarshotError(
    'download-failed',
    `${fileName} could not be downloaded: ${why}.${kept}`,
    cause === undefined ? {} : { cause },
  );
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

class Transfer {
  readonly #plan: DownloadPlan;
  readonly #shelf: ModelShelf;
  readonly #ports: DownloadPorts;
  readonly #control: DownloadControl;
  #validator: string | null = null;
  /** Whose validator it is. */
  #validatorUrl = '';
  #total: number | null;
  received = 0;
  /** Did any server answer the latest attempt? */
  answered = false;
  /** Did it ask for what another origin has to be asked for first? */
  askedIfRange = false;

  constructor(plan: DownloadPlan, shelf: ModelShelf, ports: DownloadPorts, control: DownloadControl) {
    this.#plan = plan;
    this.#shelf = shelf;
    this.#ports = ports;
    this.#control = control;
    this.#total = plan.totalBytes;
  }

  /** Takes up what an earlier download left, if it is of the same file. */
  async open(): Promise<void> {
    const { fileName, md5, url, totalBytes } = this.#plan;
    const note = await this.#shelf.note(fileName);
    const there = (await this.#shelf.store.stat(partPath(fileName)))?.bytes ?? 0;
    const isSame = note && note.md5 === md5 && (md5 !== null || note.url === url);
    const fits = totalBytes === null || there <= totalBytes;
    if (!isSame || !fits) return this.#shelf.discard(fileName);
    this.received = there;
    this.#validator = note.validator;
    this.#validatorUrl = note.url;
    this.#total ??= note.totalBytes;
  }

  async attempt(ask: Ask): Promise<Attempt> {
    this.answered = false;
    this.askedIfRange = false;
    if (this.received > 0 && this.received === this.#total) return { kind: 'done', why: '' };
    const ending = new AbortController();
    const end = (): void => ending.abort(this.#control.signal.reason);
    this.#control.signal.addEventListener('abort', end);
    try {
      if (this.#control.signal.aborted) end();
      return await this.#try(ask, ending);
    } catch (cause) {
      // Our own storage, or a server that says no: trying again changes nothing.
      if (cause instanceof EarshotError) throw cause;
      return {
        kind: 'again',
        why: this.answered ? 'the connection was cut' : 'the server could not be reached',
        cause,
      };
    } finally {
      this.#control.signal.removeEventListener('abort', end);
      // Whatever is still on the line.
      ending.abort();
    }
  }

  async #try(ask: Ask, ending: AbortController): Promise<Attempt> {
    const { url } = this.#plan;
    const headers = this.#headers(ask);
    this.askedIfRange = headers['if-range'] !== undefined;
    const response = await this.#beforeSilence(
      this.#ports.fetch(url, { headers, cache: 'no-store', credentials: 'omit', signal: ending.signal }),
      ending,
    );
    this.answered = true;
    const { status } = response;
    if (status === 206 && headers['range'] !== undefined) {
      const why = this.#whyNotTheRest(response);
      if (why) return this.#startAgain(why);
      return this.#take(response, 'append', ending);
    }
    if (status === 200) return this.#take(response, 'new', ending);
    if (status === 416 && this.received > 0) {
      const whole = /^bytes \*\/(\d+)$/.exec(response.headers.get('content-range') ?? '');
      if (whole && Number(whole[1]) === this.received) return { kind: 'done', why: '' };
      return this.#startAgain('the server has no more of it');
    }
    if (TRY_AGAIN.has(status)) {
      return { kind: 'again', why: `the server answered with status ${status}`, waitMs: retryAfterMs(response) };
    }
    throw new EarshotError(
      'download-failed',
      status === 404 || status === 410
        ? `There is no file at ${url} (status ${status}).`
        : `The server answered with status ${status} for ${url}.`,
    );
  }

  /** Would the server answer the simplest question? */
  async isReachable(): Promise<boolean> {
    const { url } = this.#plan;
    const { signal } = this.#control;
    if (this.received === 0) return false;
    const init: RequestInit = { method: 'HEAD', cache: 'no-store', credentials: 'omit', signal };
    return this.#ports.fetch(url, init).then(
      () => true,
      () => false,
    );
  }

  #headers(ask: Ask): Record<string, string> {
    if (this.received === 0 || ask === 'whole') return {};
    const range = { range: `bytes=${this.received}-` };
    const { url } = this.#plan;
    // What another server called it means nothing to this one.
    const useful = ask === 'if-range' && this.#validator !== null && this.#validatorUrl === url;
    return useful ? { ...range, 'if-range': this.#validator! } : range;
  }

  /** A part is the rest of what we have, as far as the headers that we may see say so. Null when it is. */
  #whyNotTheRest(response: Response): string | null {
    const said = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
    if (said && Number(said[1]) !== this.received) return 'the server sent another part of it';
    const length = lengthOf(response);
    const total = said && said[2] !== '*' ? Number(said[2]) : length === null ? null : this.received + length;
    if (total !== null && this.#total !== null && total !== this.#total) return 'the file has another length now';
    const validator = validatorOf(response);
    const isComparable = validator !== null && this.#validator !== null && this.#validatorUrl === this.#plan.url;
    if (isComparable && validator !== this.#validator) return 'the file has changed on the server';
    this.#total ??= total;
    return null;
  }

  async #startAgain(why: string): Promise<Attempt> {
    await this.#forget();
    return { kind: 'restart', why };
  }

  async #forget(): Promise<void> {
    await this.#shelf.discard(this.#plan.fileName);
    this.received = 0;
    this.#validator = null;
    this.#total = this.#plan.totalBytes;
  }

  async #take(response: Response, mode: 'new' | 'append', ending: AbortController): Promise<Attempt> {
    const { fileName, source, url, md5, totalBytes } = this.#plan;
    if (mode === 'new') {
      await this.#forget();
      this.#validator = validatorOf(response);
      this.#validatorUrl = url;
      this.#total = totalBytes ?? lengthOf(response);
    }
    const note: DownloadNote = { fileName, source, url, validator: this.#validator, totalBytes: this.#total, md5 };
    await this.#shelf.writeNote(note);
    if (response.body) await this.#pour(response.body, mode, ending);
    const { received } = this;
    const total = this.#total;
    // The server's own idea of the whole file, when it sent all of that.
    const isWhole = mode === 'new' && lengthOf(response) === received;
    if (total !== null && (received > total || (isWhole && received < total))) {
      await this.#forget();
      throw new EarshotError(
        'checksum-mismatch',
        `${fileName} is not the file of the record: ${isWhole ? received : `more than ${total}`} bytes came, ${total} were announced. They were thrown away.`,
      );
    }
    if (total !== null && received < total) {
      return { kind: 'again', why: `the connection was cut after ${megabytes(received)}` };
    }
    return { kind: 'done', why: '' };
  }

  async #pour(
    body: ReadableStream<Uint8Array<ArrayBuffer>>,
    mode: 'new' | 'append',
    ending: AbortController,
  ): Promise<void> {
    const parts = partsOf(body);
    let next: 'new' | 'append' = mode;
    try {
      // From pause to pause.
      while (!(await this.#pourUntilPaused(parts, next, ending))) {
        next = 'append';
        await this.#control.resumed();
        stopIfAsked(this.#control.signal);
        const there = await this.#shelf.store.stat(partPath(this.#plan.fileName));
        if (there?.bytes === this.received) continue;
        await this.#forget();
        throw new Error('what had come was removed meanwhile');
      }
    } finally {
      // Not waited for: a read that never ends would hold it.
      void parts.return(undefined).catch(() => undefined);
    }
  }

  /** True at the end of the body, or beyond what it should have. */
  async #pourUntilPaused(
    parts: AsyncGenerator<Uint8Array<ArrayBuffer>>,
    mode: 'new' | 'append',
    ending: AbortController,
  ): Promise<boolean> {
    const writer = await this.#shelf.store.write(partPath(this.#plan.fileName), mode);
    try {
      while (!this.#control.isPaused()) {
        const part = await this.#beforeSilence(parts.next(), ending);
        if (part.done) return true;
        await writer.write(part.value);
        if (this.#total !== null && writer.bytes > this.#total) return true;
        this.#control.onBytes(writer.bytes, this.#total);
      }
      return false;
    } finally {
      await writer.close();
      this.received = writer.bytes;
    }
  }

  async #beforeSilence<T>(work: Promise<T>, ending: AbortController): Promise<T> {
    const timer = new AbortController();
    const silence = this.#ports.sleep(SILENCE_MS, timer.signal).then(
      () => {
        ending.abort();
        throw new Error(`nothing came for ${SILENCE_MS / 1000} s`);
      },
      () => work,
    );
    try {
      return await Promise.race([work, silence]);
    } finally {
      timer.abort();
      silence.catch(() => undefined);
    }
  }
}

/** What to compare or to send as `If-Range`: a strong ETag, else the date. Null where neither may be seen. */
function validatorOf({ headers }: Response): string | null {
  const tag = headers.get('etag');
  return tag?.startsWith('"') ? tag : headers.get('last-modified');
}

/** Of this answer's body; null where it is not said, or counts what was packed for the way. */
function lengthOf({ headers }: Response): number | null {
  const packed = headers.get('content-encoding') ?? 'identity';
  const length = headers.get('content-length');
  return packed === 'identity' && length !== null && /^\d+$/.test(length) ? Number(length) : null;
}

/** Seconds only; a date is rare and needs a clock that agrees. */
function retryAfterMs({ headers }: Response): number | undefined {
  const seconds = headers.get('retry-after');
  return seconds !== null && /^\d+$/.test(seconds) ? Math.min(LONGEST_WAIT_MS, Number(seconds) * 1000) : undefined;
}
