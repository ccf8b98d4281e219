/** What one figure shows, before the layout: nodes inside each other, and edges, each with the transitions on it. */
import type { ChartState, ChartTransition } from '../state-chart/chart.ts';
import {
  changeOf,
  type MarkedChart,
  type MarkedState,
  type MarkedTransition,
  type MarkKind,
} from '../state-chart/marks.ts';

export type Figure = {
  id: string;
  title: string;
  description: string;
  isOverview: boolean;
  /** The kind of the marks on its states and transitions. */
  marks?: MarkKind;
  /** For want of room, effects are left out; those of a transition that changed are not. */
  withoutEffects?: true;
  nodes: readonly FigureNode[];
  edges: readonly FigureEdge[];
};

export type FigureNode = {
  id: string;
  parent?: string;
  /** `frame`: drawn with the states inside it. `folded`: its inside is another figure. `outside`: part of another figure. */
  kind: 'frame' | 'parallel' | 'region' | 'state' | 'folded' | 'outside' | 'final' | 'history' | 'initial';
  name: string;
  state: MarkedState;
  /** The path ends in this state, or, if it is folded, inside it. */
  isEnd: boolean;
  /** Transitions without a line, listed in the state: internal ones, and those for which there is no room. */
  listed: readonly MarkedTransition[];
  /** The list leaves out guards and effects, which another figure shows. */
  brief: boolean;
};

/** `stated`: by the standard. `assumed`: where the standard is silent. `amended`: only with an amendment. */
export type Standing = 'stated' | 'assumed' | 'amended';

export type FigureEdge = {
  id: string;
  from: string;
  to: string;
  standing: Standing;
  /** None on the way into an initial state. */
  transitions: readonly MarkedTransition[];
  /** The label leaves out guards and effects, which another figure shows. */
  brief: boolean;
};

export type Selection = {
  /** The state that is drawn with the states inside it. */
  of: string;
  /** States inside it that are drawn closed. */
  folded: ReadonlySet<string>;
  /** An overview shows where transitions lead, even inside closed states; other figures show them in full. */
  isOverview: boolean;
};

/** The figure of one state: the states inside it, and those connected with them. */
export function figureOf(
  chart: MarkedChart,
  selection: Selection,
  captions: Pick<Figure, 'title' | 'description'>,
): Figure {
  const { of, isOverview } = selection;
  const view = viewOf(chart, selection);
  const edges = edgesIn(chart, view);
  const nodes = nodesIn(chart, view, edges);
  return {
    id: `${of.replaceAll(/[^\p{L}\p{N}_-]+/gu, '-')}${isOverview ? '-overview' : ''}`,
    ...captions,
    isOverview,
    ...(chart.marks && { marks: chart.marks }),
    nodes,
    edges: [...initialEdges(nodes, view), ...edges],
  };
}

type View = Selection & {
  isInside(state: ChartState): boolean;
  /** The state itself, or the closed state that contains it. */
  seenAs(id: string): MarkedState;
  /** As `seenAs`; for a state outside the figure, the outermost state that does not contain the figure. */
  seenFrom(id: string): MarkedState;
  /** Transitions from this state are drawn without guards and effects. */
  isBrief(state: ChartState): boolean;
};

function viewOf(chart: MarkedChart, selection: Selection): View {
  const { of, folded, isOverview } = selection;
  const states = new Map(chart.states.map((state) => [state.id, state]));
  const stateOf = (id: string): MarkedState => {
    const state = states.get(id);
    if (!state) throw new Error(`the state chart of ${chart.machine} has no state ${id}`);
    return state;
  };
  const pathTo = (id: string): MarkedState[] => {
    const { parent } = stateOf(id);
    return [...(parent === undefined ? [] : pathTo(parent)), stateOf(id)];
  };
  const frame = pathTo(of);
  const isInside = ({ id }: ChartState) => pathTo(id).includes(stateOf(of));
  const seenAs = (id: string) => pathTo(id).find((each) => folded.has(each.id)) ?? stateOf(id);
  const seenFrom = (id: string) => {
    const path = pathTo(id);
    if (path.includes(stateOf(of))) return seenAs(id);
    return path.find((each, n) => each !== frame[n]) ?? stateOf(id);
  };
  const isBrief = (state: ChartState) => isOverview || folded.has(state.id) || !isInside(state);
  return { ...selection, isInside, seenAs, seenFrom, isBrief };
}

