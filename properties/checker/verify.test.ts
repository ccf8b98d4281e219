/** The checker on models that are not CAPIF: what it counts and decides can be worked out by hand. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { searchNaively } from '../testing/reference-search.ts';
import { actionsOf } from './actions-of-run.ts';
import type { Model, Property } from './model.ts';
import type { Rule } from './search/transition-system.ts';
import { verify } from './verify.ts';

/** Adds to a counter, modulo its size; a fault resets it. */
type State = { counter: number; label: string | null };
const add = (by: number, size: number, fairness: Rule['fairness'] = 'weak'): Rule<State> => ({
  name: `add ${by}`,
  fairness,
  isFault: false,
  variables: ['counter'],
  enabled: ({ counter }) => [{ action: `add ${by}`, after: { counter: (counter! + by) % size } }],
});
const reset: Rule<State> = {
  name: 'reset',
  fairness: 'none',
  isFault: true,
  variables: ['counter', 'label'],
  enabled: () => [{ action: 'reset', after: { counter: 0, label: 'was reset' } }],
};
const modelOf = (rules: readonly Rule<State>[], properties: readonly Property[] = [], initial = [0]): Model => ({
  initial: initial.map((counter) => ({ counter, label: null })),
  rules: rules as readonly Rule[],
  variables: [['counter'], ['label']],
  properties,
});
const reaches = (action: string): Property => ({
  kind: 'againAndAgain',
  statement: `"${action}" again and again`,
  variables: [],
  while: () => true,
  reaches: (transition) => transition.action === action,
});

test('values may be numbers, texts and null, and every state is counted once', () => {
  const { states, transitions, complete } = verify(modelOf([add(1, 7), reset]));
  expect({ states, transitions, complete }).toEqual({ states: 14, transitions: 28, complete: true });
});

test('every initial state is explored, and none twice', () => {
  const even = modelOf([add(2, 10)], [], [0, 1, 1]);
  expect(verify(even).states).toBe(10);
  expect(verify(even).graph.initial).toBe(2);
});

test('a property is asked where it says something, and vacuous where it says nothing', () => {
  const of = (holds: (counter: number) => boolean | undefined): Property[] => [
    { kind: 'always', statement: 'a state', variables: ['counter'], holds: ({ counter }: State) => holds(counter) },
    { kind: 'everyStep', statement: 'a step', holds: ({ after }) => holds((after as State).counter) },
  ];
  const askedOf = (holds: (counter: number) => boolean | undefined) =>
    verify(modelOf([add(1, 7)], of(holds))).verdicts.map((verdict) => [verdict.holds, verdict.asked]);
  const everywhere = [true, 7];
  expect(askedOf(() => true)).toEqual([everywhere, everywhere]);
  const threeTimes = [true, 3];
  expect(askedOf((counter) => (counter < 3 ? true : undefined))).toEqual([threeTimes, threeTimes]);
  const vacuous = [true, 0];
  expect(askedOf(() => undefined)).toEqual([vacuous, vacuous]);
  const broken = [false, 1];
  expect(askedOf((counter) => (counter === 5 ? false : undefined))).toEqual([broken, broken]);
});

test('of two transitions to the same state, a run names the one that breaks the property', () => {
  const either: Rule<State> = {
    ...add(1, 3),
    enabled: () => ['harmless', 'harmful'].map((action) => ({ action, after: { counter: 1 } })),
  };
  const never: Property = { kind: 'everyStep', statement: 'no harm', holds: ({ action }) => action !== 'harmful' };
  const verification = verify(modelOf([either], [never]));
  expect(actionsOf(verification, verification.verdicts[0]!.run!.stem)).toEqual(['harmful']);
});

test('an invariant fails with the shortest run', () => {
  const below = { kind: 'always', statement: 'below 6', variables: ['counter'] } as const;
  const model = modelOf([add(1, 9), add(3, 9)], [{ ...below, holds: (state: State) => state.counter < 6 }]);
  const verification = verify(model);
  const [verdict] = verification.verdicts;
  expect(verdict!.holds).toBe(false);
  expect(actionsOf(verification, verdict!.run!.stem)).toEqual(['add 3', 'add 3']);
});

test('a fair rule is taken again and again, a rule without fairness need not be, and a fault cannot be for ever', () => {
  const fair = modelOf([add(1, 5), add(2, 5)], [reaches('add 1')]);
  expect(verify(fair).verdicts[0]!.holds).toBe(true);
  const unfair = modelOf([add(1, 5, 'none'), add(2, 5)], [reaches('add 1')]);
  expect(verify(unfair).verdicts[0]!.holds).toBe(false);
  const faulty = modelOf([add(1, 5), reset], [reaches('reset')]);
  expect(verify(faulty).verdicts[0]!.holds).toBe(false);
});

