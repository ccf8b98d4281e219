/** The whole graph of a setting in memory: its worlds in the order they were met, and every transition between them. */
import { canonical } from './interned.ts';
import type { Composition } from './rules.ts';
import { fields, type Successors } from './successors.ts';

/** In the 16 bits of a transition: its rule, and above it the marks of its step. */
export const ruleBits = 5;
export const ruleOf = (label: number) => label & (2 ** ruleBits - 1);
export const marksOf = (label: number) => label >>> ruleBits;

export type Graph = {
  worlds: number;
  /** Packed words, by number; the first world is number 0. */
  low: Uint32Array;
  high: Uint32Array;
  /** The world each was first met from: following it back is the shortest way to the first. -1 for the first. */
  parent: Int32Array;
  /** Transitions of world n are those from heads[n] up to heads[n + 1]. */
  heads: Uint32Array;
  targets: Uint32Array;
  labels: Uint16Array;
  /** The rules that have a move in each world, as bits. */
  enabled: Int32Array;
  complete: boolean;
};

export type GraphOptions = { limit?: number; onProgress?(worlds: number): void };

export function graphOf(composition: Composition, table: Successors, options: GraphOptions = {}): Graph {
  const { limit = Number.POSITIVE_INFINITY, onProgress } = options;
  const numbers = new Numbers();
  let parent = new Int32Array(1 << 12);
  let heads = new Uint32Array(1 << 12);
  let enabled = new Int32Array(1 << 12);
  let targets = new Uint32Array(1 << 14);
  let labels = new Uint16Array(1 << 14);
  let transitions = 0;

  numbers.number(...table.pack(canonical(composition.first)));
  parent[0] = -1;
  let world = 0;
  for (; world < numbers.size && numbers.size < limit; world++) {
    const count = table.expand(numbers.low[world]!, numbers.high[world]!);
    const out = table.buffer();
    if (world + 2 > heads.length) heads = doubled(heads);
    if (world + 1 > enabled.length) enabled = doubled(enabled);
    while (transitions + count > targets.length) {
      targets = doubled(targets);
      labels = doubled(labels);
    }
    let rules = 0;
    for (let at = 0; at < count * fields; at += fields) {
      const before = numbers.size;
      const target = numbers.number(out[at]! >>> 0, out[at + 1]! >>> 0);
      if (target === before) {
        if (target >= parent.length) parent = doubled(parent);
        parent[target] = world;
      }
      const rule = out[at + 2]!;
      rules |= 1 << rule;
      targets[transitions] = target;
      labels[transitions] = rule | (out[at + 3]! << ruleBits);
      transitions++;
    }
    enabled[world] = rules;
    heads[world + 1] = transitions;
    if ((world & 0xffff) === 0) onProgress?.(numbers.size);
  }
  const complete = world === numbers.size;
  const { low, high } = numbers;
  return {
    worlds: world,
    low,
    high,
    parent,
    heads: heads.subarray(0, world + 1),
    targets: targets.subarray(0, transitions),
    labels,
    enabled,
    complete,
  };
}

function doubled<A extends Uint32Array | Int32Array | Uint16Array>(array: A): A {
  const next = new (array.constructor as new (length: number) => A)(array.length * 2);
  next.set(array);
  return next;
}

/** Numbers packed worlds in the order in which they are met. */
class Numbers {
  low = new Uint32Array(1 << 12);
  high = new Uint32Array(1 << 12);
  size = 0;
  /** Number + 1 of the world at each place; 0 for none. */
  #table = new Int32Array(1 << 13);

  number(low: number, high: number): number {
    const mask = this.#table.length - 1;
    let at = mixed(low, high) & mask;
    for (;;) {
      const found = this.#table[at]! - 1;
      if (found < 0) break;
      if (this.low[found] === low && this.high[found] === high) return found;
      at = (at + 1) & mask;
    }
    const next = this.size++;
    if (next === this.low.length) {
      this.low = doubled(this.low);
      this.high = doubled(this.high);
    }
    this.low[next] = low;
    this.high[next] = high;
    this.#table[at] = next + 1;
    if (this.size * 2 > this.#table.length) this.#grow();
    return next;
  }

  #grow(): void {
    const table = new Int32Array(this.#table.length * 2);
    const mask = table.length - 1;
    for (let n = 0; n < this.size; n++) {
      let at = mixed(this.low[n]!, this.high[n]!) & mask;
      while (table[at] !== 0) at = (at + 1) & mask;
      table[at] = n + 1;
    }
    this.#table = table;
  }
}

function mixed(low: number, high: number): number {
  let h = Math.imul(low ^ (low >>> 15), 0x2c1b3c6d) ^ Math.imul(high ^ (high >>> 13), 0x297a2d39);
  h = Math.imul(h ^ (h >>> 12), 0x7feb352d);
  return h ^ (h >>> 15);
}
