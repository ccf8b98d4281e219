/**
 * A figure that can be read on a page: if there is no room for all its lines, transitions to where most of them lead are
 * listed in the states that they leave, those of the standard last.
 */

import { fits, page, scaleOn } from '../scene/legibility.ts';
import type { Scene } from '../scene/scene.ts';
import { matter } from '../state-chart/marks.ts';
import { type Figure, type FigureEdge, listing, type Standing } from './figure.ts';
import { type Layout, layoutOf, type Spacing } from './layout.ts';
import { drawing } from './uml-shapes.ts';

export type Fitted = { figure: Figure; layout: Layout; scene: Scene; spacing: Spacing; fits: boolean };

const usual: Spacing = { edge: 140, node: 215, frame: 520, factor: 0.5 };
/** For a figure that is too wide, and for one that is too high. */
const narrow: readonly Spacing[] = [
  { edge: 120, node: 180, frame: 520, factor: 0.35 },
  { edge: 100, node: 150, frame: 520, factor: 0.3 },
];
const wide: readonly Spacing[] = [
  { edge: 150, node: 255, frame: 600, factor: 0.35 },
  { edge: 160, node: 300, frame: 700, factor: 0.35 },
];
/** More than that many times too large, and another spacing is of no use. */
const hopeless = 1.45;
/** More lines than that fit on no page, and take the longest to lay out. */
const edgesMax = 40;

async function drawn(figure: Figure, spacing: Spacing): Promise<Fitted> {
  const layout = await layoutOf(figure, spacing);
  const scene = drawing(layout);
  return { figure, layout, scene, spacing, fits: fits(scene) };
}

/** With every line, or not at all. */
export async function whole(figure: Figure): Promise<Fitted | undefined> {
  if (figure.edges.length > edgesMax) return undefined;
  const fitted = await spaced(figure);
  return fitted.fits ? fitted : undefined;
}

/** With as few lines missing as it takes; if nothing helps, the smallest, which says that it does not fit. */
export async function fitted(figure: Figure): Promise<Fitted> {
  const listed = new Set<FigureEdge>();
  const groups = candidates(figure);
  let last = await spaced(figure);
  let best = last;
  while (!last.fits && groups.length > 0) {
    const isFar = scaleOn(last.scene) < 1 / 2;
    for (const group of groups.splice(0, isFar ? 2 : 1)) for (const edge of group) listed.add(edge);
    last = await spaced(listing(figure, listed));
    if (last.fits || scaleOn(last.scene) > scaleOn(best.scene)) best = last;
  }
  if (last.fits) return completed(figure, listed, last);
  return squeezed([best, last]);
}

/** What is not readable by listing alone: by every spacing there is, and in the figure of a run without effects. */
async function squeezed(figures: readonly Fitted[]): Promise<Fitted> {
  const tried = [...figures];
  for (const { figure } of figures) {
    const { marks } = figure;
    const terse: Figure = marks ? { ...figure, marks: { ...marks, withoutEffects: true } } : figure;
    for (const spacing of [...narrow, ...wide]) tried.push(await drawn(terse, { ...spacing, factor: 0.25 }));
  }
  return (
    tried.find(({ fits }) => fits) ??
    tried.reduce((best, each) => (scaleOn(each.scene) > scaleOn(best.scene) ? each : best))
  );
}

/** Those that were given up together may fit alone. Ways in from outside and out are all shown, or none. */
async function completed(figure: Figure, listed: Set<FigureEdge>, fitted: Fitted): Promise<Fitted> {
  let last = fitted;
  const outside = outsideOf(figure);
  const inside = [...listed].filter(({ from, to }) => !outside.has(from) && !outside.has(to));
  for (const edge of inside.toReversed()) {
    listed.delete(edge);
    const tried = await drawn(listing(figure, listed), last.spacing);
    if (tried.fits) last = tried;
    else listed.add(edge);
  }
  return last;
}

async function spaced(figure: Figure): Promise<Fitted> {
  let best = await drawn(figure, usual);
  const { width, height } = best.scene;
  const isWide = width / page.width > height / page.height;
  if (scaleOn(best.scene) < 1 / hopeless) return best;
  for (const spacing of isWide ? [...narrow, ...wide] : [...wide, ...narrow]) {
    if (best.fits) break;
    const tried = await drawn(figure, spacing);
    if (tried.fits || scaleOn(tried.scene) > scaleOn(best.scene)) best = tried;
  }
  return best;
}

const standings: readonly Standing[] = ['stated', 'assumed', 'amended'];

/**
 * Edges that may be listed, those with one target together. The way on which a state is first reached keeps its line; in
 * the figure of a run, what was taken is listed last, and a state that was not reached needs no way.
 */
function candidates(figure: Figure): FigureEdge[][] {
  const { marks, edges } = figure;
  const isAboutSome = marks !== undefined && marks.kind !== 'coverage';
  const ways = firstWays(figure);
  const outside = outsideOf(figure);
  const matters = ({ transitions }: FigureEdge) => isAboutSome && matter(marks, transitions);
  const free = edges.filter((edge) => edge.transitions.length > 0 && !ways.has(edge));
  const inside = free.filter(({ from, to }) => !outside.has(from) && !outside.has(to));
  const isStated = ({ standing }: FigureEdge) => standing === 'stated';
  return [
    free.filter(({ from }) => outside.has(from)),
    free.filter(({ to }) => outside.has(to)),
    ...byTarget(inside.filter((edge) => !matters(edge) && !isStated(edge))),
    ...byTarget(inside.filter((edge) => !matters(edge) && isStated(edge))),
    ...(marks?.kind === 'path'
      ? byTarget([...ways].filter((edge) => edge.transitions.length > 0 && !matters(edge)))
      : []),
    ...byTarget(inside.filter(matters)),
  ].filter(({ length }) => length > 0);
}

/** Those to the state to which most lead come first. */
function byTarget(edges: readonly FigureEdge[]): FigureEdge[][] {
  const targets = new Map<string, FigureEdge[]>();
  for (const edge of edges) targets.set(edge.to, [...(targets.get(edge.to) ?? []), edge]);
  return [...targets.values()].sort((some, others) => others.length - some.length);
}

const outsideOf = ({ nodes }: Figure) => new Set(nodes.filter(({ kind }) => kind === 'outside').map(({ id }) => id));

/**
 * From the initial states on, for each state the edge that leads to it: one that this figure shows whole rather than one
 * that it shows in brief, by the standard where it can be, and from another state rather than from around.
 */
function firstWays(figure: Figure): Set<FigureEdge> {
  const { nodes, edges } = figure;
  const ways = new Set<FigureEdge>();
  const outside = outsideOf(figure);
  const frames = new Set(nodes.filter(({ kind }) => kind === 'frame').map(({ id }) => id));
  const reached = new Set([...frames, ...nodes.filter(({ kind }) => kind === 'initial').map(({ id }) => id)]);
  const rank = ({ brief, standing, from }: FigureEdge) =>
    (brief ? 100 : 0) + 10 * standings.indexOf(standing) + (frames.has(from) ? 1 : 0);
  const next = () =>
    edges
      .filter(({ from, to }) => reached.has(from) && !reached.has(to) && !outside.has(to))
      .sort((one, other) => rank(one) - rank(other))[0];
  for (let way = next(); way; way = next()) {
    reached.add(way.to);
    ways.add(way);
  }
  return ways;
}
