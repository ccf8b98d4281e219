/** Arrays of numbers that grow. A long one is the buffer of a WebAssembly memory, which grows in place: nothing is copied. */
import { growMemory, page, requireMemory, SearchLimit } from './limits.ts';

type Numbers = Int32Array | Uint32Array | Uint16Array | Uint8Array;
type Kind<A extends Numbers> = { new (length: number): A; new (buffer: ArrayBuffer): A; BYTES_PER_ELEMENT: number };

const memoryMax = 2 ** 32;
/** Shorter arrays are copied: that costs less than a memory. */
const longBytes = 2 ** 22;
/** How many bytes are written before it is asked again whether there are as many more. */
const step = 2 ** 26;

export class Growing<A extends Numbers> {
  readonly #kind: Kind<A>;
  readonly #what: string;
  #array: A;
  #memory: WebAssembly.Memory | undefined;
  #length = 0;
  /** Bytes that are known to be there. */
  #granted = step;

  /** `what`: its items, in words, for errors. */
  constructor(kind: Kind<A>, what: string) {
    this.#kind = kind;
    this.#what = what;
    this.#array = new kind(0);
  }

  get length(): number {
    return this.#length;
  }

  push(items: ArrayLike<number>): void {
    this.append(items.length).set(items);
  }

  /** Room for so many more, to be written at once. */
  append(count: number): A {
    const from = this.#length;
    this.#length += count;
    const bytes = this.#length * this.#kind.BYTES_PER_ELEMENT;
    if (bytes > this.#granted) {
      requireMemory(step);
      this.#granted = bytes + step;
    }
    if (bytes > this.#array.byteLength) this.#grow(bytes);
    return this.#array.subarray(from, this.#length) as A;
  }

  all(): A {
    return this.#array.subarray(0, this.#length) as A;
  }

  #grow(needed: number): void {
    const old = this.#array;
    if (needed > memoryMax) {
      throw new SearchLimit(`${memoryMax / this.#kind.BYTES_PER_ELEMENT} ${this.#what} are the most in one search`);
    }
    const pages = Math.ceil(Math.min(memoryMax, Math.max(needed, 2 * old.byteLength)) / page);
    const isShort = !this.#memory && pages * page < longBytes;
    const isFirst = !this.#memory;
    if (!isShort) {
      this.#memory ??= new WebAssembly.Memory({ initial: 0 });
      growMemory(this.#memory, pages - this.#memory.buffer.byteLength / page);
    }
    this.#array = new this.#kind(this.#memory?.buffer ?? new ArrayBuffer(pages * page));
    if (isFirst) this.#array.set(old);
  }
}
