/** Visits every world of a setting, nearest first, and asks the properties of each world and each step. */
import { canonical, groups, type Interned, interned } from './interned.ts';
import { type Packing, packing, TooNarrow } from './packing.ts';
import type { Composition } from './rules.ts';
import { fields, type MarkStep, type Successors, successors } from './successors.ts';
import { Visited } from './visited.ts';

export type Exploration = {
  worlds: number;
  transitions: number;
  /** How many moves the farthest world is away. */
  depth: number;
  seconds: number;
  /** Of the set of worlds and its frontier. */
  bytesPerWorld: number;
  /** How often a machine itself was called; everything else was a look-up. */
  machineCalls: number;
  /** False if it was stopped at its limit, or by its signal. */
  complete: boolean;
  /** Marks of steps that were met, and the first world they were met in (as a packed world and its distance). */
  marks: number;
};

export type Explored = Exploration & { table: Successors; interned: Interned; places: Packing };

export type ExploreOptions = {
  mark?: MarkStep;
  /** Stops at so many worlds. */
  limit?: number;
  onProgress?(worlds: number, depth: number): void;
  signal?: AbortSignal;
};

/** Starts again with wider groups whenever one turns out to have more values than it has bits for. */
export function explore(composition: Composition, options: ExploreOptions = {}): Explored {
  const values = interned();
  let spare = groups.map(() => 1);
  for (;;) {
    const places = packing(values.sizes().map((size, group) => Math.ceil(Math.max(8, size) * spare[group]!)));
    try {
      return exploreWith(composition, values, places, options);
    } catch (error) {
      if (!(error instanceof TooNarrow)) throw error;
      spare = spare.map((factor, group) => (group === error.group ? factor * 1.5 : factor));
    }
  }
}

function exploreWith(composition: Composition, values: Interned, places: Packing, options: ExploreOptions): Explored {
  const { mark = () => 0, limit = Number.POSITIVE_INFINITY, onProgress, signal } = options;
  const started = performance.now();
  const table = successors(composition.rules, values, places, mark);
  const visited = new Visited();
  let frontier = new Words();
  let next = new Words();
  let transitions = 0;
  let depth = 0;
  let marks = 0;
  let complete = true;

  const [low, high] = table.pack(canonical(composition.first));
  visited.add(low, high);
  frontier.push(low, high);
  let widest = 1;
  search: for (; frontier.length > 0; depth++) {
    for (let n = 0; n < frontier.length; n++) {
      const count = table.expand(frontier.low(n), frontier.high(n));
      const out = table.buffer();
      transitions += count;
      for (let at = 0; at < count * fields; at += fields) {
        marks |= out[at + 3]!;
        if (visited.add(out[at]! >>> 0, out[at + 1]! >>> 0)) next.push(out[at]!, out[at + 1]!);
      }
      if (visited.size >= limit || signal?.aborted) {
        complete = false;
        break search;
      }
    }
    [frontier, next] = [next, frontier];
    next.clear();
    widest = Math.max(widest, frontier.length);
    onProgress?.(visited.size, depth);
  }
  const bytes = visited.bytes + 2 * 8 * widest;
  return {
    worlds: visited.size,
    transitions,
    depth,
    seconds: (performance.now() - started) / 1000,
    bytesPerWorld: bytes / visited.size,
    machineCalls: Object.values(composition.machines).reduce((sum, { calls }) => sum + calls(), 0),
    complete,
    marks,
    table,
    interned: values,
    places,
  };
}

/** A growing list of packed worlds. */
class Words {
  #words = new Uint32Array(1 << 12);
  length = 0;
  low(n: number): number {
    return this.#words[2 * n]!;
  }
  high(n: number): number {
    return this.#words[2 * n + 1]!;
  }
  push(low: number, high: number): void {
    if (2 * this.length === this.#words.length) {
      const words = new Uint32Array(this.#words.length * 2);
      words.set(this.#words);
      this.#words = words;
    }
    this.#words[2 * this.length] = low;
    this.#words[2 * this.length + 1] = high;
    this.length++;
  }
  clear(): void {
    this.length = 0;
  }
}
