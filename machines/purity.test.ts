/** A machine is a value: the same event in the same state gives the same step, and only data leaves it. */
import { expect, test } from 'vitest';
import type { AnyMachineSnapshot, AnyStateMachine, AnyStateNode, ParameterizedObject } from 'xstate';
import { machines } from './roles.ts';
import { begin, type Step, step } from './steps/step.ts';
import { type Edge, exploredOf, ids, settingsOf } from './testing/all-events.ts';

const nodesOf = (node: AnyStateNode): AnyStateNode[] => [node, ...Object.values(node.states).flatMap(nodesOf)];

function deeplyFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deeplyFrozen(part);
  }
  return value;
}

/** The part of a snapshot that is its own; all snapshots share the machine and its state nodes, which keep caches. */
function frozen(at: AnyMachineSnapshot) {
  deeplyFrozen([at.context, at.value, at.children, at.historyValue]);
  return Object.freeze(at);
}

/** What JSON can say and give back: no undefined, no function, no date, no class, no number that is not finite. */
function isPlain(value: unknown): boolean {
  if (value === null || ['string', 'boolean'].includes(typeof value)) return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isPlain);
  return typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype
    ? Object.values(value).every(isPlain)
    : false;
}

const asValue = ({ snapshot, effects }: Step<AnyStateMachine>) => {
  const { value, context, status } = snapshot;
  return { value, context, status, effects };
};

for (const id of ids) {
  const machine: AnyStateMachine = machines[id];

  /** One edge for each way to take a transition: from this state, with this event, with these effects. */
  const edges = () => {
    const chosen = new Map<string, Edge>();
    for (const exploration of exploredOf(id)) {
      for (const edge of exploration.edges) {
        const taken = machine.getTransitionData(edge.state, edge.event).map(({ source }) => source.id);
        const places = [edge.state.value, edge.nextState.value];
        chosen.set(JSON.stringify([places, taken, edge.event, edge.state.context.selected]), edge);
      }
    }
    return [...chosen.values()];
  };

  test(`${id} takes the same step twice, and changes nothing that it is given`, () => {
    for (const { state, event } of edges()) {
      const at = frozen(state);
      const heard = deeplyFrozen(structuredClone(event));
      expect(asValue(step(machine, at, heard))).toStrictEqual(asValue(step(machine, at, heard)));
    }
  });

  test(`${id} begins the same way twice, and also when the context is made without input`, () => {
    for (const { input } of settingsOf(id)) {
      expect(asValue(begin(machine, deeplyFrozen(input)))).toStrictEqual(asValue(begin(machine, input)));
    }
    expect(() => begin<AnyStateMachine>(machine, undefined)).not.toThrow();
  });

  test(`${id} asks for plain data`, () => {
    const begun = settingsOf(id).map(({ input }) => begin<AnyStateMachine>(machine, input));
    const taken = edges().map(({ state, event }) => step<AnyStateMachine>(machine, state, event));
    const effects = [...begun, ...taken].flatMap((each) => each.effects as unknown[]);

    expect(effects.filter((effect) => !isPlain(effect))).toEqual([]);
    expect(structuredClone(effects)).toStrictEqual(effects);
    expect(JSON.parse(JSON.stringify(effects))).toStrictEqual(effects);
  });

  test(`${id} has no clock, no child and no history, and each of its actions is an emit or an assign`, () => {
    const nodes = nodesOf(machine.root);
    const transitions = nodes.flatMap((node) => [...node.transitions.values()].flat());
    const named = [
      ...nodes.flatMap(({ entry, exit }) => [...entry, ...exit]),
      ...transitions.flatMap((t) => t.actions),
    ];
    const kindOf = (action: unknown) => {
      const name = typeof action === 'string' ? action : (action as ParameterizedObject).type;
      return (machine.implementations.actions[name] as { type?: string } | undefined)?.type ?? `neither: ${name}`;
    };

    expect(nodes.filter(({ invoke, after, always }) => invoke.length > 0 || after.length > 0 || always)).toEqual([]);
    expect(nodes.filter(({ type }) => type === 'history')).toEqual([]);
    expect(named.map(kindOf).filter((kind) => !['xstate.emit', 'xstate.assign'].includes(kind))).toEqual([]);
  });
}
