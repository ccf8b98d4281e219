/** The state space of CAPIF by the checker, and by slow searches that share only the rules with it: the same counts. */
import { deepStrictEqual } from 'node:assert';
import { getAdjacencyMap } from '@xstate/graph';
import { describe, expect, test } from 'vitest';
import { fromTransition } from 'xstate';
import { step } from '../../machines/steps/step.ts';
import { exploredOf } from '../../machines/testing/all-events.ts';
import { type Amendment, allAmendments, asWritten } from '../../machines/vocabulary.ts';
import { explore } from '../checker/search/state-graph.ts';
import { searchNaively } from '../testing/reference-search.ts';
import { compose } from './rules/composition.ts';
import { type Setting, settings } from './setting.ts';
import { type State, variables } from './state.ts';
import { canonical } from './symmetry.ts';

const settingOf = (name: string): Setting => settings.find((setting) => setting.name === name)!;
const systemOf = (setting: Setting, amendments: readonly Amendment[]) => compose({ ...setting, amendments });
const counted = (setting: Setting, amendments: readonly Amendment[]) => {
  const { graph, depth } = explore(systemOf(setting, amendments));
  return { states: graph.states, transitions: graph.targets.length, depth };
};

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
  ] as const)('a search that asks every rule in every state finds as much: %s', (_name, setting) => {
    const { states, transitions } = counted(setting, amendments);
    expect(searchNaively(systemOf(setting, amendments))).toEqual({ states, transitions });
    expect(states).toBeGreaterThan(500);
  });
});

test('the tables of a whole exploration have what XState says, step by step', () => {
  const system = systemOf({ ...settingOf('hostile'), changes: 2, cuts: 1, forgeries: 1 }, allAmendments);
  let steps = 0;
  for (const machine of Object.values(system.machines)) {
    const { step: lookUp } = machine;
    machine.step = (state, event) => {
      const found = lookUp(state, event);
      deepStrictEqual(found, machine.ask(state, event));
      steps += 1;
      return found;
    };
  }
  explore(system);
  expect(steps).toBeGreaterThan(500);
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

/** The model as an actor whose events are the enabled transitions, for a search that knows nothing of ours. */
test('@xstate/graph finds as many states and transitions', () => {
  const { initial, rules } = systemOf({ ...once, attemptsMax: 1 }, allAmendments);
  const enabledIn = (state: State) => rules.flatMap((rule) => rule.enabled(state));
  const actor = fromTransition<State, { type: string }, never, never>(
    (before, { type }) => canonical({ ...before, ...enabledIn(before)[Number(type)]!.after }),
    canonical(initial[0]),
  );
  const map = getAdjacencyMap(actor, {
    events: ({ context }) => enabledIn(context).map((_, n) => ({ type: String(n) })),
    serializeState: ({ context }) => JSON.stringify(variables.map((variable) => context[variable])),
    limit: Number.POSITIVE_INFINITY,
  });
  const found = Object.values(map);
  const { states, transitions } = counted({ ...once, attemptsMax: 1 }, allAmendments);
  expect(found.length).toBe(states);
  expect(found.reduce((sum, state) => sum + Object.keys(state.transitions).length, 0)).toBe(transitions);
});

test('some settings have as many states as they always had', () => {
  const counts = ['fair', 'three', 'sets'].map((name) => ({ name, ...counted(settingOf(name), allAmendments) }));
  expect(counts).toEqual([
    { name: 'fair', states: 201_796, transitions: 780_142, depth: 144 },
    { name: 'three', states: 186_714, transitions: 610_236, depth: 109 },
    { name: 'sets', states: 36_842, transitions: 120_328, depth: 68 },
  ]);
});

test('a second search with the tables that are filled finds the same graph', () => {
  const first = explore(systemOf(settingOf('sets'), allAmendments));
  expect(first.again().graph).toEqual(first.graph);
});

test('every state of the graph is distinct, and was reached from one before it', () => {
  const { graph } = explore(systemOf(settingOf('sets'), allAmendments));
  const { states, words, heads, targets } = graph;
  const distinct = new Set(Array.from({ length: states }, (_, n) => `${words[2 * n]} ${words[2 * n + 1]}`));
  expect(distinct.size).toBe(states);
  let found = graph.initial;
  for (let state = 0; state < states; state++) {
    expect(state).toBeLessThan(found);
    for (let at = heads[state]!; at < heads[state + 1]!; at++) if (targets[at] === found) found++;
  }
  expect(found).toBe(states);
});

/** Slots double, so that a state takes between 13 and 19 bytes, as full as they happen to be. */
test('the visited states take 19 bytes each at most, in a setting with two millions', () => {
  const { graph, bytesPerState } = explore(systemOf(settingOf('hostile'), allAmendments));
  expect(graph.states).toBeGreaterThan(2_000_000);
  expect(bytesPerState).toBeLessThanOrEqual(19);
});
