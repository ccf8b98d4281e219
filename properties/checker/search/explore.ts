/** Visits every world of a setting, nearest first, and asks the properties of each world and each step. */

import type { CapifModel } from '../../model/rules/composition.ts';
import { type Kernel, kernel, TooSmall } from './kernel.ts';
import { type Packing, packing, TooManyBits, TooNarrow } from './state-encoding.ts';
import { answers, type MarkStep, ruleBits } from './successor-table.ts';
import { canonical, groups, type Interned, interned } from './value-numbers.ts';

export type Exploration = {
  states: number;
  transitions: number;
  /** How many moves the farthest world is away. */
  depth: number;
  seconds: number;
  /** Of the set of worlds and its frontier. */
  bytesPerState: number;
  /** How often a machine itself was called; everything else was a look-up. */
  machineCalls: number;
  /** False if it was stopped at its limit, or by its signal. */
  complete: boolean;
  /** Marks of steps that were met, and the first world they were met in (as a packed world and its distance). */
  marks: number;
};

export type Explored = Exploration & { table: Kernel; interned: Interned; places: Packing };

export type ExploreOptions = {
  mark?: MarkStep;
  /** Stops at so many worlds. */
  limit?: number;
  onProgress?(worlds: number, depth: number): void;
  signal?: AbortSignal;
};

/** Starts again whenever a group turns out to have more values than it has bits for, or the tables need more room. */
export function explore(model: CapifModel, options: ExploreOptions = {}): Explored {
  const values = interned();
  const asked = answers(model.rules, values, options.mark ?? (() => 0));
  const expected = groups.map(() => 60);
  let room = 2 ** 23;
  for (;;) {
    const places = roomyPacking(values.sizes(), expected);
    try {
      const table = kernel(asked, values, places, room);
      return { ...search(model, table, options), table, interned: values, places };
    } catch (error) {
      if (error instanceof TooSmall) room *= 4;
      else if (error instanceof TooNarrow) expected[error.group] = 4 * values.sizes()[error.group]!;
      else throw error;
    }
  }
}

/** Room for as many values of each group as are expected; if that is too much for a world, for fewer than expected. */
function roomyPacking(sizes: readonly number[], expected: readonly number[]): Packing {
  const wanted = sizes.map((size, group) => Math.max(size + 1, expected[group]!));
  try {
    return packing(wanted);
  } catch (error) {
    if (!(error instanceof TooManyBits) || wanted.every((want, group) => want === sizes[group]! + 1)) throw error;
    return roomyPacking(
      sizes,
      wanted.map((want) => want / 2),
    );
  }
}

/** Level by level, so that the farthest world is known. */
export function search({ initial, machines }: CapifModel, table: Kernel, options: ExploreOptions = {}): Exploration {
  const { limit = Number.POSITIVE_INFINITY, onProgress, signal } = options;
  const started = performance.now();
  const packed = table.pack(canonical(initial));
  table.begin('search', packed);
  let frontier = new Words();
  let next = new Words();
  let depth = 0;
  let widest = 1;
  let complete = true;
  frontier.push(Int32Array.of(...packed));
  levels: for (; frontier.worlds > 0; depth++) {
    for (let n = 0; n < frontier.worlds; ) {
      n += table.go('search', frontier.slice(n, Math.min(table.batch, limit - table.size())), n);
      next.push(table.news());
      if (table.size() >= limit || signal?.aborted) {
        complete = false;
        break levels;
      }
    }
    [frontier, next] = [next, frontier];
    next.clear();
    widest = Math.max(widest, frontier.worlds);
    onProgress?.(table.size(), depth);
  }
  return {
    states: table.size(),
    transitions: table.transitions(),
    depth,
    seconds: (performance.now() - started) / 1000,
    bytesPerState: (table.bytes('search') + 2 * 8 * widest) / table.size(),
    machineCalls: Object.values(machines).reduce((sum, { calls }) => sum + calls(), 0),
    complete,
    marks: table.labels() >>> ruleBits,
  };
}

/** A growing list of packed worlds. */
class Words {
  #words = new Int32Array(1 << 12);
  #length = 0;
  get worlds(): number {
    return this.#length / 2;
  }
  /** From the n-th on, so many at most. */
  slice(n: number, most: number): Int32Array {
    return this.#words.subarray(2 * n, Math.min(this.#length, 2 * (n + most)));
  }
  push(words: Int32Array): void {
    let room = this.#words.length;
    while (this.#length + words.length > room) room *= 2;
    if (room > this.#words.length) {
      const longer = new Int32Array(room);
      longer.set(this.#words);
      this.#words = longer;
    }
    this.#words.set(words, this.#length);
    this.#length += words.length;
  }
  clear(): void {
    this.#length = 0;
  }
}
