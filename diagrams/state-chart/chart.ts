/**
 * A machine as states and transitions, read from the XState machine itself. Every figure, table and text form is computed
 * from this and from nothing else. It is plain data: as JSON it is what two versions are compared by.
 */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import type { Amendment, Source } from '../../machines/vocabulary.ts';
import { constantly } from './amendment-guards.ts';

export type Chart = {
  schema: 1;
  /** The machine's id, which is the id of its outermost state too. */
  machine: string;
  /** The machine behaves as it does under these; what only others would bring about is not in here. */
  amendments: readonly Amendment[];
  /** In the order in which they are written; a state comes before the states inside it. The first is the machine. */
  states: readonly ChartState[];
  /** In the order of their states; those of one state in the order in which they are tried. */
  transitions: readonly ChartTransition[];
};

export type ChartState = {
  /** Unique, and the path to it: `apiInvoker.authenticated.negotiating`. */
  id: string;
  name: string;
  parent?: string;
  /** `compound`: one of the states inside it holds. `parallel`: all of them do, each a region. */
  kind: 'atomic' | 'compound' | 'parallel' | 'final' | 'shallowHistory' | 'deepHistory';
  /** Of a compound state: where it begins. */
  initial?: string;
  entry: readonly ChartEffect[];
  exit: readonly ChartEffect[];
  source?: Source;
};

export type ChartTransition = {
  /** Unique, and the same as long as state, event and guard are: `apiInvoker.mismatch:tls.failed[attemptsAreUsedUp]`. */
  id: string;
  from: string;
  /** Empty for a transition that needs none. */
  event: string;
  guard?: string;
  /** None if it stays where it is. More than one leads into several regions at once. */
  to: readonly string[];
  effects: readonly ChartEffect[];
  /** Its state is neither left nor entered: no exit and no entry effects of it. */
  internal: boolean;
  source?: Source;
};

export type ChartEffect = {
  name: string;
  /** What the machine's author wrote beside it, as `{ outcome: 'refused' }`; what is taken from the event is not here. */
  params?: Readonly<Record<string, unknown>>;
};

export function chartOf(machine: AnyStateMachine, amendments: readonly Amendment[]): Chart {
  const nodes = nodesOf(machine.root).filter((node) => appliesTo(sourceOf(node.meta), amendments));
  const transitions = nodes.flatMap((node) =>
    transitionsOf(node).flatMap((definitions) => taken(machine, definitions, amendments)),
  );
  const chart = { schema: 1, machine: machine.id, amendments, states: nodes.map(stateOf), transitions } as const;
  return reachable(chart);
}

const nodesOf = (node: AnyStateNode): AnyStateNode[] => [node, ...Object.values(node.states).flatMap(nodesOf)];

function appliesTo(source: Source | undefined, amendments: readonly Amendment[]): boolean {
  const { amendment, replacedBy } = source ?? {};
  return (!amendment || amendments.includes(amendment)) && !(replacedBy && amendments.includes(replacedBy));
}

/** The transitions of a state, those of one event together: the first whose guard holds is taken. */
const transitionsOf = (node: AnyStateNode): AnyTransitionDefinition[][] => [
  ...[...node.transitions.values()],
  ...(node.always ? [node.always] : []),
];

/**
 * Under these amendments. A guard that asks for nothing but an amendment is answered here: its transition is then either
 * never taken, or always, and those after it never.
 */
function taken(
  machine: AnyStateMachine,
  definitions: readonly AnyTransitionDefinition[],
  amendments: readonly Amendment[],
): ChartTransition[] {
  const kept: ChartTransition[] = [];
  for (const definition of definitions) {
    if (!appliesTo(sourceOf(definition.meta), amendments)) continue;
    const transition = transitionOf(definition);
    const holds = transition.guard === undefined ? true : constantly(machine, transition.guard, amendments);
    if (holds === false) continue;
    if (holds === undefined) kept.push(transition);
    else {
      const { guard: _, ...always } = transition;
      kept.push(always);
      break;
    }
  }
  return kept;
}

/** Of a transition as XState has it: what it is in every chart. */
export function transitionId({ source, eventType, guard }: AnyTransitionDefinition): string {
  const name = guard === undefined ? '' : `[${nameOf(guard, `a guard of "${eventType}" in ${source.id}`)}]`;
  return `${source.id}:${eventType}${name}`;
}

function transitionOf(definition: AnyTransitionDefinition): ChartTransition {
  const { source, eventType, guard, target, actions, reenter, meta } = definition;
  const name = guard === undefined ? undefined : nameOf(guard, `a guard of "${eventType}" in ${source.id}`);
  return {
    id: transitionId(definition),
    from: source.id,
    event: eventType,
    ...(name !== undefined && { guard: name }),
    to: staysIn({ source, target, reenter }) ? [] : (target?.map(({ id }) => id) ?? []),
    effects: effectsOf(actions, source.id),
    internal: target === undefined || (!reenter && target.every((each) => isInside(each, source))),
    ...withSource(meta),
  };
}

type Targeted = Pick<AnyTransitionDefinition, 'source' | 'target' | 'reenter'>;

/** XState leaves a state that has a transition to itself, or to a state inside it, only if told to. */
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
});

/** A delayed transition is, to XState, an event that it raises by itself on entry; nobody wrote those two effects. */
const effectsOf = (actions: readonly unknown[], where: string): ChartEffect[] =>
  actions
    .filter((action) => !isOwn(action))
    .map((action) => {
      const params = paramsOf(action);
      return { name: nameOf(action, `an action of ${where}`), ...(params && { params }) };
    });

const isOwn = (action: unknown) =>
  typeof action === 'function' && 'type' in action && /^xstate\.(raise|cancel)$/.test(String(action.type));

function nameOf(written: unknown, where: string): string {
  if (typeof written === 'string') return written;
  if (isRecord(written) && typeof written.type === 'string') return written.type;
  throw new Error(`${where} has no name, so that no figure could show it`);
}

const paramsOf = (action: unknown) => (isRecord(action) && isRecord(action.params) ? action.params : undefined);

const withSource = (meta: unknown) => {
  const source = sourceOf(meta);
  return source && { source };
};
const sourceOf = (meta: unknown) => (isRecord(meta) && 'clause' in meta ? (meta as Source) : undefined);
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Without the states to which nothing leads under the chart's amendments, and what goes on in them. */
function reachable(chart: Chart): Chart {
  const byId = new Map(chart.states.map((state) => [state.id, state]));
  const reached = new Set<string>();
  const reach = (id: string | undefined) => {
    const state = id === undefined ? undefined : byId.get(id);
    if (!state || reached.has(state.id)) return;
    reached.add(state.id);
    reach(state.parent);
    reach(state.initial);
    if (state.kind === 'parallel') for (const { id, parent } of chart.states) if (parent === state.id) reach(id);
    for (const { from, to } of chart.transitions) if (from === state.id) to.forEach(reach);
  };
  reach(chart.machine);
  // A history state that nothing targets is written for nobody; one that is reached leads back into its parent.
  return {
    ...chart,
    states: chart.states.filter(({ id }) => reached.has(id)),
    transitions: chart.transitions.filter(({ from }) => reached.has(from)),
  };
}
