/**
 * A machine as states and transitions, read from the XState machine itself. Every figure, table and text format is computed
 * from this state chart alone. It is plain data; as JSON it is one of the formats that `capif diff` reads.
 */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import type { Amendment, Source } from '../../machines/vocabulary.ts';
import { constantResult } from './amendment-guards.ts';

export type StateChart = {
  schema: 1;
  /** The id of the machine and of its outermost state. */
  machine: string;
  /** The amendments in force. Transitions that only another amendment enables are left out. */
  amendments: readonly Amendment[];
  /** In the order of the source; a state comes before the states inside it. The first is the machine. */
  states: readonly ChartState[];
  /** In the order of their states; the transitions of one state in the order in which they are tried. */
  transitions: readonly ChartTransition[];
};

export type ChartState = {
  /** Unique; the path to the state: `apiInvoker.authenticated.negotiating`. */
  id: string;
  name: string;
  parent?: string;
  /** `compound`: one of the states inside is active. `parallel`: all of them are, each as a region. */
  kind: 'atomic' | 'compound' | 'parallel' | 'final' | 'shallowHistory' | 'deepHistory';
  /** The first state inside a compound state. */
  initial?: string;
  entry: readonly ChartEffect[];
  exit: readonly ChartEffect[];
  source?: Source;
} & Partial<Readonly<Record<StateDetail, unknown>>>;

/** What XState also acts on, and figures do not show: each as XState has it, with functions as "computed". */
export const stateDetails = ['invoke', 'output', 'context', 'historyDefault', 'initialActions', 'regions'] as const;
export type StateDetail = (typeof stateDetails)[number];

export type ChartTransition = {
  /** Unique; made of state, event and guard: `apiInvoker.mismatch:tls.failed[attemptsAreUsedUp]`. */
  id: string;
  from: string;
  /** Empty for a transition without an event. */
  event: string;
  /** With its constant parameters: `isAbove(min: 5)`. */
  guard?: string;
  /** The guard as XState has it, if it is more than a name. */
  guardConfig?: unknown;
  /** No target: the machine stays in its state. Several targets: one in each of several regions. */
  to: readonly string[];
  effects: readonly ChartEffect[];
  /** The machine does not leave the state, so that exit and entry effects do not happen. */
  internal: boolean;
  source?: Source;
};

export type ChartEffect = {
  name: string;
  /** Constant parameters, such as `{ outcome: 'refused' }`; parameters taken from the event are left out. */
  params?: Readonly<Record<string, unknown>>;
};

export function stateChartOf(machine: AnyStateMachine, amendments: readonly Amendment[]): StateChart {
  const nodes = nodesOf(machine.root).filter((node) => appliesTo(sourceOf(node.meta), amendments));
  const transitions = nodes.flatMap((node) =>
    transitionsOf(node).flatMap((definitions) => possible(machine, definitions, amendments)),
  );
  const chart = { schema: 1, machine: machine.id, amendments, states: nodes.map(stateOf), transitions } as const;
  return reachable(chart);
}

const nodesOf = (node: AnyStateNode): AnyStateNode[] => [node, ...Object.values(node.states).flatMap(nodesOf)];

function appliesTo(source: Source | undefined, amendments: readonly Amendment[]): boolean {
  const { amendment, replacedBy } = source ?? {};
  return (!amendment || amendments.includes(amendment)) && !(replacedBy && amendments.includes(replacedBy));
}

/** The transitions of a state, grouped by event. XState takes the first one of a group whose guard holds. */
const transitionsOf = (node: AnyStateNode): AnyTransitionDefinition[][] => [
  ...[...node.transitions.values()],
  ...(node.always ? [node.always] : []),
];

/**
 * The transitions that are possible under these amendments. A guard that depends on amendments alone is evaluated here:
 * if it fails, its transition is impossible; if it holds, the transitions after it are.
 */
function possible(
  machine: AnyStateMachine,
  definitions: readonly AnyTransitionDefinition[],
  amendments: readonly Amendment[],
): ChartTransition[] {
  const kept: ChartTransition[] = [];
  for (const definition of definitions) {
    if (!appliesTo(sourceOf(definition.meta), amendments)) continue;
    const transition = transitionOf(definition);
    const name = definition.guard && guardName(definition);
    const holds = name === undefined ? true : constantResult(machine, name, amendments);
    if (holds === false) continue;
    if (holds === undefined) kept.push(transition);
    else {
      const { guard: _, guardConfig: __, ...unguarded } = transition;
      kept.push(unguarded);
      break;
    }
  }
  return kept;
}

/** The id that a transition of XState has in every chart. */
export function transitionId(definition: AnyTransitionDefinition): string {
  const { source, eventType, guard } = definition;
  return `${source.id}:${eventType}${guard === undefined ? '' : `[${guardTextOf(definition)}]`}`;
}

const guardName = ({ source, eventType, guard }: AnyTransitionDefinition) =>
  nameOf(guard, `a guard of "${eventType}" in ${source.id}`);

/** The guards inside a compound guard, and constant parameters. */
function guardTextOf(definition: AnyTransitionDefinition): string {
  const details = guardDetails(definition.guard);
  const inside = Object.entries(details).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return `${guardName(definition)}${inside.length > 0 ? `(${inside.join(', ')})` : ''}`;
}

function guardDetails(guard: unknown): Record<string, unknown> {
  if (!isRecord(guard)) return {};
  const { type: _, params, ...rest } = guard;
  const constant = typeof params === 'function' || params === undefined ? {} : isRecord(params) ? params : { params };
  return { ...constant, ...rest };
}

