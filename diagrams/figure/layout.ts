/** Lays out a figure: elkjs places states, lines and labels, layer by layer from the top. */
import type { ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk.bundled.js';
import { type Box, type Item, type Point, span, widthOfSpans } from '../scene/scene.ts';
import type { Figure, FigureEdge, FigureNode } from './figure.ts';
import { keptIn, layoutsFolder } from './kept-layouts.ts';
import { nameSize, type TextBlock } from './label-text.ts';
import { edgeText, nodeText } from './labels.ts';
import { legendOf } from './legend.ts';
import { type Ends, straightened } from './straighten.ts';

/** `header`: height of the part above the states inside. */
export type PlacedNode = FigureNode & { box: Box; text: TextBlock; header: number };
export type PlacedEdge = FigureEdge & { points: readonly Point[]; text: TextBlock; label?: Box };
/** `width` and `height` include the legend. */
export type Layout = {
  figure: Figure;
  nodes: readonly PlacedNode[];
  edges: readonly PlacedEdge[];
  legend: readonly Item[];
  width: number;
  height: number;
};

/** The greatest widths of labels, compartments and open states before they are broken, and a factor for all distances. */
export type Spacing = { edge: number; node: number; frame: number; factor: number };

export const padding = 10;
const initialSize = 12;
const finalSize = 20;
const historySize = 24;

const layOut = keptIn(layoutsFolder);

/** If the text of a frame is wider than its inside, it is broken and laid out again. */
export async function layoutOf(figure: Figure, spacing: Spacing): Promise<Layout> {
  const layout = await placed(figure, spacing, new Map());
  const tooWide = layout.nodes.filter(
    ({ box, text, kind }) => kind === 'frame' && text.width + 2 * padding > box.width,
  );
  if (tooWide.length === 0) return layout;
  return placed(figure, spacing, new Map(tooWide.map(({ id, box }) => [id, box.width - 2 * padding])));
}

type Texts = ReadonlyMap<string, TextBlock>;

/** `limits`: the greatest widths of the text of some states. */
async function placed(figure: Figure, spacing: Spacing, limits: ReadonlyMap<string, number>): Promise<Layout> {
  const widest = ({ id, kind, parent }: FigureNode) =>
    limits.get(id) ?? (kind === 'frame' && parent === undefined ? spacing.frame : spacing.node);
  const texts: Texts = new Map([
    ...figure.nodes.map((node) => [node.id, nodeText(node, widest(node), figure)] as const),
    ...figure.edges.map((edge) => [edge.id, edgeText(edge, spacing.edge, figure)] as const),
  ]);
  const isBackwards = backwardsIn(figure);
  const laidOut = await layOut(elkGraph(figure, texts, isBackwards, spacing));

  const boxes = new Map(
    allInside(laidOut).map(({ id, x = 0, y = 0, width = 0, height = 0 }) => [id, { x, y, width, height }]),
  );
  const routes = new Map((laidOut.edges ?? []).map((edge) => [edge.id, edge]));
  const edges = figure.edges.map((edge) => ({
    ...edge,
    ...routeOf(known(routes, edge.id), isBackwards(edge)),
    text: known(texts, edge.id),
  }));
  const lines = straightened(
    edges.map(({ points, from, to }): Ends => ({ points, from: known(boxes, from), to: known(boxes, to) })),
  );
  const [width, bottom] = [Math.ceil(laidOut.width ?? 0), Math.ceil(laidOut.height ?? 0)];
  const legend = legendOf(figure, bottom, laidOut.width ?? 0);
  return {
    figure,
    width,
    height: bottom + legend.height,
    legend: legend.items,
    nodes: figure.nodes.map((node) => {
      const text = known(texts, node.id);
      return { ...node, box: known(boxes, node.id), text, header: headerHeight(text) };
    }),
    edges: edges.map((edge, n) => ({ ...edge, points: lines[n] ?? edge.points })),
  };
}

function known<T>(all: ReadonlyMap<string, T>, id: string): T {
  const found = all.get(id);
  if (found === undefined) throw new Error(`the layout has no ${id}`);
  return found;
}

type IsBackwards = (edge: FigureEdge) => boolean;

function elkGraph(figure: Figure, texts: Texts, isBackwards: IsBackwards, spacing: Spacing): ElkNode {
  const children = (parent: string | undefined): ElkNode[] =>
    figure.nodes
      .filter((node) => node.parent === parent)
      .map((node) => elkNode(node, known(texts, node.id), children(node.id), spacing));
  return {
    id: figure.id,
    layoutOptions: options(spacing),
    children: children(undefined),
    edges: figure.edges.map((edge) => elkEdge(edge, known(texts, edge.id), isBackwards(edge))),
  };
}

/**
 * elkjs breaks cycles at arbitrary edges, and crashes when told to keep the order of the nodes. So an edge against the order
 * of the states is laid out in reverse: states stay in the order of the source, with the initial one on top.
 */
function backwardsIn(figure: Figure): IsBackwards {
  const orders = new Map(figure.nodes.map(({ id }, n) => [id, n]));
  return ({ from, to }) => rank(figure, orders, from) > rank(figure, orders, to);
}

function rank(figure: Figure, orders: ReadonlyMap<string, number>, id: string): number {
  const node = figure.nodes.find((each) => each.id === id);
  const order = orders.get(id) ?? 0;
  if (node?.kind === 'initial') return -2;
  if (node?.kind !== 'outside') return order;
  // An outside state that leads in stands above; one that is only a target stands below.
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
  ...inherited(spacing),
});

