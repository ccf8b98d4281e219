/** A set of worlds, each two 32-bit words, in one typed array: exact, about 8 bytes a world over its load. */

/** How full the table may be before it grows, and by how much. */
const load = 0.8;
const growth = 1.6;

export class Visited {
  #words: Uint32Array;
  #capacity: number;
  #scale: number;
  size = 0;

  constructor(capacity = 1 << 16) {
    this.#capacity = capacity;
    this.#scale = capacity / 2 ** 32;
    this.#words = new Uint32Array(2 * capacity);
  }

  get bytes(): number {
    return this.#words.byteLength;
  }

  /** True if it was not there before. A world is never 0, 0: that is an empty place. */
  add(low: number, high: number): boolean {
    const words = this.#words;
    const capacity = this.#capacity;
    let at = (hash(low, high) * this.#scale) | 0;
    for (;;) {
      const found = words[2 * at]!;
      const foundHigh = words[2 * at + 1]!;
      if (found === low && foundHigh === high) return false;
      if (found === 0 && foundHigh === 0) break;
      at++;
      if (at === capacity) at = 0;
    }
    words[2 * at] = low;
    words[2 * at + 1] = high;
    if (++this.size > capacity * load) this.#grow();
    return true;
  }

  #grow(): void {
    const old = this.#words;
    const capacity = Math.ceil(this.#capacity * growth);
    const words = new Uint32Array(2 * capacity);
    const scale = capacity / 2 ** 32;
    for (let n = 0; n < old.length; n += 2) {
      const low = old[n]!;
      const high = old[n + 1]!;
      if (low === 0 && high === 0) continue;
      let at = (hash(low, high) * scale) | 0;
      while (words[2 * at] !== 0 || words[2 * at + 1] !== 0) {
        at++;
        if (at === capacity) at = 0;
      }
      words[2 * at] = low;
      words[2 * at + 1] = high;
    }
    this.#words = words;
    this.#capacity = capacity;
    this.#scale = scale;
  }
}

/** Mixes both words into 32 bits. */
function hash(low: number, high: number): number {
  let h = Math.imul(low ^ (low >>> 15), 0x2c1b3c6d) ^ Math.imul(high ^ (high >>> 13), 0x297a2d39);
  h = Math.imul(h ^ (h >>> 12), 0x7feb352d);
  return (h ^ (h >>> 15)) >>> 0;
}
