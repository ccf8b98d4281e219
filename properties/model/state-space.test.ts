/** The fast search against slow ones that share nothing with it but the rules: the same worlds, and as many transitions. */
import { getAdjacencyMap } from '@xstate/graph';
import { describe, expect, test } from 'vitest';
import { fromTransition } from 'xstate';
import { type Amendment, allAmendments, asWritten } from '../../machines/vocabulary.ts';
import { explore, search } from '../checker/explore.ts';
import { canonical } from '../checker/kernel/value-numbers.ts';
import { graphOf } from '../checker/state-graph.ts';
import { exploreNaively } from '../testing/reference-search.ts';
import { compose } from './composition.ts';
import { type Setting, settings } from './setting.ts';
import { type Slots, slots } from './state.ts';

const settingOf = (name: string): Setting => settings.find((setting) => setting.name === name)!;
const composed = (setting: Setting, amendments: readonly Amendment[]) => compose({ ...setting, amendments });

const once: Setting = { ...settingOf('fair'), changes: 1, invocations: 1 };
const cutOnce: Setting = { ...settingOf('hostile'), changes: 1, cuts: 1, forgeries: 1 };

describe.each([
  ['as written', asWritten],
  ['all amendments', allAmendments],
])('%s', (_, amendments) => {
  test.each([
    ['two changes', { ...settingOf('fair'), changes: 2 }],
    ['one change, one cut and one forgery', cutOnce],
    ['two methods at once', { ...settingOf('sets'), changes: 3 }],
    ['one restart', { ...settingOf('restarts'), changes: 1, restarts: 1 }],
  ] as const)('a search that asks the rules in every world finds as many worlds: %s', (_name, setting) => {
    const { worlds, transitions } = explore(composed(setting, amendments));
    expect(exploreNaively(composed(setting, amendments))).toEqual({ worlds, transitions });
    expect(worlds).toBeGreaterThan(500);
  });
});

/** The world as an actor whose events are the moves on offer, for a search that knows nothing of ours. */
test('@xstate/graph finds as many worlds, and as many ways between them', () => {
  const { first, rules } = composed({ ...once, attemptsMax: 1 }, allAmendments);
  const movesIn = (world: Slots) => rules.flatMap((rule) => rule.moves(world).map((move) => ({ rule, move })));
  const written = (world: Slots) => JSON.stringify(slots.map((slot) => world[slot]));
  const world = fromTransition<Slots, { type: string }, never, never>((before, { type }) => {
    const { move } = movesIn(before)[Number(type)]!;
    return canonical({ ...before, ...move.after });
  }, canonical(first));
  const map = getAdjacencyMap(world, {
    events: ({ context }) => movesIn(context).map((_, n) => ({ type: String(n) })),
    serializeState: ({ context }) => written(context),
    limit: Number.POSITIVE_INFINITY,
  });
  const places = Object.values(map);
  const { worlds, transitions } = explore(composed({ ...once, attemptsMax: 1 }, allAmendments));
  expect(places.length).toBe(worlds);
  expect(places.reduce((sum, place) => sum + Object.keys(place.transitions).length, 0)).toBe(transitions);
});

test('the worlds of some settings are as many as they always were', () => {
  const counts = ['fair', 'three', 'sets'].map((name) => {
    const { worlds, transitions, depth } = explore(composed(settingOf(name), allAmendments));
    return { name, worlds, transitions, depth };
  });
  expect(counts).toEqual([
    { name: 'fair', worlds: 185_024, transitions: 714_252, depth: 145 },
    { name: 'three', worlds: 186_714, transitions: 610_236, depth: 110 },
    { name: 'sets', worlds: 36_842, transitions: 120_328, depth: 69 },
  ]);
});

test('searching again by the tables that are filled already finds the same, and the graph has every world', () => {
  const composition = composed(settingOf('sets'), allAmendments);
  const explored = explore(composition);
  const { worlds, transitions, depth } = search(composition, explored.table);
  expect({ worlds, transitions, depth }).toEqual({
    worlds: explored.worlds,
    transitions: explored.transitions,
    depth: explored.depth,
  });
  const graph = graphOf(composition, explored.table);
  expect([graph.worlds, graph.targets.length]).toEqual([worlds, transitions]);
  const distinct = new Set(Array.from({ length: graph.worlds }, (_, n) => `${graph.low[n]} ${graph.high[n]}`));
  expect(distinct.size).toBe(worlds);
  for (let n = 1; n < graph.worlds; n++) expect(graph.parent[n]!).toBeLessThan(n);
});

test('a world takes 16 bytes at most, of a setting with a million', () => {
  const { worlds, bytesPerWorld } = explore(composed(settingOf('hostile'), allAmendments));
  expect(worlds).toBeGreaterThan(1_000_000);
  expect(bytesPerWorld).toBeLessThanOrEqual(16);
});
