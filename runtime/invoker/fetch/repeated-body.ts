/** A stream that an application sends. It may have to go out again, after a mismatch or a redirection, so its beginning is kept. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { StreamedBody } from '../../transport/request-to-send.ts';

/** What is kept of a stream; once it is longer, it goes out once. */
const keptMax = 1024 * 1024;

export class RepeatedBody implements StreamedBody {
  readonly #source: AsyncIterator<Uint8Array>;
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  #isGone = false;
  #isAtEnd = false;
  /** The next chunk, while it is waited for. */
  #coming: Promise<Uint8Array | undefined> | undefined;
  #error: unknown;
  #readers = 0;
  #isReleased = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  get isRepeatable(): boolean {
    return !this.#isGone;
  }

  /** Why the stream has no end, if it broke off. */
  get error(): unknown {
    return this.#error;
  }

  /** The whole of it, if that is there without waiting: it then goes out with its length. */
  async atOnce(): Promise<Buffer | undefined> {
    const late = nextTurn('late' as const);
    while (this.#keptBytes <= keptMax) {
      const chunk = await Promise.race([this.#next(), late]);
      if (chunk === 'late') break;
      if (chunk === undefined) return Buffer.concat(this.#kept);
    }
    return undefined;
  }

  /** At most one reader goes on: an earlier one has been given up. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    this.#readers += 1;
    try {
      for (let sent = 0; ; sent += 1) {
        const chunk = this.#kept[sent] ?? (await this.#next());
        if (chunk === undefined) return;
        yield chunk;
      }
    } finally {
      this.#readers -= 1;
      if (this.#isReleased) this.release();
    }
  }

  /** It does not go out again: what nobody reads now is cancelled. */
  release(): void {
    this.#isReleased = true;
    // The application hears of an error in its own stream, not in the end of it.
    if (this.#readers === 0 && !this.#isAtEnd) this.#source.return?.().catch(() => {});
  }

  #next(): Promise<Uint8Array | undefined> {
    this.#coming ??= this.#read().finally(() => {
      this.#coming = undefined;
    });
    return this.#coming;
  }

  async #read(): Promise<Uint8Array | undefined> {
    if (this.#error !== undefined) throw this.#error;
    if (this.#isAtEnd) return undefined;
    try {
      const { done, value } = await this.#source.next();
      if (done) {
        this.#isAtEnd = true;
        return undefined;
      }
      if (!(value instanceof Uint8Array)) throw new TypeError('a chunk of the body is not a Uint8Array');
      this.#keep(value);
      return value;
    } catch (error) {
      this.#error = error;
      throw error;
    }
  }

  #keep(chunk: Uint8Array): void {
    this.#keptBytes += chunk.byteLength;
    this.#isGone ||= this.#keptBytes > keptMax && this.#readers > 0;
    if (this.#isGone) this.#kept = [];
    else this.#kept.push(chunk);
  }
}
