/**
 * Why one invoker and one AEF are enough. Two invokers of one AEF share its methods, their publication and the entry of
 * the core's registry, and nothing else. So a run of two invokers is, for each of them, a run of one, in which the
 * transitions of the other do not show. Two AEFs of one invoker share nothing.
 */
import { expect, test } from 'vitest';
import { type Amendment, allAmendments, asWritten } from '../../machines/vocabulary.ts';
import { sortMasks } from '../checker/search/symmetry.ts';
import type { Rule } from './rule.ts';
import { type CapifSystem, compose } from './rules/composition.ts';
import { type Setting, settings } from './setting.ts';
import { type State, variables } from './state.ts';
import { canonical, inUse, renamed } from './symmetry.ts';

const shared = ['publishedService', 'apiExposingFunction', 'apiPublishingFunction', 'publications'] as const;
const own = variables.filter((variable) => !(shared as readonly string[]).includes(variable));

const part = (state: State, names: readonly (keyof State)[]) =>
  Object.fromEntries(names.map((name) => [name, state[name]])) as Partial<State>;
const sharedBy = (state: State) => part(state, shared);
const ownOf = (state: State) => part(state, own);

const settingOf = (name: string, changed: Partial<Setting>): Setting => ({
  ...settings.find((one) => one.name === name)!,
  ...changed,
});

/** The nearest states of one invoker. */
function statesOf({ initial, rules }: CapifSystem, limit: number): Map<string, State> {
  const key = (state: State) => JSON.stringify([sharedBy(state), ownOf(state)]);
  const start = canonical(initial[0]);
  const found = new Map([[key(start), start]]);
  for (const state of found.values()) {
    for (const { after } of rules.flatMap((rule) => rule.enabled(state))) {
      const next = canonical({ ...state, ...after });
      if (found.size < limit && !found.has(key(next))) found.set(key(next), next);
    }
  }
  return found;
}

/** Rules that change what is shared, in one of these states. */
function sharedRules({ rules }: CapifSystem, states: Iterable<State>): Set<Rule> {
  const changing = new Set<Rule>();
  for (const state of states) {
    for (const rule of rules) {
      const before = JSON.stringify(sharedBy(state));
      if (rule.enabled(state).some(({ after }) => JSON.stringify(sharedBy({ ...state, ...after })) !== before))
        changing.add(rule);
    }
  }
  return changing;
}

const composed: [about: string, setting: Setting][] = [
  ['broken exchanges', settingOf('late', { changes: 'always', repetitions: 'always', forgeries: 'always' })],
  ['restarts and withdrawal', settingOf('restarts', { offboardings: 'always', revocations: 'always' })],
];
for (const [about, setting] of composed) {
  test(`shared variables change independently of any invoker: ${about}`, () => {
    const model = compose({ ...setting, amendments: allAmendments });
    const states = [...statesOf(model, 3000).values()];
    const changing = sharedRules(model, states);
    expect(changing.size).toBeGreaterThan(2);

    const told = new Map<string, string>();
    for (const state of states) {
      for (const rule of changing) {
        const key = `${rule.name} ${JSON.stringify(sharedBy(state))}`;
        const transitions = rule.enabled(state).map(({ action, after }) => [action, sharedBy({ ...state, ...after })]);
        const answer = JSON.stringify(transitions);
        expect(told.get(key) ?? answer, key).toBe(answer);
        told.set(key, answer);
      }
    }
    expect(told.size).toBeLessThan(states.length);
  });
}

/** The shared variables, and those of each invoker: credentials are counted for each, revisions for all. */
type Two = readonly [common: Partial<State>, one: Partial<State>, other: Partial<State>];

function canonicalTwo(two: Two): Two {
  const revisions = inUse(two) & sortMasks[1];
  const named = (value: Partial<State>) => renamed(value, (inUse(value) & sortMasks[0]) | revisions);
  return [named(two[0]), named(two[1]), named(two[2])];
}

/** The enabled transitions of two invokers: of one of them, or of what they share, which both see. */
function transitionsOfTwo([common, one, other]: Two, rules: readonly Rule[], changing: ReadonlySet<Rule>): Two[] {
  const states = [one, other].map((each) => ({ ...common, ...each }) as State);
  return rules.flatMap((rule): Two[] => {
    const [ofOne, ofOther] = states.map((state) => rule.enabled(state).map(({ after }) => ({ ...state, ...after })));
    if (changing.has(rule)) return ofOne!.map((next, n) => [sharedBy(next), ownOf(next), ownOf(ofOther![n]!)]);
    return [
      ...ofOne!.map((next): Two => [common, ownOf(next), other]),
      ...ofOther!.map((next): Two => [common, one, ownOf(next)]),
    ];
  });
}

const visited: [string, readonly Amendment[], number][] = [
  ['as written, one change', asWritten, 1],
  ['with all amendments, two changes', allAmendments, 2],
];
for (const [name, amendments, changes] of visited) {
  test(`every state of two invokers is, for each of them, a state of one: ${name}`, () => {
    const setting = settingOf('fair', { changes, attemptsMax: 1, invocations: 1 });
    const model = compose({ ...setting, amendments });
    const ofOne = statesOf(model, Number.POSITIVE_INFINITY);
    const changing = sharedRules(model, ofOne.values());

    const start = canonical(model.initial[0]);
    const first: Two = [sharedBy(start), ownOf(start), ownOf(start)];
    const found = new Map([[JSON.stringify(first), first]]);
    for (const two of found.values()) {
      for (const next of transitionsOfTwo(two, model.rules, changing)) {
        const at = canonicalTwo(next);
        const key = JSON.stringify(at);
        if (!found.has(key)) found.set(key, at);
      }
    }
    expect(found.size).toBeGreaterThan(10 * ofOne.size);
    for (const [common, one, other] of found.values()) {
      for (const each of [one, other]) {
        const state = canonical({ ...common, ...each } as State);
        expect(ofOne.has(JSON.stringify([sharedBy(state), ownOf(state)]))).toBe(true);
      }
    }
  }, 120_000);
}
