/** What a restart does, and why core and publisher need not restart where exchanges break without bound. */
import { expect, test } from 'vitest';
import { allAmendments } from '../../../machines/vocabulary.ts';
import { modelOf } from '../../requirements/all-properties.ts';
import type { Property } from '../../requirements/property.ts';
import type { Rule, Transition } from '../rule.ts';
import { type Setting, settings } from '../setting.ts';
import type { State } from '../state.ts';
import { canonical } from '../symmetry.ts';
import { type CapifSystem, compose } from './composition.ts';

const configurationOf = (changed: Partial<Setting>) => ({
  ...settings.find(({ name }) => name === 'revocation')!,
  offboardings: 1,
  amendments: allAmendments,
  ...changed,
});
const written = (state: State): string => JSON.stringify(Object.entries(state).sort(([a], [b]) => (a < b ? -1 : 1)));
const transitionsOf = (rules: readonly Rule[], state: State): Transition[] =>
  rules.flatMap((rule) => rule.enabled(state));

/** The states that these rules reach from here, up to the limit. */
function reached(from: State, rules: readonly Rule[], limit: number): Map<string, State> {
  const found = new Map([[written(from), from]]);
  for (const state of found.values()) {
    for (const { after } of transitionsOf(rules, state)) {
      const next = canonical({ ...state, ...after });
      if (found.size < limit && !found.has(written(next))) found.set(written(next), next);
    }
  }
  return found;
}
const namedIn = ({ rules }: CapifSystem, names: RegExp) => rules.filter(({ name }) => names.test(name));

test('a restart of the core or the publisher is the same as a cut of each of their exchanges', () => {
  const lossy = compose(configurationOf({ restarts: 0, cuts: 'always' }));
  const cuts = namedIn(lossy, /^cut /);
  const restarts = namedIn(compose(configurationOf({ restarts: 'always', cuts: 0 })), /^restart the core or/);
  expect(restarts.length).toBe(1);

  let changing = 0;
  for (const [before, state] of reached(canonical(lossy.initial[0]), lossy.rules, 2500)) {
    for (const { action, after } of transitionsOf(restarts, state)) {
      const next = written(canonical({ ...state, ...after }));
      if (next !== before) changing++;
      expect(reached(state, cuts, Number.POSITIVE_INFINITY).has(next), action).toBe(true);
    }
  }
  expect(changing).toBeGreaterThan(1000);
});

test('a restart of the AEF keeps a revocation and no credential; one of the invoker keeps nothing that it negotiated', () => {
  const {
    initial: [initial],
    rules,
  } = compose(configurationOf({ restarts: 'always', cuts: 0, changes: 0 }));
  const all = [...reached(canonical(initial), rules, 3000).values()];
  const restarted = (action: string) =>
    all.flatMap((state) =>
      transitionsOf(rules, state)
        .filter((transition) => transition.action === action)
        .map(({ after }) => ({ before: state, after: { ...state, ...after } })),
    );

  const ofAef = restarted('restart invokerAdmission');
  expect(ofAef.some(({ before }) => before.invokerAdmission.value === 'revoked')).toBe(true);
  for (const { before, after } of ofAef) {
    expect(after.invokerAdmission.value).toBe(before.invokerAdmission.value === 'revoked' ? 'revoked' : 'unknown');
    expect(after.aefPsk.keyCredential).toBe(0);
    expect(after.apiExposingFunction).toBe(before.apiExposingFunction);
  }
  const ofInvoker = restarted('restart apiInvoker');
  expect(ofInvoker.length).toBeGreaterThan(100);
  for (const { after } of ofInvoker) expect(after.apiInvoker).toBe(initial.apiInvoker);
});

test('what a property says of a restart, it says of one of its conjuncts, and the other way round', () => {
  const { initial, rules, properties } = modelOf(configurationOf({ restarts: 'always', cuts: 0, changes: 1 }));
  const joint = rules.filter(({ conjunctions }) => conjunctions);
  expect(joint.map(({ name }) => name)).toEqual([
    'restart the invoker or the AEF',
    'restart the core or its publisher',
  ]);
  let compared = 0;
  for (const state of reached(canonical(initial[0]), rules, 400).values()) {
    for (const rule of joint) {
      const all = rule.conjunctions!.map((conjunction) => conjunction.map((one) => one.enabled(state)));
      for (const transition of rule.enabled(state)) {
        const parts = all.find(([one]) => one?.action === transition.action)!.map((part) => part!);
        for (const property of properties) {
          const says = sayingOf(property);
          if (!says) continue;
          compared++;
          expect(says(transition, rule), property.statement).toBe(parts.some((part) => says(part, rule)));
        }
      }
    }
  }
  expect(compared).toBeGreaterThan(20_000);
});

/** What a property says of a transition: that it is broken, or that it happens. */
function sayingOf(property: Property): ((transition: Transition, rule: Rule) => boolean) | undefined {
  switch (property.kind) {
    case 'always':
      return undefined;
    case 'everyStep':
      return (...step) => property.holds(...step) === false;
    case 'againAndAgain':
      return property.reaches;
    default:
      return property.happens;
  }
}
