/** The fast search against slow ones that share nothing with it but the rules: the same worlds, and as many transitions. */
import { getAdjacencyMap } from '@xstate/graph';
import { describe, expect, test } from 'vitest';
import { fromTransition } from 'xstate';
import { step } from '../../machines/step.ts';
import { exploredOf } from '../../machines/testing/all-events.ts';
import { type Amendment, allAmendments, asWritten } from '../../machines/vocabulary.ts';
import { explore, search } from '../checker/search/explore.ts';
import { stateGraphOf } from '../checker/search/state-graph.ts';
import { canonical } from '../checker/search/value-numbers.ts';
import { exploreNaively } from '../testing/reference-search.ts';
import { compose } from './rules/composition.ts';
import { type Setting, settings } from './setting.ts';
import { type State, variables } from './state.ts';

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
    const { states: worlds, transitions } = explore(composed(setting, amendments));
    expect(exploreNaively(composed(setting, amendments))).toEqual({ worlds, transitions });
    expect(worlds).toBeGreaterThan(500);
  });
});

test('how often a machine has paused changes nothing but the length of its next pause', () => {
  for (const id of ['capifCoreFunction', 'apiPublishingFunction'] as const) {
    for (const { machine, edges } of exploredOf(id)) {
      for (const { state, event } of edges) {
        const paused = machine.resolveState({ value: state.value, context: { ...state.context, pauses: 7 } });
        const taken = [state, paused].map((at) => {
          const { snapshot, effects } = step(machine, at, event);
          return { value: snapshot.value, effects: effects.map((effect) => ({ ...effect, attempt: undefined })) };
        });
        expect(taken[1]).toEqual(taken[0]);
      }
    }
  }
});

/** The world as an actor whose events are the moves on offer, for a search that knows nothing of ours. */
test('@xstate/graph finds as many worlds, and as many ways between them', () => {
  const { initial, rules } = composed({ ...once, attemptsMax: 1 }, allAmendments);
  const movesIn = (state: State) =>
    rules.flatMap((rule) => rule.enabled(state).map((transition) => ({ rule, move: transition })));
  const written = (state: State) => JSON.stringify(variables.map((variable) => state[variable]));
  const world = fromTransition<State, { type: string }, never, never>((before, { type }) => {
    const { move: transition } = movesIn(before)[Number(type)]!;
    return canonical({ ...before, ...transition.after });
  }, canonical(initial));
  const map = getAdjacencyMap(world, {
    events: ({ context }) => movesIn(context).map((_, n) => ({ type: String(n) })),
    serializeState: ({ context }) => written(context),
    limit: Number.POSITIVE_INFINITY,
  });
  const places = Object.values(map);
  const { states: worlds, transitions } = explore(composed({ ...once, attemptsMax: 1 }, allAmendments));
  expect(places.length).toBe(worlds);
  expect(places.reduce((sum, place) => sum + Object.keys(place.transitions).length, 0)).toBe(transitions);
});

test('the worlds of some settings are as many as they always were', () => {
  const counts = ['fair', 'three', 'sets'].map((name) => {
    const { states: worlds, transitions, depth } = explore(composed(settingOf(name), allAmendments));
    return { name, worlds, transitions, depth };
  });
  expect(counts).toEqual([
    { name: 'fair', worlds: 185_024, transitions: 714_252, depth: 145 },
    { name: 'three', worlds: 186_714, transitions: 610_236, depth: 110 },
    { name: 'sets', worlds: 36_842, transitions: 120_328, depth: 69 },
  ]);
});

test('searching again by the tables that are filled already finds the same, and the graph has every world', () => {
  const model = composed(settingOf('sets'), allAmendments);
  const explored = explore(model);
  const { states: worlds, transitions, depth } = search(model, explored.table);
  expect({ worlds, transitions, depth }).toEqual({
    worlds: explored.states,
    transitions: explored.transitions,
    depth: explored.depth,
  });
  const graph = stateGraphOf(model, explored.table);
  expect([graph.states, graph.targets.length]).toEqual([worlds, transitions]);
  const distinct = new Set(Array.from({ length: graph.states }, (_, n) => `${graph.low[n]} ${graph.high[n]}`));
  expect(distinct.size).toBe(worlds);
  for (let n = 1; n < graph.states; n++) expect(graph.parent[n]!).toBeLessThan(n);
});

test('a world takes 16 bytes at most, of a setting with a million', () => {
  const { states: worlds, bytesPerState: bytesPerWorld } = explore(composed(settingOf('hostile'), allAmendments));
  expect(worlds).toBeGreaterThan(1_000_000);
  expect(bytesPerWorld).toBeLessThanOrEqual(16);
});