/** One edge for all transitions with the same ends, standing and change. */
function edgesIn(chart: MarkedChart, view: View): FigureEdge[] {
  const edges = new Map<string, FigureEdge & { transitions: MarkedTransition[] }>();
  for (const transition of chart.transitions) {
    const from = view.seenFrom(transition.from);
    const brief = view.isBrief(from);
    for (const target of transition.to) {
      const to = view.seenAs(target);
      if (!view.isInside(from) && !view.isInside(to)) continue;
      if (from === to && brief) continue;
      const standing = standingOf(transition);
      const change = changeOf(transition);
      const id = `${from.id}~${to.id}~${standing}${change ? `~${change}` : ''}`;
      const edge = edges.get(id) ?? { id, from: from.id, to: to.id, standing, transitions: [], brief };
      edge.transitions.push(transition);
      edges.set(id, edge);
    }
  }
  return [...edges.values()];
}

const standingOf = ({ source }: ChartTransition): Standing =>
  source?.amendment ? 'amended' : source?.assumed === undefined ? 'stated' : 'assumed';

/** From the black dot of each open state to its first state. */
const initialEdges = (nodes: readonly FigureNode[], view: View): FigureEdge[] =>
  nodes.flatMap(({ kind, id, state: { initial } }): FigureEdge[] =>
    kind === 'initial' && initial !== undefined
      ? [{ id: `${id}~`, from: id, to: view.seenAs(initial).id, standing: 'stated', transitions: [], brief: false }]
      : [],
  );

function nodesIn(chart: MarkedChart, view: View, edges: readonly FigureEdge[]): FigureNode[] {
  const ends = new Set(edges.flatMap(({ from, to }) => [from, to]));
  const isShown = (state: MarkedState) => (view.isInside(state) ? view.seenAs(state.id) === state : ends.has(state.id));
  const internal = (state: MarkedState) =>
    chart.transitions.filter(({ from, to }) => to.length === 0 && view.seenFrom(from) === state);
  return chart.states.filter(isShown).flatMap((state): FigureNode[] => {
    const node = nodeOf(state, chart, view);
    return [{ ...node, listed: view.isBrief(state) ? [] : internal(state) }, ...initialNodes(node)];
  });
}

function nodeOf(state: MarkedState, chart: MarkedChart, view: View): FigureNode {
  const { id, name, parent } = state;
  const isFolded = view.folded.has(id);
  const isInside = view.isInside(state);
  const node = {
    id,
    name,
    state,
    isEnd: chart.states.some(
      (each) => each.mark?.kind === 'path' && each.mark.isEnd && (isFolded ? view.seenAs(each.id) : each) === state,
    ),
    listed: [],
    brief: isFolded || view.isOverview,
    ...(isInside && id !== view.of && parent !== undefined && { parent }),
  };
  if (!isInside) return { ...node, kind: 'outside', name: id.split('.').slice(1).join('.') || name };
  if (isFolded) return { ...node, kind: 'folded' };
  if (chart.states.find((each) => each.id === parent)?.kind === 'parallel') return { ...node, kind: 'region' };
  switch (state.kind) {
    case 'atomic':
      return { ...node, kind: 'state' };
    case 'compound':
      return { ...node, kind: 'frame' };
    case 'parallel':
      return { ...node, kind: 'parallel' };
    case 'final':
      return { ...node, kind: 'final' };
    case 'shallowHistory':
      return { ...node, kind: 'history', name: 'H' };
    case 'deepHistory':
      return { ...node, kind: 'history', name: 'H*' };
  }
}

/** The black dot in a state that is drawn open. */
function initialNodes({ kind, state }: FigureNode): FigureNode[] {
  if (state.initial === undefined || (kind !== 'frame' && kind !== 'region')) return [];
  const id = `${state.id}~initial`;
  return [{ id, parent: state.id, kind: 'initial', name: '', state, isEnd: false, listed: [], brief: false }];
}

/**
 * The same figure with these edges listed in the states that they leave. An edge that another figure shows in full is left
 * out, except in the overview; so is an outside state without any edge.
 */
export function withListed(figure: Figure, edges: ReadonlySet<FigureEdge>): Figure {
  const kept = figure.edges.filter((edge) => !edges.has(edge));
  const ends = new Set(kept.flatMap(({ from, to }) => [from, to]));
  const listedIn = (id: string) =>
    figure.edges
      .filter((edge) => edges.has(edge) && edge.from === id && (figure.isOverview || !edge.brief))
      .flatMap(({ transitions }) => transitions);
  return {
    ...figure,
    edges: kept,
    nodes: figure.nodes
      .filter(({ id, kind }) => kind !== 'outside' || ends.has(id))
      .map((node) => ({ ...node, listed: [...node.listed, ...listedIn(node.id)] })),
  };
}
