/** The whole graph of a setting in memory: its worlds in the order they were met, and every transition between them. */

import type { CapifModel } from '../../model/rules/composition.ts';
import type { Kernel } from './kernel.ts';
import { addresses } from './kernel-wat.ts';
import { ruleBits } from './successor-table.ts';
import { canonical } from './value-numbers.ts';

export const ruleOf = (label: number) => label & (2 ** ruleBits - 1);
export const marksOf = (label: number) => label >>> ruleBits;

export type StateGraph = {
  states: number;
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

/** `expected`: what a search found, to make room for at once. */
export type GraphOptions = {
  limit?: number;
  expected?: { states: number; transitions: number };
  onProgress?(worlds: number): void;
};

export function stateGraphOf(model: CapifModel, table: Kernel, options: GraphOptions = {}): StateGraph {
  const {
    limit = Number.POSITIVE_INFINITY,
    expected = { states: 1 << 12, transitions: 1 << 14 },
    onProgress,
  } = options;
  const first = table.pack(canonical(model.initial));
  table.begin('number', first, expected.states);
  let words = new Int32Array(2 * expected.states);
  words.set(first);
  let parent = new Int32Array(expected.states);
  parent[0] = -1;
  let heads = new Uint32Array(expected.states + 1);
  let enabled = new Int32Array(expected.states);
  let targets = new Uint32Array(expected.transitions);
  let labels = new Uint16Array(expected.transitions);
  let transitions = 0;
  let state = 0;
  while (state < table.size() && table.size() < limit) {
    const known = table.size();
    const done = table.go(
      'number',
      words.subarray(2 * state, 2 * Math.min(known, state + Math.min(table.batch, limit - known))),
      state,
    );
    const news = table.news();
    words = enlarged(words, 2 * known + news.length);
    words.set(news, 2 * known);
    parent = enlarged(parent, known + news.length / 2);
    parent.set(table.ints(addresses.parents, news.length / 2), known);

    heads = enlarged(heads, state + done + 1);
    enabled = enlarged(enabled, state + done);
    const before = transitions;
    const sums = table.ints(addresses.sums, 2 * done);
    for (let n = 0; n < done; n++, state++) {
      transitions += sums[2 * n]!;
      heads[state + 1] = transitions;
      enabled[state] = sums[2 * n + 1]!;
    }
    targets = enlarged(targets, transitions);
    labels = enlarged(labels, transitions);
    targets.set(table.ints(addresses.targets, transitions - before), before);
    labels.set(table.labelsMet(transitions - before), before);
    onProgress?.(table.size());
  }
  // Of worlds that were met but not gone on from nothing is known: as if anything could happen there, and never did.
  const worlds = table.size();
  const complete = state === worlds;
  heads = enlarged(heads, worlds + 1).fill(transitions, state + 1, worlds + 1);
  enabled = enlarged(enabled, worlds).fill(-1, state, worlds);
  const low = new Uint32Array(worlds);
  const high = new Uint32Array(worlds);
  for (let n = 0; n < worlds; n++) {
    low[n] = words[2 * n]!;
    high[n] = words[2 * n + 1]!;
  }
  return {
    states: worlds,
    low,
    high,
    parent,
    heads: heads.subarray(0, worlds + 1),
    targets: targets.subarray(0, transitions),
    labels,
    enabled,
    complete,
  };
}

/** The same array if it is long enough, or a longer one. */
function enlarged<A extends Uint32Array | Int32Array | Uint16Array>(array: A, length: number): A {
  if (length <= array.length) return array;
  const next = new (array.constructor as new (length: number) => A)(Math.max(length, 2 * array.length));
  next.set(array);
  return next;
}
