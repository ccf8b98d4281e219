/** Where everything in a figure is: elkjs places states, lines and labels, layer by layer from the top. */
import elkjs, { type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk.bundled.js';
import { type Box, type Point, run, widthOfRuns } from '../scene/scene.ts';
import { nameSize, type Words } from '../state-chart/label-text.ts';
import type { Figure, FigureEdge, FigureNode } from './figure.ts';
import { edgeWords, nodeWords } from './labels.ts';
import { straightened } from './straighten.ts';

export type PlacedNode = FigureNode & {
  box: Box;
  words: Words /** What is above the states inside it. */;
  header: number;
};
export type PlacedEdge = FigureEdge & { points: readonly Point[]; words: Words; label?: Box };
export type Layout = { figure: Figure; nodes: readonly PlacedNode[]; edges: readonly PlacedEdge[]; size: Box };

/** How wide labels and compartments may get before they are broken, and how far apart things are. */
export type Spacing = { edge: number; node: number; frame: number; factor: number };

export const padding = 10;
const initialSize = 12;
const finalSize = 20;
const historySize = 24;

const isOpen = ({ kind, parent }: FigureNode) => kind === 'frame' && parent === undefined;

const elk = new elkjs.default();

export async function layoutOf(figure: Figure, spacing: Spacing): Promise<Layout> {
  const layout = await placed(figure, spacing, new Map());
  const tooWide = layout.nodes.filter(
    ({ box, words, kind }) => kind === 'frame' && words.width + 2 * padding > box.width,
  );
  if (tooWide.length === 0) return layout;
  return placed(figure, spacing, new Map(tooWide.map(({ id, box }) => [id, box.width - 2 * padding])));
}

/** `limits`: how wide the compartment of a state may be that is no wider than what is inside it. */
async function placed(figure: Figure, spacing: Spacing, limits: ReadonlyMap<string, number>): Promise<Layout> {
  const widest = (node: FigureNode) => limits.get(node.id) ?? (isOpen(node) ? spacing.frame : spacing.node);
  const wordsOfNode = new Map(figure.nodes.map((node) => [node.id, nodeWords(node, widest(node), figure.marks)]));
  const wordsOfEdge = new Map(figure.edges.map((edge) => [edge.id, edgeWords(edge, spacing.edge, figure.marks)]));
  const words = <T>(of: Map<string, T>, id: string) => of.get(id) as T;
  const orders = new Map(figure.nodes.map(({ id }, n) => [id, n]));
  const isBackwards = ({ from, to }: FigureEdge) => rank(figure, orders, from) > rank(figure, orders, to);

  const children = (parent: string | undefined): ElkNode[] =>
    figure.nodes
      .filter((node) => node.parent === parent)
      .map((node) => elkNode(node, words(wordsOfNode, node.id), children(node.id), spacing));
  const graph: ElkNode = {
    id: figure.id,
    layoutOptions: options(spacing),
    children: children(undefined),
    edges: figure.edges.map((edge) => elkEdge(edge, words(wordsOfEdge, edge.id), isBackwards(edge))),
  };
  const laid: ElkNode = await elk.layout(graph);

  const boxes = new Map(
    everything(laid).map(({ id, x = 0, y = 0, width = 0, height = 0 }) => [id, { x, y, width, height }]),
  );
  const laidEdges = new Map((laid.edges ?? []).map((edge) => [edge.id, edge]));
  const edges = figure.edges.map((edge) => ({ ...edge, ...placeOf(words(laidEdges, edge.id), isBackwards(edge)) }));
  const lines = straightened(
    edges.map(({ points, from, to }) => ({ points, from: words(boxes, from), to: words(boxes, to) })),
  );
  return {
    figure,
    size: { x: 0, y: 0, width: laid.width ?? 0, height: laid.height ?? 0 },
    nodes: figure.nodes.map((node) => {
      const own = words(wordsOfNode, node.id);
      return { ...node, box: words(boxes, node.id), words: own, header: headerHeight(own) };
    }),
    edges: edges.map((edge, n) => ({
      ...edge,
      points: lines[n] ?? edge.points,
      words: words(wordsOfEdge, edge.id),
    })),
  };
}

/**
 * elkjs breaks cycles where it likes, and fails if told to keep an order here. So an edge against the order of the states
 * is laid out the other way round: states stay in the order in which they are written, the initial one on top.
 */
function rank(figure: Figure, orders: ReadonlyMap<string, number>, id: string): number {
  const node = figure.nodes.find((each) => each.id === id);
  const order = orders.get(id) ?? 0;
  if (node?.kind === 'initial') return -2;
  if (node?.kind !== 'outside') return order;
  // What leads in is above, what is led to is below.
  const leadsIn = figure.edges.some(({ from }) => from === id);
  const isLedTo = figure.edges.some(({ to }) => to === id);
  return leadsIn && !isLedTo ? -1 : figure.nodes.length + order;
}

const options = (spacing: Spacing) => ({
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.json.shapeCoords': 'ROOT',
  'elk.json.edgeCoords': 'ROOT',
  'elk.edgeLabels.inline': 'false',
  'elk.padding': '[top=6,left=6,bottom=6,right=6]',
  ...everywhere(spacing),
});

/** What elkjs does not hand down from a state to those inside it. */
const everywhere = ({ factor }: Spacing) => ({
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.thoroughness': '20',
  'elk.spacing.nodeNode': String(30 * factor),
  'elk.spacing.edgeNode': String(18 * factor),
  'elk.spacing.edgeEdge': String(16 * factor),
  'elk.spacing.edgeLabel': '4',
  'elk.spacing.labelLabel': '4',
  'elk.spacing.labelNode': '6',
  'elk.spacing.nodeSelfLoop': '16',
  'elk.layered.spacing.nodeNodeBetweenLayers': String(10 + 20 * factor),
  'elk.layered.spacing.edgeNodeBetweenLayers': String(18 * factor),
  'elk.layered.spacing.edgeEdgeBetweenLayers': String(14 * factor),
});

function elkNode(node: FigureNode, words: Words, children: ElkNode[], spacing: Spacing): ElkNode {
  const { id, kind, name } = node;
  switch (kind) {
    case 'initial':
      return { id, width: initialSize, height: initialSize };
    case 'history':
      return { id, width: historySize, height: historySize };
    case 'final':
      return { id, width: finalSize + 6 + titleWidth(name, words), height: Math.max(finalSize, headerHeight(words)) };
    case 'frame':
    case 'parallel':
    case 'region':
      return {
        id,
        children,
        layoutOptions: {
          'elk.padding': `[top=${headerHeight(words) + 12 * spacing.factor + 4},left=12,bottom=12,right=12]`,
          ...everywhere(spacing),
          'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
        },
      };
    default:
      return { id, width: titleWidth(name, words, kind) + 2 * padding, height: headerHeight(words) };
  }
}

const titleWidth = (name: string, words: Words, kind?: FigureNode['kind']) =>
  Math.max(
    Math.ceil(widthOfRuns([run(name, 'bold')], nameSize)) + (kind === 'folded' ? 2 * foldedWidth : 0),
    words.width,
  );
/** Of UML's sign for a state whose inside is drawn elsewhere. */
export const foldedWidth = 24;

/** A name, and below a line the compartment. */
export const titleHeight = 26;
export const headerHeight = ({ height }: Words) => (height === 0 ? titleHeight : titleHeight + 3 + height + 6);

const elkEdge = ({ id, from, to }: FigureEdge, { width, height }: Words, isBackwards: boolean): ElkExtendedEdge => ({
  id,
  sources: [isBackwards ? to : from],
  targets: [isBackwards ? from : to],
  ...(height > 0 && { labels: [{ id: `${id}~label`, text: ' ', width: width + 2, height: height + 2 }] }),
});

function placeOf({ sections, labels }: ElkExtendedEdge, isBackwards: boolean): { points: Point[]; label?: Box } {
  const points = (sections ?? []).flatMap(({ startPoint, bendPoints = [], endPoint }) => [
    startPoint,
    ...bendPoints,
    endPoint,
  ]);
  const [label] = labels ?? [];
  const { x = 0, y = 0, width = 0, height = 0 } = label ?? {};
  return { points: isBackwards ? points.toReversed() : points, ...(label && { label: { x, y, width, height } }) };
}

const everything = (node: ElkNode): ElkNode[] =>
  (node.children ?? []).flatMap((child) => [child, ...everything(child)]);
