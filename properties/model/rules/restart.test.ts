/** What restarts do to a world, and why those of core and publisher are not looked for where exchanges break anyhow. */
import { expect, test } from 'vitest';
import { allAmendments } from '../../../machines/vocabulary.ts';
import { canonical } from '../../checker/kernel/value-numbers.ts';
import { type Composition, compose, type Move, type Rule } from '../composition.ts';
import { type Setting, settings } from '../setting.ts';
import type { Slots } from '../state.ts';

const worldOf = (changed: Partial<Setting>) => ({
  ...settings.find(({ name }) => name === 'revocation')!,
  offboardings: 1,
  amendments: allAmendments,
  ...changed,
});
const written = (world: Slots): string => JSON.stringify(Object.entries(world).sort(([a], [b]) => (a < b ? -1 : 1)));
const movesOf = (rules: readonly Rule[], world: Slots): Move[] => rules.flatMap((rule) => rule.moves(world));

/** The worlds that rules lead to from here, in any number of moves, as far as the limit goes. */
function reached(from: Slots, rules: readonly Rule[], limit: number): Map<string, Slots> {
  const found = new Map([[written(from), from]]);
  for (const world of found.values()) {
    for (const { after } of movesOf(rules, world)) {
      const next = canonical({ ...world, ...after });
      if (found.size < limit && !found.has(written(next))) found.set(written(next), next);
    }
  }
  return found;
}
const namedIn = ({ rules }: Composition, names: RegExp) => rules.filter(({ name }) => names.test(name));

test('a restart of the core or the publisher is what happens when each of their exchanges breaks', () => {
  const lossy = compose(worldOf({ restarts: 0, cuts: 'always' }));
  const cuts = namedIn(lossy, /^cut /);
  const restarts = namedIn(compose(worldOf({ restarts: 'always', cuts: 0 })), /^restart the core or/);
  expect(restarts.length).toBe(1);

  let changing = 0;
  for (const [before, world] of reached(canonical(lossy.first), lossy.rules, 2500)) {
    for (const { words, after } of movesOf(restarts, world)) {
      const next = written(canonical({ ...world, ...after }));
      if (next !== before) changing++;
      expect(reached(world, cuts, Number.POSITIVE_INFINITY).has(next), words).toBe(true);
    }
  }
  expect(changing).toBeGreaterThan(1000);
});

test('a restart of the AEF keeps a revocation and no credential; one of the invoker keeps nothing that it negotiated', () => {
  const { first, rules } = compose(worldOf({ restarts: 'always', cuts: 0, changes: 0 }));
  const all = [...reached(canonical(first), rules, 3000).values()];
  const restarted = (words: string) =>
    all.flatMap((world) =>
      movesOf(rules, world)
        .filter((move) => move.words === words)
        .map(({ after }) => ({ before: world, after: { ...world, ...after } })),
    );

  const ofAef = restarted('restart invokerAdmission');
  expect(ofAef.some(({ before }) => before.invokerAdmission.state === 'revoked')).toBe(true);
  for (const { before, after } of ofAef) {
    expect(after.invokerAdmission.state).toBe(before.invokerAdmission.state === 'revoked' ? 'revoked' : 'unknown');
    expect(after.aefPsk.keyCredential).toBe(0);
    expect(after.apiExposingFunction).toBe(before.apiExposingFunction);
  }
  const ofInvoker = restarted('restart apiInvoker');
  expect(ofInvoker.length).toBeGreaterThan(100);
  for (const { after } of ofInvoker) expect(after.apiInvoker).toBe(first.apiInvoker);
});
