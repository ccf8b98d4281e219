/**
 * Why worlds of one invoker and one AEF are enough. Two invokers of one AEF share its methods, their publication and the
 * entry of the core's registry; all else is a life of its own. So a run of two invokers is, for each of them, a run of one,
 * in which the moves of the other do not show. Two AEFs of one invoker share nothing at all: each has lives of its own.
 */
import { expect, test } from 'vitest';
import { type Amendment, allAmendments, asWritten } from '../../machines/vocabulary.ts';
import { canonical } from '../checker/kernel/value-numbers.ts';
import { numbersIn, renamed } from '../checker/symmetry.ts';
import { type Composition, compose, type Rule } from './composition.ts';
import { type Setting, settings } from './setting.ts';
import { type Slots, slots } from './state.ts';

const shared = ['publishedService', 'apiExposingFunction', 'apiPublishingFunction', 'publications'] as const;
const own = slots.filter((slot) => !(shared as readonly string[]).includes(slot));

const part = (world: Slots, names: readonly (keyof Slots)[]) =>
  Object.fromEntries(names.map((name) => [name, world[name]])) as Partial<Slots>;
const sharedBy = (world: Slots) => part(world, shared);
const ownOf = (world: Slots) => part(world, own);

const settingOf = (name: string, changed: Partial<Setting>): Setting => ({
  ...settings.find((one) => one.name === name)!,
  ...changed,
});

/** The nearest worlds of one invoker. */
function worldsOf({ first, rules }: Composition, limit: number): Map<string, Slots> {
  const key = (world: Slots) => JSON.stringify([sharedBy(world), ownOf(world)]);
  const start = canonical(first);
  const found = new Map([[key(start), start]]);
  for (const world of found.values()) {
    for (const { after } of rules.flatMap((rule) => rule.moves(world))) {
      const next = canonical({ ...world, ...after });
      if (found.size < limit && !found.has(key(next))) found.set(key(next), next);
    }
  }
  return found;
}

/** Rules that change what is shared, in some world of these. */
function sharedRules({ rules }: Composition, worlds: Iterable<Slots>): Set<Rule> {
  const changing = new Set<Rule>();
  for (const world of worlds) {
    for (const rule of rules) {
      const before = JSON.stringify(sharedBy(world));
      if (rule.moves(world).some(({ after }) => JSON.stringify(sharedBy({ ...world, ...after })) !== before))
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
  test(`what happens to what invokers share does not depend on any of them: ${about}`, () => {
    const composition = compose({ ...setting, amendments: allAmendments });
    const worlds = [...worldsOf(composition, 3000).values()];
    const changing = sharedRules(composition, worlds);
    expect(changing.size).toBeGreaterThan(2);

    const told = new Map<string, string>();
    for (const world of worlds) {
      for (const rule of changing) {
        const key = `${rule.name} ${JSON.stringify(sharedBy(world))}`;
        const moves = rule.moves(world).map(({ words, after }) => [words, sharedBy({ ...world, ...after })]);
        const answer = JSON.stringify(moves);
        expect(told.get(key) ?? answer, key).toBe(answer);
        told.set(key, answer);
      }
    }
    expect(told.size).toBeLessThan(worlds.length);
  });
}

/** What they share, and each of them: credentials are counted for each, revisions for all. */
type Two = readonly [common: Partial<Slots>, one: Partial<Slots>, other: Partial<Slots>];

function canonicalTwo(two: Two): Two {
  const { revision } = numbersIn(two);
  const named = (value: Partial<Slots>) => renamed(value, { credential: numbersIn(value).credential, revision });
  return [named(two[0]), named(two[1]), named(two[2])];
}

/** What two invokers can do next: one of them by itself, or what they share, which both see. */
function movesOfTwo([common, one, other]: Two, rules: readonly Rule[], changing: ReadonlySet<Rule>): Two[] {
  const worlds = [one, other].map((each) => ({ ...common, ...each }) as Slots);
  return rules.flatMap((rule): Two[] => {
    const [ofOne, ofOther] = worlds.map((world) => rule.moves(world).map(({ after }) => ({ ...world, ...after })));
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
  test(`every world of two invokers is, for each of them, a world of one: ${name}`, () => {
    const setting = settingOf('fair', { changes, attemptsMax: 1, invocations: 1 });
    const composition = compose({ ...setting, amendments });
    const ofOne = worldsOf(composition, Number.POSITIVE_INFINITY);
    const changing = sharedRules(composition, ofOne.values());

    const start = canonical(composition.first);
    const first: Two = [sharedBy(start), ownOf(start), ownOf(start)];
    const found = new Map([[JSON.stringify(first), first]]);
    for (const two of found.values()) {
      for (const next of movesOfTwo(two, composition.rules, changing)) {
        const at = canonicalTwo(next);
        const key = JSON.stringify(at);
        if (!found.has(key)) found.set(key, at);
      }
    }
    expect(found.size).toBeGreaterThan(10 * ofOne.size);
    for (const [common, one, other] of found.values()) {
      for (const each of [one, other]) {
        const world = canonical({ ...common, ...each } as Slots);
        expect(ofOne.has(JSON.stringify([sharedBy(world), ownOf(world)]))).toBe(true);
      }
    }
  }, 120_000);
}