/** Options that elkjs does not pass down from a state to the states inside. */
const inherited = ({ factor }: Spacing) => ({
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

function elkNode(node: FigureNode, text: TextBlock, children: ElkNode[], spacing: Spacing): ElkNode {
  const { id, kind, name } = node;
  switch (kind) {
    case 'initial':
      return { id, width: initialSize, height: initialSize };
    case 'history':
      return { id, width: historySize, height: historySize };
    case 'final':
      return { id, width: finalSize + 6 + titleWidth(name, text), height: Math.max(finalSize, headerHeight(text)) };
    case 'frame':
    case 'parallel':
    case 'region':
      return {
        id,
        children,
        layoutOptions: {
          'elk.padding': `[top=${headerHeight(text) + 12 * spacing.factor + 4},left=12,bottom=12,right=12]`,
          ...inherited(spacing),
          'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
        },
      };
    default:
      return { id, width: titleWidth(name, text, kind) + 2 * padding, height: headerHeight(text) };
  }
}

const titleWidth = (name: string, text: TextBlock, kind?: FigureNode['kind']) =>
  Math.max(
    Math.ceil(widthOfSpans([span(name, 'bold')], nameSize)) + (kind === 'folded' ? 2 * foldedWidth : 0),
    text.width,
  );
/** Width of UML's sign for a state whose inside is drawn elsewhere. */
export const foldedWidth = 24;

/** Heights of a name, and of a name with the compartment below it. */
export const titleHeight = 26;
const headerHeight = ({ height }: TextBlock) => (height === 0 ? titleHeight : titleHeight + 3 + height + 6);

const elkEdge = (
  { id, from, to }: FigureEdge,
  { width, height }: TextBlock,
  isBackwards: boolean,
): ElkExtendedEdge => ({
  id,
  sources: [isBackwards ? to : from],
  targets: [isBackwards ? from : to],
  ...(height > 0 && { labels: [{ id: `${id}~label`, text: ' ', width: width + 2, height: height + 2 }] }),
});

function routeOf({ sections, labels }: ElkExtendedEdge, isBackwards: boolean): { points: Point[]; label?: Box } {
  const points = (sections ?? []).flatMap(({ startPoint, bendPoints = [], endPoint }) => [
    startPoint,
    ...bendPoints,
    endPoint,
  ]);
  const [label] = labels ?? [];
  const { x = 0, y = 0, width = 0, height = 0 } = label ?? {};
  return { points: isBackwards ? points.toReversed() : points, ...(label && { label: { x, y, width, height } }) };
}

const allInside = (node: ElkNode): ElkNode[] => (node.children ?? []).flatMap((child) => [child, ...allInside(child)]);
