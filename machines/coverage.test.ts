/**
 * Nothing in a machine is there in vain: @xstate/graph explores every machine under every input of all-events.ts,
 * and every transition must have been taken at least once.
 */
import { getShortestPaths } from '@xstate/graph';
import { expect, test } from 'vitest';
import type { AnyMachineSnapshot, AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { type MachineId, machines } from './roles.ts';
import { begin, expects, step } from './steps/step.ts';
import { exploredOf, ids, settingsOf } from './testing/all-events.ts';

/** What comes from outside and leads on from nearly everywhere: it would hide that nothing else does. */
const fromOutside = [
  'exposingFunction.gone',
  'invoker.offboarded',
  'onboarding.expired',
  'authorization.revoked',
  'RevokeAuthorizationRequest',
  'credential.expired',
  'ServiceApiUpdateNotification',
  'role.restarted',
];
/** Places to rest until then: nothing is awaited there, and whatever comes is answered there. */
const ends: Record<MachineId, string[]> = {
  apiInvokerEnrolment: ['"offboarded"'],
  apiInvoker: ['"offboarded"'],
  invokerProfile: ['"offboarded"'],
  capifCoreFunction: ['"offboarded"', '{"revoked":"informed"}'],
  publishedService: ['"published"'],
  apiExposingFunction: [],
  /** As written, credentials that are there are not fetched again (R29). */
  invokerAdmission: ['"known"', '"revoked"'],
  apiPublishingFunction: [],
};

const clause = /^(([1-9]\d*|[ABC])(\.\d+)+|TS 29\.222 \d+(\.\d+)+)$/;

const nodesOf = (node: AnyStateNode): AnyStateNode[] => [node, ...Object.values(node.states).flatMap(nodesOf)];
const transitionsOf = (machine: AnyStateMachine) =>
  nodesOf(machine.root).flatMap((node) => [...node.transitions.values()].flat());
const nameOf = ({ source, eventType, target }: AnyTransitionDefinition) =>
  `${source.id} --${eventType}--> ${target?.map(({ id }) => id).join(' + ') ?? 'itself'}`;
const placeOf = ({ value }: AnyMachineSnapshot) => JSON.stringify(value);
const standOf = ({ value, context }: AnyMachineSnapshot) => JSON.stringify([value, context]);
const distinct = (places: string[]) => [...new Set(places)].sort();

for (const id of ids) {
  const machine: AnyStateMachine = machines[id];

  test(`every transition of ${id} can be taken`, () => {
    const taken = new Set(
      exploredOf(id).flatMap(({ edges }) =>
        edges.flatMap(({ state, event }) => machine.getTransitionData(state, event)),
      ),
    );
    const never = transitionsOf(machine).filter((transition) => !taken.has(transition));

    expect(never.map(nameOf)).toEqual([]);
  });

  test(`every event that ${id} names is tried, and every state is reached`, () => {
    const explorations = exploredOf(id);
    const tried = new Set(explorations.flatMap(({ edges }) => edges.map(({ event }) => event.type)));
    const reached = new Set(
      explorations.flatMap(({ states }) => states.flatMap(({ _nodes }) => _nodes.map((node) => node.id))),
    );

    expect([...tried].sort()).toEqual([...machine.events].sort());
    expect(nodesOf(machine.root).filter((node) => !reached.has(node.id))).toEqual([]);
  });

  test(`every state and every transition of ${id} names its clause`, () => {
    const states = nodesOf(machine.root).slice(1);
    const sources = [...states, ...transitionsOf(machine)].map(({ meta }) => meta?.clause);

    expect(sources.filter((source) => !clause.test(source))).toEqual([]);
  });

  test(`${id} rests for ever only where nothing is awaited`, () => {
    const explorations = exploredOf(id);
    const on = explorations.flatMap(({ edges }) => edges.filter(({ event }) => !fromOutside.includes(event.type)));
    const leads = on.filter(({ state, nextState }) => placeOf(state) !== placeOf(nextState));
    const left = new Set(leads.map(({ state }) => standOf(state)));
    // A place that is entered again, for another round, is left from there.
    for (let size = -1; size < left.size; ) {
      size = left.size;
      for (const { state, nextState } of on) if (left.has(standOf(nextState))) left.add(standOf(state));
    }
    const stuck = explorations.flatMap(({ states, stopWhen }) =>
      states.filter((at) => !stopWhen(at) && !left.has(standOf(at))),
    );

    expect(distinct(stuck.map(placeOf))).toEqual(ends[id]);
  });

  test(`the paths that @xstate/graph finds through ${id} are paths of step() too`, () => {
    for (const setting of settingsOf(id)) {
      for (const path of getShortestPaths(machine, setting)) {
        let taken = begin<AnyStateMachine>(machine, setting.input);
        for (const { event } of path.steps.slice(1)) taken = step(machine, taken.snapshot, event);

        expect(taken.snapshot.value).toEqual(path.state.value);
        expect(taken.snapshot.context).toEqual(path.state.context);
      }
    }
  });
}

test('an invoker that is offboarded, altogether or towards one AEF, expects nothing and does nothing any more (6.8)', () => {
  for (const id of ['apiInvokerEnrolment', 'apiInvoker'] as const) {
    const machine: AnyStateMachine = machines[id];
    for (const { states, edges } of exploredOf(id)) {
      const finals = states.filter(({ status }) => status === 'done');
      const events = new Map(edges.map(({ event }) => [JSON.stringify(event), event])).values();
      expect(finals).not.toEqual([]);
      for (const event of events) {
        for (const at of finals) {
          expect(expects(machine, at, event)).toBe(false);
          expect(step(machine, at, event)).toEqual({ snapshot: at, effects: [] });
        }
      }
    }
  }
});