function transitionOf(definition: AnyTransitionDefinition): ChartTransition {
  const { source, eventType, guard, target, actions, reenter, meta } = definition;
  return {
    id: transitionId(definition),
    from: source.id,
    event: eventType,
    ...(guard !== undefined && { guard: guardTextOf(definition) }),
    ...(Object.keys(guardDetails(guard)).length > 0 && { guardConfig: guard }),
    to: staysIn({ source, target, reenter }) ? [] : (target?.map(({ id }) => id) ?? []),
    effects: effectsOf(actions, source.id),
    internal: target === undefined || (!reenter && target.every((each) => isInside(each, source))),
    ...withSource(meta),
  };
}

type Targeted = Pick<AnyTransitionDefinition, 'source' | 'target' | 'reenter'>;

/** On a transition to the state itself, or to a state inside, XState leaves the state only with `reenter`. */
const staysIn = ({ source, target, reenter }: Targeted) =>
  !reenter && source.type === 'atomic' && target?.length === 1 && target[0] === source;

const isInside = (node: AnyStateNode, outer: AnyStateNode): boolean =>
  node === outer || (node.parent !== undefined && isInside(node.parent, outer));

const stateOf = (node: AnyStateNode): ChartState => ({
  id: node.id,
  name: node.key,
  ...(node.parent && { parent: node.parent.id }),
  kind: node.type === 'history' ? (node.history === 'deep' ? 'deepHistory' : 'shallowHistory') : node.type,
  ...(node.type === 'compound' && { initial: node.initial.target[0]?.id ?? '' }),
  entry: effectsOf(node.entry, node.id),
  exit: effectsOf(node.exit, node.id),
  ...withSource(node.meta),
  ...detailsOf(node),
});

function detailsOf(node: AnyStateNode): Partial<Record<StateDetail, unknown>> {
  const { context, target, output } = node.config as { context?: unknown; target?: unknown; output?: unknown };
  const initialActions = node.type === 'compound' ? effectsOf(node.initial.actions, node.id) : [];
  const invoke = node.invoke.map(({ src, id, input, systemId }) => plain({ src, id, input, systemId }));
  return {
    ...(invoke.length > 0 && { invoke }),
    ...(output !== undefined && { output: plain(output) }),
    // A function gives each machine of ours its context; it is a part of the code, as guards are.
    ...(isRecord(context) && Object.keys(context).length > 0 && { context: plain(context) }),
    ...(node.type === 'history' && target !== undefined && { historyDefault: historyDefault(node, target) }),
    ...(initialActions.length > 0 && { initialActions }),
    // Regions are entered and left in this order.
    ...(node.type === 'parallel' && { regions: Object.keys(node.states) }),
  };
}

const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, inside) => (typeof inside === 'function' ? 'computed' : inside)) ?? 'null');

/** As XState resolves it: an id, a state inside the one that the history belongs to, or a sibling of that one. */
function historyDefault(node: AnyStateNode, target: unknown): unknown {
  if (typeof target !== 'string') return plain(target);
  if (target.startsWith('#')) return target.slice(1);
  const path = target.replace(/^\./, '').split('.');
  const found = path.reduce<AnyStateNode | undefined>((at, key) => at?.states[key], node.parent);
  return found?.id ?? target;
}

/** XState implements a delayed transition with two effects of its own; these are left out. */
const effectsOf = (actions: readonly unknown[], where: string): ChartEffect[] =>
  actions
    .filter((action) => !isOfXState(action))
    .map((action) => {
      const params = paramsOf(action);
      return { name: nameOf(action, `an action of ${where}`), ...(params && { params }) };
    });

const isOfXState = (action: unknown) =>
  typeof action === 'function' && 'type' in action && /^xstate\.(raise|cancel)$/.test(String(action.type));

function nameOf(reference: unknown, where: string): string {
  if (typeof reference === 'string') return reference;
  if (isRecord(reference) && typeof reference.type === 'string') return reference.type;
  throw new Error(`${where} has no name: define it in setup(), because figures show names`);
}

function paramsOf(action: unknown): Readonly<Record<string, unknown>> | undefined {
  if (!isRecord(action) || action.params === undefined || typeof action.params === 'function') return undefined;
  return isRecord(action.params) ? action.params : { params: action.params };
}

const withSource = (meta: unknown) => {
  const source = sourceOf(meta);
  return source && { source };
};
const sourceOf = (meta: unknown) => (isRecord(meta) && 'clause' in meta ? (meta as Source) : undefined);
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Removes the states that are unreachable under the chart's amendments, with their transitions. */
function reachable(chart: StateChart): StateChart {
  const byId = new Map(chart.states.map((state) => [state.id, state]));
  const reached = new Set<string>();
  const reach = (id: string | undefined) => {
    const state = id === undefined ? undefined : byId.get(id);
    if (!state || reached.has(state.id)) return;
    reached.add(state.id);
    reach(state.parent);
    reach(state.initial);
    reach(state.historyDefault as string | undefined);
    if (state.kind === 'parallel') for (const { id, parent } of chart.states) if (parent === state.id) reach(id);
    for (const { from, to } of chart.transitions) if (from === state.id) to.forEach(reach);
  };
  reach(chart.machine);
  return {
    ...chart,
    states: chart.states.filter(({ id }) => reached.has(id)),
    transitions: chart.transitions.filter(({ from }) => reached.has(from)),
  };
}
