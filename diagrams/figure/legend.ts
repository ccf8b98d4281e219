/** The legend below a figure explains the signs that the figure contains. */

import {
  type Item,
  type Point,
  type Style,
  span,
  straightLine,
  type Tone,
  textAt,
  widthOfSpans,
} from '../scene/scene.ts';
import { type ChangeKind, changeOf } from '../state-chart/marks.ts';
import type { Figure, FigureEdge } from './figure.ts';
import { lineHeight, textSize } from './label-text.ts';
import { changeStyles } from './mark-style.ts';

export const standingStyles: Record<FigureEdge['standing'], Style> = {
  stated: { stroke: 'ink' },
  assumed: { stroke: 'ink', dash: 'dashed' },
  amended: { stroke: 'amendment', width: 2.4 },
};

type Entry = { sample: (at: Point) => Item[]; text: string };

const line =
  (style: Style) =>
  ({ x, y }: Point): Item[] => [straightLine({ x, y }, { x: x + sampleWidth, y }, style, 'arrow')];
const box =
  (style: Style) =>
  ({ x, y }: Point): Item[] => [
    { shape: 'rectangle', box: { x, y: y - 5, width: sampleWidth, height: 10 }, radius: 4, style },
  ];

const sampleWidth = 30;

function entriesFor({ nodes, edges, marks }: Figure): Entry[] {
  const has = (standing: FigureEdge['standing']) => edges.some((edge) => edge.standing === standing);
  const lists = nodes.some(({ listed }) => listed.some(({ to }) => to.length > 0));
  const amends = nodes.some(({ listed, brief }) => !brief && listed.some(({ source }) => source?.amendment));
  return [
    ...(has('assumed') ? [{ sample: line(standingStyles.assumed), text: 'assumed: the standard is silent' }] : []),
    ...(has('amended') && marks !== 'difference'
      ? [{ sample: line(standingStyles.amended), text: 'only with the amendment named' }]
      : []),
    ...(nodes.some(({ kind }) => kind === 'folded')
      ? [{ sample: (at: Point) => foldedSign({ x: at.x + 6, y: at.y }), text: 'drawn in a figure of its own' }]
      : []),
    ...(nodes.some(({ kind }) => kind === 'outside')
      ? [{ sample: box({ fill: 'paper', stroke: 'quiet', dash: 'dotted' }), text: 'part of another figure' }]
      : []),
    ...(marks === undefined ? [] : marks === 'difference' ? changeEntriesFor({ nodes, edges }) : runEntries[marks]),
    ...(amends && !has('amended') ? [{ sample: sign('+', 'amendment'), text: 'only with the amendment named' }] : []),
    ...(lists ? [{ sample: sign('\u2192'), text: 'a transition to that state, without a line' }] : []),
  ];
}

const runEntries: Record<'path' | 'coverage', Entry[]> = {
  path: [
    { sample: line({ stroke: 'path', width: 3 }), text: 'taken, with the numbers of the steps' },
    { sample: box({ fill: 'panel', stroke: 'path', width: 3 }), text: 'the end of the run' },
  ],
  coverage: [
    { sample: line({ stroke: 'ink', width: 3 }), text: 'n\u00D7: taken n times' },
    { sample: line({ stroke: 'never', width: 1.8, dash: 'dotted' }), text: '0\u00D7: never taken' },
  ],
};

const changeEntries: Record<ChangeKind, Entry> = {
  added: { sample: line(changeStyles.added), text: 'new' },
  removed: { sample: line(changeStyles.removed), text: 'gone: struck through' },
  changed: { sample: line(changeStyles.changed), text: 'changed: bold instead of struck through' },
};

function changeEntriesFor({ nodes, edges }: Pick<Figure, 'nodes' | 'edges'>): Entry[] {
  const changes = new Set([
    ...edges.flatMap(({ transitions }) => transitions.map(changeOf)),
    ...nodes.flatMap(({ state, listed }) => [changeOf(state), ...listed.map(changeOf)]),
  ]);
  return (['added', 'removed', 'changed'] as const)
    .filter((change) => changes.has(change))
    .map((change) => changeEntries[change]);
}

const sign =
  (text: string, tone: Tone = 'ink') =>
  ({ x, y }: Point): Item[] => [
    textAt({ x: x + sampleWidth / 2, y: y + 4 }, textSize, [span(text, 'regular', tone)], 'middle'),
  ];

/** UML's sign for a state whose inside is drawn elsewhere: two small states with a link. */
export function foldedSign({ x, y }: Point): Item[] {
  const small = (left: number): Item => ({
    shape: 'rectangle',
    box: { x: left, y: y - 3, width: 7, height: 6 },
    radius: 2.5,
    style: { stroke: 'ink', width: 0.9 },
  });
  const link = straightLine({ x: x + 7, y }, { x: x + 11, y }, { stroke: 'ink', width: 0.9 });
  return [small(x), small(x + 11), link];
}

/** In rows of the width of the figure. `top`: the bottom of the figure; `height`: the room that the legend needs below it. */
export function legendOf(figure: Figure, top: number, width: number): { items: Item[]; height: number } {
  const [left, gap] = [8, 22];
  let [x, row] = [left, 0];
  const items = entriesFor(figure).flatMap(({ sample, text }): Item[] => {
    const spans = [span(text, 'regular', 'quiet')];
    const wide = sampleWidth + 6 + widthOfSpans(spans, textSize);
    if (x > left && x + wide > width) [x, row] = [left, row + 1];
    const y = top + row * (lineHeight + 2) + lineHeight / 2;
    const own = [...sample({ x, y }), textAt({ x: x + sampleWidth + 6, y: y + 4 }, textSize, spans)];
    x += wide + gap;
    return own;
  });
  return { items, height: items.length === 0 ? 0 : (row + 1) * (lineHeight + 2) + 6 };
}
