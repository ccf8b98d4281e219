import { expect, test } from 'vitest';
import type { AnyTransitionDefinition } from 'xstate';
import { assign, setup } from 'xstate';
import { machines } from '../../machines/roles.ts';
import { exploredOf, ids } from '../../machines/testing/all-events.ts';
import { type Amendment, allAmendments, asWritten } from '../../machines/vocabulary.ts';
import { type StateChart, stateChartOf } from './chart.ts';

const guardOf = ({ guard }: AnyTransitionDefinition) => (guard as { type?: string } | undefined)?.type ?? guard;
const idOf = (definition: AnyTransitionDefinition) =>
  `${definition.source.id}:${definition.eventType}${guardOf(definition) ? `[${guardOf(definition)}]` : ''}`;

/** The ids of the transitions that an exploration takes under exactly these amendments. */
const takenIn = (id: (typeof ids)[number], amendments: readonly Amendment[]) =>
  new Set(
    exploredOf(id)
      .filter(({ input }) => {
        const own = (input as { amendments?: readonly Amendment[] } | undefined)?.amendments;
        return !own || JSON.stringify(own) === JSON.stringify(amendments);
      })
      .flatMap(({ machine, edges }) => edges.flatMap(({ state, event }) => machine.getTransitionData(state, event)))
      .map(idOf),
  );
const idsOf = ({ transitions }: StateChart) => transitions.map(({ id }) => id);
/** In these explorations the invoker lists every method as written, and every method except PKI with all amendments. */
const notTried = [
  'apiInvoker.authenticated:SecurityMethodResponse',
  'apiInvoker.authenticated:SecurityMethodResponse[wasNeverListed]',
];

for (const [name, amendments] of [
  ['as written', asWritten],
  ['with all amendments', allAmendments],
] as const) {
  test.each(ids)(`the state chart of %s ${name} has exactly the transitions that can be taken`, (id) => {
    const drawn = idsOf(stateChartOf(machines[id], amendments));
    const taken = takenIn(id, amendments);

    expect([...taken].filter((each) => !drawn.includes(each))).toEqual([]);
    expect(drawn.filter((each) => !taken.has(each) && !notTried.includes(each))).toEqual([]);
    expect(new Set(drawn).size).toBe(drawn.length);
  });

  test.each(ids)(`every end of a transition of %s ${name} is a state of its state chart`, (id) => {
    const chart = stateChartOf(machines[id], amendments);
    const states = new Set(chart.states.map((state) => state.id));

    expect(chart.transitions.flatMap(({ from, to }) => [from, ...to]).filter((end) => !states.has(end))).toEqual([]);
    expect(JSON.parse(JSON.stringify(chart))).toEqual(chart);
  });
}

test('a transition that an amendment replaces is only in the state chart as written (6.7, 6.8)', () => {
  const changed = (amendments: readonly Amendment[]) =>
    stateChartOf(machines.apiExposingFunction, amendments)
      .transitions.filter(({ event }) => event === 'securityMethods.changed')
      .map(({ guard, effects }) => ({ guard, effects: effects.map(({ name }) => name) }));
  const states = (amendments: readonly Amendment[]) =>
    stateChartOf(machines.capifCoreFunction, amendments).states.map(({ name }) => name);

  expect(changed(asWritten)).toEqual([{ guard: undefined, effects: ['switchMethods'] }]);
  expect(changed(allAmendments)).toEqual([
    { guard: undefined, effects: ['switchMethodsAndAcceptBoth', 'reportWithdrawn'] },
  ]);
  expect(states(asWritten)).toContain('offboarded');
  expect(states(allAmendments)).not.toContain('offboarded');
});

test('regions, history, delays, eventless and internal transitions are recognized', () => {
  const role = setup({
    types: {} as { context: { heard: boolean }; events: { type: 'go' } | { type: 'back' } },
    guards: { wasHeard: ({ context }) => context.heard },
    actions: { hear: assign({ heard: true }), forget: assign({ heard: false }) },
  });
  const machine = role.createMachine({
    id: 'm',
    context: { heard: false },
    initial: 'both',
    states: {
      both: {
        type: 'parallel',
        entry: 'forget',
        on: { go: 'away', back: { actions: 'hear' } },
        states: {
          left: { initial: 'one', states: { one: { always: { guard: 'wasHeard', target: 'two' } }, two: {} } },
          right: { initial: 'three', after: { 500: '.four' }, states: { three: {}, four: { type: 'final' } } },
          last: { type: 'history', history: 'deep' },
        },
      },
      away: {
        on: {
          back: 'both.last',
          go: [
            { guard: 'wasHeard', target: 'away' },
            { target: 'away', reenter: true },
          ],
        },
      },
    },
  });
  const { states, transitions } = stateChartOf(machine, asWritten);

  expect(Object.fromEntries(states.map(({ name, kind }) => [name, kind]))).toEqual({
    m: 'compound',
    both: 'parallel',
    left: 'compound',
    one: 'atomic',
    two: 'atomic',
    right: 'compound',
    three: 'atomic',
    four: 'final',
    last: 'deepHistory',
    away: 'atomic',
  });
  expect(states.map(({ entry }) => entry).filter(({ length }) => length > 0)).toEqual([[{ name: 'forget' }]]);
  expect(transitions.map(({ id, to, internal }) => [id, to.join(), internal])).toEqual([
    ['m.both:go', 'm.away', false],
    ['m.both:back', '', true],
    ['m.both.left.one:[wasHeard]', 'm.both.left.two', false],
    ['m.both.right:xstate.after.500.m.both.right', 'm.both.right.four', true],
    ['m.away:back', 'm.both.last', false],
    ['m.away:go[wasHeard]', '', true],
    ['m.away:go', 'm.away', false],
  ]);
});

test('a guard or an action without a name is an error, because no figure could show it', () => {
  const inline = setup({}).createMachine({ id: 'm', entry: () => {} });

  expect(() => stateChartOf(inline, asWritten)).toThrow('an action of m has no name');
});
