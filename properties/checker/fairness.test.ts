/** Fair components of graphs small enough to see through: what counts as an endless fair run, and what does not. */
import { expect, test } from 'vitest';
import { smallGraph as graph, isMarked, labelCount, ruleOf, ruleSet } from '../testing/small-graph.ts';
import { eachFairComponent, type FairRules } from './fairness.ts';
import { longestPath } from './longest-path.ts';
import type { StateGraph } from './search/state-graph.ts';
import { components, type Follows } from './strongly-connected.ts';

const following = (follows: (label: number) => boolean): Follows =>
  Uint8Array.from({ length: labelCount }, (_, label) => Number(follows(label)));
const everywhere = following(() => true);

/** `weak` and `strong`: rules as bits. */
function fairIn(of: StateGraph, { weak, strong }: Record<keyof FairRules, number>, follows = everywhere): number[][] {
  const found: number[][] = [];
  const has = new Uint8Array(of.states).fill(1);
  const fair = { weak: ruleSet(weak), strong: ruleSet(strong) };
  eachFairComponent(of, fair, { has, follows }, components(of, follows), (component) => {
    found.push([...component].sort());
    return true;
  });
  return found;
}

const most = (of: StateGraph, follows: Follows): number => longestPath(of, components(of, follows), follows, 0);

const noFairness = { weak: 0, strong: 0 };
/** Round and round between 0 and 1 by rule 0; rule 1 leads out to 2, from state 1 only. */
const loop = graph(3, [
  [0, 1, 0],
  [1, 0, 0],
  [1, 2, 1],
]);

test('without fairness every state may be stayed in for ever', () => {
  expect(fairIn(loop, noFairness)).toEqual(expect.arrayContaining([[0, 1], [2]]));
});

test('a strongly fair way out that is there again and again is taken', () => {
  expect(fairIn(loop, { weak: 1, strong: 2 })).toEqual([[2]]);
});

test('a weakly fair way out that is there only now and then need not be taken', () => {
  expect(fairIn(loop, { weak: 3, strong: 0 })).toEqual(expect.arrayContaining([[0, 1], [2]]));
});

test('a weakly fair way out that is always there is taken', () => {
  const always = graph(3, [
    [0, 1, 0],
    [1, 0, 0],
    [0, 2, 1],
    [1, 2, 1],
  ]);
  expect(fairIn(always, { weak: 2, strong: 0 })).toEqual([[2]]);
});

test('standing still is a run where no fair rule can happen, and only there', () => {
  const line = graph(2, [[0, 1, 0]]);
  expect(fairIn(line, { weak: 1, strong: 0 })).toEqual([[1]]);
  expect(fairIn(line, noFairness)).toEqual(expect.arrayContaining([[0], [1]]));
});

test('a loop within a loop is found once the way round the outer one is closed', () => {
  const inner = graph(4, [
    [0, 1, 0],
    [1, 2, 0],
    [2, 1, 0],
    [2, 3, 1],
    [3, 0, 0],
    [0, 3, 2],
  ]);
  // Rule 2 is strongly fair and never taken without state 0, so 0 is left out; between 1 and 2 it cannot happen.
  expect(
    fairIn(
      inner,
      { weak: 0, strong: 4 },
      following((label) => ruleOf(label) !== 2),
    ),
  ).toEqual(expect.arrayContaining([[1, 2]]));
});

test('a marked step is counted along the longest way, and without bound round a loop', () => {
  const ways = graph(4, [
    [0, 1, 0, 1],
    [1, 3, 0, 1],
    [0, 2, 0],
    [2, 3, 0, 1],
  ]);
  expect(most(ways, everywhere)).toBe(2);
  expect(
    most(
      graph(2, [
        [0, 1, 0, 1],
        [1, 0, 0],
      ]),
      everywhere,
    ),
  ).toBe(Number.POSITIVE_INFINITY);
  expect(
    most(
      graph(2, [
        [0, 1, 0, 1],
        [1, 0, 0],
      ]),
      following((label) => !isMarked(label)),
    ),
  ).toBe(0);
});
