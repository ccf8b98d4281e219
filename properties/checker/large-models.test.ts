/** Models of more rules than a word has bits, and of states that need several words: as many states as can be worked out. */
import { expect, test } from 'vitest';
import { allAmendments } from '../../machines/vocabulary.ts';
import { compose } from '../model/rules/composition.ts';
import { settings } from '../model/setting.ts';
import { searchNaively } from '../testing/reference-search.ts';
import { actionsOf } from './actions-of-run.ts';
import type { Model, Property } from './model.ts';
import { explore } from './search/state-graph.ts';
import type { Fairness, Rule } from './search/transition-system.ts';
import { verify } from './verify.ts';

/** Tokens go round on a ring of places, each of which has room for one: rule n moves one on from place n. */
function ring(places: number, tokens: number, fairnessOf: (place: number) => Fairness = () => 'weak'): Model {
  const names = Array.from({ length: places }, (_, n) => `place ${n}`);
  return {
    initial: [Object.fromEntries(names.map((name, n) => [name, n < tokens]))],
    rules: names.map((from, n): Rule => {
      const to = names[(n + 1) % places]!;
      return {
        name: `from ${n}`,
        fairness: fairnessOf(n),
        isFault: false,
        variables: [from, to],
        enabled: (view) =>
          view[from] && !view[to] ? [{ action: `from ${n}`, after: { [from]: false, [to]: true } }] : [],
      };
    }),
    variables: names.map((name) => [name]),
    properties: [moves(0), moves(places - 1)],
  };
}
const moves = (place: number): Property => ({
  kind: 'againAndAgain',
  statement: `a token leaves place ${place} again and again`,
  variables: [],
  while: () => true,
  reaches: ({ action }) => action === `from ${place}`,
});
const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k);

test.each([
  [20, 3],
  [70, 3],
  [300, 1],
])('%i places with %i tokens', (places, tokens) => {
  const { graph } = explore(ring(places, tokens));
  expect(graph.wordsPerState > 2).toBe(places > 64);
  expect(graph.states).toBe(choose(places, tokens));
  expect(graph.targets.length).toBe(places * choose(places - 2, tokens - 1));
  for (const [label, rule] of graph.meanings.rules.entries()) {
    expect(graph.labels.filter((one) => one === label).length, `rule ${rule}`).toBe(graph.targets.length / places);
  }
});

test('a rule beyond the 32nd is as fair as any other', () => {
  expect(verify(ring(40, 2)).verdicts.map(({ holds }) => holds)).toEqual([true, true]);
  for (const unfair of [7, 39]) {
    const verification = verify(ring(40, 2, (place) => (place === unfair ? 'none' : 'weak')));
    for (const { holds, run } of verification.verdicts) {
      expect(holds).toBe(false);
      // One token waits where it need not go on, and the other one behind it.
      expect(run!.loop).toEqual([]);
      expect(actionsOf(verification, run!.stem).at(-1)).toMatch(new RegExp(`^from ${unfair - 1}|from ${unfair - 2}$`));
    }
  }
});

test('CAPIF with revocations, restarts, late requests and forgeries is searched', () => {
  const revocation = settings.find(({ name }) => name === 'revocation')!;
  const setting = { ...revocation, cuts: 1, changes: 0, lateRequests: true, forgeries: 1 } as const;
  const system = compose({ ...setting, amendments: allAmendments });
  expect(system.rules.length).toBeGreaterThan(32);
  const { graph } = explore(system);
  expect({ states: graph.states, transitions: graph.targets.length }).toEqual(searchNaively(system));
});
