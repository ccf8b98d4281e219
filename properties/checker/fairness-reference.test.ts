/** Fair runs of small random graphs, against a search that looks at every set of states there is. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isMarked, labelCount, ruleOf, ruleSet, smallGraph } from '../testing/small-graph.ts';
import { eachFairComponent } from './fairness.ts';
import { lasso, sourceOf } from './lasso.ts';
import { longestPath } from './longest-path.ts';
import type { StateGraph } from './search/state-graph.ts';
import { components } from './strongly-connected.ts';

type Step = { from: number; to: number; rule: number; isMarked: boolean };
/** Fair rules as bits. */
type Example = {
  states: number;
  steps: Step[];
  fair: { weak: number; strong: number };
  has: boolean[];
  stopped: number;
};

/** `stopped`: rules that endless runs do without, as bits. */
const examples: fc.Arbitrary<Example> = fc.integer({ min: 1, max: 5 }).chain((states) => {
  const state = fc.nat({ max: states - 1 });
  const bits = fc.nat({ max: 15 });
  return fc.record({
    states: fc.constant(states),
    steps: fc.array(fc.record({ from: state, to: state, rule: fc.nat({ max: 3 }), isMarked: fc.boolean() }), {
      maxLength: 12,
    }),
    fair: fc.record({ weak: bits, strong: bits }),
    has: fc.array(
      fc.nat({ max: 5 }).map((n) => n > 0),
      { minLength: states, maxLength: states },
    ),
    stopped: fc.nat({ max: 3 }).map((n) => (n > 0 ? 0 : 8)),
  });
});

const graphOf = ({ states, steps }: Example): StateGraph =>
  smallGraph(
    states,
    steps.map(({ from, to, rule, isMarked }) => [from, to, rule, Number(isMarked)]),
  );

const bitsOf = (steps: readonly Step[]): number => steps.reduce((bits, { rule }) => bits | (1 << rule), 0);
const enabledIn = (steps: readonly Step[], state: number): number => bitsOf(steps.filter(({ from }) => from === state));
const follows = (stopped: number) =>
  Uint8Array.from({ length: labelCount }, (_, label) => Number(((1 << ruleOf(label)) & stopped) === 0));
const everything = follows(0);
const withoutRule3 = follows(8);
const followsOf = ({ stopped }: Example) => (stopped === 0 ? everything : withoutRule3);

/** Every rule that is fair has its turn among these steps, or cannot always (weak) or ever (strong) have it. */
function isFair({ steps, fair }: Example, states: readonly number[], taken: readonly Step[]): boolean {
  const enabled = states.map((state) => enabledIn(steps, state));
  const always = enabled.reduce((bits, own) => bits & own, -1) & fair.weak;
  const ever = enabled.reduce((bits, own) => bits | own, 0) & fair.strong;
  return ((always | ever) & ~bitsOf(taken)) === 0;
}

/** The sets of states in which a fair run may go round for ever, or stand still; none within another. */
function fairSets(example: Example): number[][] {
  const { states, steps, has, stopped } = example;
  const sets: number[][] = [];
  for (let bits = 1; bits < 1 << states; bits++) {
    const set = [...Array(states).keys()].filter((state) => (bits & (1 << state)) !== 0);
    const within = steps.filter(
      ({ from, to, rule }) => set.includes(from) && set.includes(to) && (stopped & (1 << rule)) === 0,
    );
    const goesRound = set.every((from) => set.every((to) => leads(within, from, to)));
    const standsStill = set.length === 1 && isFair(example, set, []);
    if (set.every((state) => has[state]) && (standsStill || (goesRound && isFair(example, set, within))))
      sets.push(set);
  }
  return sets.filter((set) => !sets.some((other) => other !== set && set.every((state) => other.includes(state))));
}

/** By one step at least. */
function leads(steps: readonly Step[], from: number, to: number): boolean {
  const reached = new Set<number>();
  const waiting = [from];
  for (const state of waiting) {
    for (const step of steps) {
      if (step.from !== state || reached.has(step.to)) continue;
      reached.add(step.to);
      waiting.push(step.to);
    }
  }
  return reached.has(to);
}

function found(example: Example) {
  const graph = graphOf(example);
  const follows = followsOf(example);
  const has = Uint8Array.from(example.has, Number);
  const sets: number[][] = [];
  const lassos: { set: number[]; steps: Step[] }[] = [];
  const fair = { weak: ruleSet(example.fair.weak), strong: ruleSet(example.fair.strong) };
  eachFairComponent(graph, fair, { has, follows }, components(graph, follows), (component) => {
    const set = [...component].sort();
    sets.push(set);
    const { loop } = lasso(graph, component, follows, fair, undefined);
    lassos.push({ set, steps: loop.map((transition) => stepOf(graph, transition)) });
    return true;
  });
  return { sets: sets.sort(), lassos };
}

const stepOf = (graph: StateGraph, transition: number): Step => ({
  from: sourceOf(graph, transition),
  to: graph.targets[transition]!,
  rule: ruleOf(graph.labels[transition]!),
  isMarked: isMarked(graph.labels[transition]!),
});

const runs = { numRuns: 10_000 };

test('the fair components are the sets of states in which a fair run may go on for ever', () => {
  fc.assert(
    fc.property(examples, (example) => {
      expect(found(example).sets).toEqual(fairSets(example).sort());
    }),
    runs,
  );
});

test('a lasso closes, stays where it may, and is fair', () => {
  fc.assert(
    fc.property(examples, (example) => {
      for (const { set, steps } of found(example).lassos) {
        const states = steps.length === 0 ? set : steps.map(({ from }) => from);
        for (const [n, { from, to, rule }] of steps.entries()) {
          expect(steps[(n + 1) % steps.length]!.from).toBe(to);
          expect(set).toContain(from);
          expect(example.stopped & (1 << rule)).toBe(0);
        }
        expect(isFair(example, states, steps)).toBe(true);
      }
    }),
    runs,
  );
});

test('a marked step is counted as often as the longest of all ways has it', () => {
  fc.assert(
    fc.property(examples, (example) => {
      const graph = graphOf(example);
      const follows = followsOf(example);
      expect(longestPath(graph, components(graph, follows), follows, 0)).toBe(mostSlowly(example));
    }),
    runs,
  );
});

/** A way that has more marked steps than there are states and steps to them goes round. */
function mostSlowly({ states, steps, stopped }: Example): number {
  const followed = steps.filter(({ rule }) => (stopped & (1 << rule)) === 0);
  const bound = states * steps.length;
  let most = Array<number>(states).fill(0);
  for (let length = 0; length <= states * (bound + 1); length++) {
    const next = most.map((own, state) =>
      Math.max(
        own,
        ...followed.filter(({ from }) => from === state).map(({ to, isMarked }) => Number(isMarked) + most[to]!),
      ),
    );
    if (next.some((times) => times > bound)) return Number.POSITIVE_INFINITY;
    if (next.every((times, state) => times === most[state])) break;
    most = next;
  }
  return Math.max(...most);
}
