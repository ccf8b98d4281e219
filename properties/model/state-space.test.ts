/** The fast search against slow ones that share only the rules with it: the same states, and as many transitions. */
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
  ] as const)('a search that calls the rules in every state finds as many states: %s', (_name, setting) => {
    const { states, transitions } = explore(composed(setting, amendments));
    expect(exploreNaively(composed(setting, amendments))).toEqual({ worlds: states, transitions });
    expect(states).toBeGreaterThan(500);
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

/** The model as an actor whose events are the enabled transitions, for a search that is not ours. */
test('@xstate/graph finds as many states and transitions', () => {
  const { initial, rules } = composed({ ...once, attemptsMax: 1 }, allAmendments);
  const transitionsIn = (state: State) =>
    rules.flatMap((rule) => rule.enabled(state).map((transition) => ({ rule, transition })));
  const written = (state: State) => JSON.stringify(variables.map((variable) => state[variable]));
  const actor = fromTransition<State, { type: string }, never, never>((before, { type }) => {
    const { transition } = transitionsIn(before)[Number(type)]!;
    return canonical({ ...before, ...transition.after });
  }, canonical(initial));
  const map = getAdjacencyMap(actor, {
    events: ({ context }) => transitionsIn(context).map((_, n) => ({ type: String(n) })),
    serializeState: ({ context }) => written(context),
    limit: Number.POSITIVE_INFINITY,
  });
  const places = Object.values(map);
  const { states, transitions } = explore(composed({ ...once, attemptsMax: 1 }, allAmendments));
  expect(places.length).toBe(states);
  expect(places.reduce((sum, place) => sum + Object.keys(place.transitions).length, 0)).toBe(transitions);
});

test('some settings have as many states as they always had', () => {
  const counts = ['fair', 'three', 'sets'].map((name) => {
    const { states, transitions, depth } = explore(composed(settingOf(name), allAmendments));
    return { name, states, transitions, depth };
  });
  expect(counts).toEqual([
    { name: 'fair', states: 185_024, transitions: 714_252, depth: 145 },
    { name: 'three', states: 186_714, transitions: 610_236, depth: 110 },
    { name: 'sets', states: 36_842, transitions: 120_328, depth: 69 },
  ]);
});

test('a second search with the filled tables finds the same, and the graph has every state', () => {
  const model = composed(settingOf('sets'), allAmendments);
  const explored = explore(model);
  const { states, transitions, depth } = search(model, explored.table);
  expect({ states, transitions, depth }).toEqual({
    states: explored.states,
    transitions: explored.transitions,
    depth: explored.depth,
  });
  const graph = stateGraphOf(model, explored.table);
  expect([graph.states, graph.targets.length]).toEqual([states, transitions]);
  const distinct = new Set(Array.from({ length: graph.states }, (_, n) => `${graph.low[n]} ${graph.high[n]}`));
  expect(distinct.size).toBe(states);
  for (let n = 1; n < graph.states; n++) expect(graph.parent[n]!).toBeLessThan(n);
});

test('a state takes at most 16 bytes, in a setting with a million states', () => {
  const { states, bytesPerState } = explore(composed(settingOf('hostile'), allAmendments));
  expect(states).toBeGreaterThan(1_000_000);
  expect(bytesPerState).toBeLessThanOrEqual(16);
});
