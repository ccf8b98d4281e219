/** What is in one figure, before it has places: nodes inside each other, and edges, each with the transitions that it stands for. */
import type { Chart, ChartState, ChartTransition } from '../state-chart/chart.ts';
import { changeOf, type Marks } from '../state-chart/marks.ts';

export type Figure = {
  id: string;
  title: string;
  description: string;
  isOverview: boolean;
  /** What a run did, or what became of it, if that is drawn in the figure. */
  marks?: Marks;
  nodes: readonly FigureNode[];
  edges: readonly FigureEdge[];
};

export type FigureNode = {
  id: string;
  parent?: string;
  /** `frame`: drawn with what is inside it. `folded`: what is inside is another figure. `outside`: drawn in another figure. */
  kind: 'frame' | 'parallel' | 'region' | 'state' | 'folded' | 'outside' | 'final' | 'history' | 'initial';
  name: string;
  state: ChartState;
  /** Transitions without a line of their own, listed in the state: internal ones, and those for which there is no room. */
  listed: readonly ChartTransition[];
  /** ... without effects: another figure has them. */
  brief: boolean;
};

/** `stated`: by the standard. `assumed`: where it is silent. `amended`: only with an amendment. */
export type Standing = 'stated' | 'assumed' | 'amended';

export type FigureEdge = {
  id: string;
  from: string;
  to: string;
  standing: Standing;
  /** None for the way into an initial state. */
  transitions: readonly ChartTransition[];
  /** Without effects: another figure has them. */
  brief: boolean;
};

export const standingOf = ({ source }: ChartTransition): Standing =>
  source?.amendment ? 'amended' : source?.assumed === undefined ? 'stated' : 'assumed';

export type Selection = {
  /** The state that is drawn with what is inside it. */
  of: string;
  /** States inside it that are drawn closed. */
  folded: ReadonlySet<string>;
  /** An overview shows where transitions lead, closed states included; otherwise each is shown whole, where its state is open. */
  isOverview: boolean;
};

/** The figure of one state: what is inside it, and what it is connected with. */
export function figureOf(
  chart: Chart,
  { of, folded, isOverview }: Selection,
  words: Pick<Figure, 'title' | 'description' | 'marks'>,
): Figure {
  const states = new Map(chart.states.map((state) => [state.id, state]));
  const state = (id: string) => {
    const known = states.get(id);
    if (!known) throw new Error(`the chart of ${chart.machine} has no state ${id}`);
    return known;
  };
  const pathOf = (id: string): ChartState[] => {
    const { parent } = state(id);
    return [...(parent === undefined ? [] : pathOf(parent)), state(id)];
  };
  const frame = pathOf(of);

  /** Where a state is seen in this figure: itself, or the closed state that it is in. */
  const seenAs = (id: string): ChartState => pathOf(id).find((each) => folded.has(each.id)) ?? state(id);
  /** Of a transition that comes from outside, only the outermost state that the figure is not in. */
  const comesFrom = (id: string): ChartState => {
    const path = pathOf(id);
    if (path.includes(state(of))) return seenAs(id);
    return path.find((each, n) => each !== frame[n]) ?? state(id);
  };
  const isInside = (seen: ChartState) => pathOf(seen.id).includes(state(of));

  const edges = new Map<string, FigureEdge & { transitions: ChartTransition[] }>();
  const internal = new Map<string, ChartTransition[]>();
  for (const transition of chart.transitions) {
    const from = comesFrom(transition.from);
    const brief = isOverview || folded.has(from.id) || !isInside(from);
    if (transition.to.length === 0) {
      if (!brief) internal.set(from.id, [...(internal.get(from.id) ?? []), transition]);
      continue;
    }
    for (const target of transition.to) {
      const to = seenAs(target);
      if (!isInside(from) && !isInside(to)) continue;
      if (from === to && brief) continue;
      const standing = standingOf(transition);
      const change = changeOf(words.marks, transition);
      const id = `${from.id}~${to.id}~${standing}${change ? `~${change}` : ''}`;
      const edge = edges.get(id) ?? { id, from: from.id, to: to.id, standing, transitions: [], brief };
      edge.transitions.push(transition);
      edges.set(id, edge);
    }
  }

  const ends = new Set([...edges.values()].flatMap(({ from, to }) => [from, to]));
  const nodes = chart.states.flatMap((each): FigureNode[] => {
    if (isInside(each) ? seenAs(each.id) !== each : !ends.has(each.id)) return [];
    const own = nodeOf(each, chart, {
      isInside: isInside(each),
      isFolded: folded.has(each.id),
      isFrame: each.id === of,
      isOverview,
    });
    return [{ ...own, listed: internal.get(each.id) ?? [] }, ...initialOf(each, own)];
  });
  const initials = nodes.flatMap(({ kind, id, state: { initial } }): FigureEdge[] =>
    kind === 'initial' && initial !== undefined
      ? [{ id: `${id}~`, from: id, to: seenAs(initial).id, standing: 'stated', transitions: [], brief: false }]
      : [],
  );
  const id = `${of.replaceAll('.', '-')}${isOverview ? '-overview' : ''}`;
  return { id, ...words, isOverview, nodes, edges: [...initials, ...edges.values()] };
}

type Place = { isInside: boolean; isFolded: boolean; isFrame: boolean; isOverview: boolean };

function nodeOf(state: ChartState, chart: Chart, { isInside, isFolded, isFrame, isOverview }: Place): FigureNode {
  const { id, name, parent } = state;
  const node = {
    id,
    name,
    state,
    listed: [],
    brief: isFolded || isOverview,
    ...(isInside && !isFrame && parent !== undefined && { parent }),
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

/** The black dot of a state that is drawn open. */
function initialOf(state: ChartState, { kind }: FigureNode): FigureNode[] {
  if (state.initial === undefined || (kind !== 'frame' && kind !== 'region')) return [];
  return [{ id: `${state.id}~initial`, parent: state.id, kind: 'initial', name: '', state, listed: [], brief: false }];
}

/**
 * The same figure, in which these edges are listed in the states that they leave. One that another figure shows whole is
 * left out, but for the overview; and so is what then stands outside alone.
 */
export function listing(figure: Figure, edges: ReadonlySet<FigureEdge>): Figure {
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