test('a limit leaves the verification incomplete', () => {
  const { states, complete } = verify(modelOf([add(1, 5000)]), { limit: 100 });
  expect(complete).toBe(false);
  expect(states).toBeLessThan(5000);
});

test('random systems have as many states and transitions as the slow reference finds', () => {
  const rule = fc.record({ by: fc.integer({ min: 1, max: 40 }), size: fc.integer({ min: 41, max: 60 }) });
  const initial = fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.array(rule, { minLength: 1, maxLength: 6 }), initial, (rules, first) => {
      const model = modelOf([...rules.map(({ by, size }) => add(by, size)), reset], [], first);
      const { states, transitions } = verify(model);
      expect({ states, transitions }).toEqual(searchNaively(model));
    }),
    { numRuns: 50 },
  );
});

/** Each variable holds an ordinal: rules copy, forget and exceed them, and some do two things at once. */
type Ranks = Readonly<Record<string, { rank: number }>>;
const names = ['a', 'b', 'c'] as const;
const named = (count: number): string[] => Array.from({ length: count }, (_, n) => `constant ${n}`);
const rankRule = (name: string, variables: readonly string[], after: (view: Ranks) => Ranks | undefined): Rule => ({
  name,
  fairness: 'weak',
  isFault: false,
  variables,
  enabled(view) {
    const next = after(view as Ranks);
    return next ? [{ action: name, after: next }] : [];
  },
});
const forgets = (name: string): Rule =>
  rankRule(`forget ${name}`, [name], (view) => (view[name]!.rank > 0 ? { [name]: { rank: 0 } } : undefined));
const copies = (from: string, to: string): Rule =>
  rankRule(`copy ${from} to ${to}`, [from, to], (view) => ({ [to]: view[from]! }));
const exceeds = (name: string): Rule =>
  rankRule(`exceed by ${name}`, names, (view) => ({
    [name]: { rank: 1 + Math.max(...names.map((one) => view[one]?.rank ?? 0)) },
  }));
/** As one rule that sees both, and as one that is looked up in two. */
const forgetsBoth = (one: string, other: string, isJoint: boolean): Rule => {
  const conjuncts = [forgets(one), forgets(other)].map(({ variables, enabled }) => ({
    variables,
    enabled: (view: object) => enabled(view)[0],
  }));
  const both = rankRule(`forget ${one} and ${other}`, [one, other], (view) => {
    const found = conjuncts.map(({ enabled }) => enabled(view)?.after);
    return found.includes(undefined) ? undefined : (Object.assign({}, ...found) as Ranks);
  });
  return isJoint ? { ...both, conjunctions: [conjuncts] } : both;
};

test('random systems whose numbers are renamed, and whose rules are conjunctions, have as many as the slow reference finds', () => {
  const name = fc.constantFrom(...names);
  const rule = fc.oneof(
    name.map(exceeds),
    name.map(forgets),
    fc.tuple(name, name).map(([from, to]) => copies(from, to)),
    fc.tuple(name, name, fc.boolean()).map(([one, other, isJoint]) => forgetsBoth(one, other, isJoint)),
  );
  const groups = fc.constantFrom([['a'], ['b'], ['c']], [['a', 'b'], ['c']], [['a', 'b', 'c']]);
  /** Variables that nothing changes: then the state takes several words, between which the others are. */
  const constants = fc.constantFrom([], named(70));
  let largest = 0;
  fc.assert(
    fc.property(fc.array(rule, { minLength: 1, maxLength: 12 }), groups, constants, (rules, changing, others) => {
      const initial = [Object.fromEntries([...names, ...others].map((one) => [one, { rank: 0 }]))];
      const variables = [...changing, ...others.map((one) => [one])];
      const system = { initial, rules, variables, ordinals: [['rank']], properties: [] };
      const { states, transitions } = verify(system);
      largest = Math.max(largest, states);
      expect({ states, transitions }).toEqual(searchNaively(system));
    }),
    { numRuns: 100 },
  );
  expect(largest).toBeGreaterThan(10);
});

test('what is true of a conjunct is true of the transition', () => {
  const rules = [exceeds('a'), exceeds('b'), forgetsBoth('a', 'b', true)];
  const happens: Property = {
    kind: 'sometimes',
    statement: 'b is forgotten with a',
    happens: ({ action, after }) => action === 'forget b' && Object.keys(after).join() === 'b',
  };
  const model = (all: readonly Rule[]): Model => ({
    initial: [{ a: { rank: 0 }, b: { rank: 0 } }],
    rules: all,
    variables: [['a'], ['b']],
    ordinals: [['rank']],
    properties: [happens],
  });
  const two = rules.map((one) => ({ ...one, variables: one.variables.filter((variable) => variable !== 'c') }));
  expect(verify(model(two)).verdicts[0]!.holds).toBe(true);
  expect(verify(model(two.slice(0, 2))).verdicts[0]!.holds).toBe(false);
});
