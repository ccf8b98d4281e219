/** Graphs that tests write down by hand or make up at random. */
import type { StateGraph } from '../checker/search/state-graph.ts';

/** `mark`: 1 if the one proposition is true of it. */
export type Step = readonly [from: number, to: number, rule: number, mark?: number];

/** Labels are rules 0 to 15, and 16 higher with the mark. */
export const labelCount = 32;
export const ruleOf = (label: number): number => label % 16;
export const isMarked = (label: number): boolean => label >= 16;

/** States are numbered from 0. */
export function smallGraph(states: number, steps: readonly Step[]): StateGraph {
  const sorted = steps.toSorted(([one], [other]) => one - other);
  const labels = [...Array(labelCount).keys()];
  return {
    states,
    words: new Int32Array(2 * states),
    wordsPerState: 2,
    initial: states,
    expanded: states,
    heads: Uint32Array.from({ length: states + 1 }, (_, state) => sorted.filter(([from]) => from < state).length),
    targets: Uint32Array.from(sorted, ([, to]) => to),
    labels: Uint8Array.from(sorted, ([, , rule, mark = 0]) => rule + 16 * mark),
    meanings: {
      rules: Int32Array.from(labels, ruleOf),
      propositions: Int32Array.from(labels, (label) => Number(isMarked(label))),
    },
    complete: true,
  };
}

/** The rules whose bits are set. */
export const ruleSet = (bits: number): Uint8Array => Uint8Array.from({ length: 16 }, (_, rule) => (bits >> rule) & 1);
