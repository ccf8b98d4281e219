/** What a figure's signs mean, below it: only those that are in it. */

import { type Item, type Line, type Point, run, type Style, type Tone, textAt, widthOfRuns } from '../scene/scene.ts';
import { lineHeight, textSize } from '../state-chart/label-text.ts';
import { changeOf, changeStyles, type Kind, type Marks, type RunMarks, stateChangeOf } from '../state-chart/marks.ts';
import type { Figure, FigureEdge } from './figure.ts';

export const standingStyles: Record<FigureEdge['standing'], Style> = {
  stated: { stroke: 'ink' },
  assumed: { stroke: 'ink', dash: 'dashed' },
  amended: { stroke: 'amendment', width: 2.4 },
};

type Entry = { sample: (at: Point) => Item[]; words: string };

const line =
  (style: Style) =>
  ({ x, y }: Point): Line[] => [
    {
      shape: 'line',
      points: [
        { x, y },
        { x: x + sampleWidth, y },
      ],
      radius: 0,
      style,
      end: 'arrow',
    },
  ];
const box =
  (style: Style) =>
  ({ x, y }: Point): Item[] => [
    { shape: 'rectangle', box: { x, y: y - 5, width: sampleWidth, height: 10 }, radius: 4, style },
  ];

const sampleWidth = 30;

function entries({ nodes, edges, marks }: Pick<Figure, 'nodes' | 'edges' | 'marks'>): Entry[] {
  const has = (standing: FigureEdge['standing']) => edges.some((edge) => edge.standing === standing);
  const lists = nodes.some(({ listed }) => listed.some(({ to }) => to.length > 0));
  const amends = nodes.some(({ listed, brief }) => !brief && listed.some(({ source }) => source?.amendment));
  return [
    ...(has('assumed') ? [{ sample: line(standingStyles.assumed), words: 'assumed: the standard is silent' }] : []),
    ...(has('amended') && marks?.kind !== 'difference'
      ? [{ sample: line(standingStyles.amended), words: 'only with the amendment named' }]
      : []),
    ...(nodes.some(({ kind }) => kind === 'folded')
      ? [{ sample: (at: Point) => foldedSign({ x: at.x + 6, y: at.y }), words: 'drawn in a figure of its own' }]
      : []),
    ...(nodes.some(({ kind }) => kind === 'outside')
      ? [{ sample: box({ fill: 'paper', stroke: 'quiet', dash: 'dotted' }), words: 'part of another figure' }]
      : []),
    ...(marks ? markEntries(marks, { nodes, edges }) : []),
    ...(amends && !has('amended') ? [{ sample: sign('+', 'amendment'), words: 'only with the amendment named' }] : []),
    ...(lists ? [{ sample: sign('\u2192'), words: 'a transition to that state, without a line' }] : []),
  ];
}

const runEntries: Record<RunMarks['kind'], Entry[]> = {
  path: [
    { sample: line({ stroke: 'path', width: 3 }), words: 'taken, in the steps numbered #' },
    { sample: box({ fill: 'panel', stroke: 'path', width: 3 }), words: 'where it ends' },
  ],
  coverage: [
    { sample: line({ stroke: 'ink', width: 3 }), words: 'n\u00D7: taken so often, thicker for more' },
    { sample: line({ stroke: 'never', width: 1.8, dash: 'dotted' }), words: '0\u00D7: never taken' },
  ],
};

const changeEntries: Record<Kind, Entry> = {
  added: { sample: line(changeStyles.added), words: 'new' },
  removed: { sample: line(changeStyles.removed), words: 'gone: struck through' },
  changed: { sample: line(changeStyles.changed), words: 'changed: bold instead of struck through' },
};

function markEntries(marks: Marks, { nodes, edges }: Pick<Figure, 'nodes' | 'edges'>): Entry[] {
  if (marks.kind !== 'difference') return runEntries[marks.kind];
  const shown = [...edges.flatMap(({ transitions }) => transitions), ...nodes.flatMap(({ listed }) => listed)];
  const kinds = new Set([
    ...shown.map((transition) => changeOf(marks, transition)),
    ...nodes.map(({ state }) => stateChangeOf(marks, state)),
  ]);
  return (['added', 'removed', 'changed'] as const)
    .filter((kind) => kinds.has(kind))
    .map((kind) => changeEntries[kind]);
}

const sign =
  (text: string, tone: Tone = 'ink') =>
  ({ x, y }: Point): Item[] => [
    textAt({ x: x + sampleWidth / 2, y: y + 4 }, textSize, [run(text, 'regular', tone)], 'middle'),
  ];

/** UML's sign for a state whose inside is elsewhere: two small states, linked. */
export function foldedSign({ x, y }: Point): Item[] {
  const small = (left: number): Item => ({
    shape: 'rectangle',
    box: { x: left, y: y - 3, width: 7, height: 6 },
    radius: 2.5,
    style: { stroke: 'ink', width: 0.9 },
  });
  const link: Line = {
    shape: 'line',
    points: [
      { x: x + 7, y },
      { x: x + 11, y },
    ],
    radius: 0,
    style: { stroke: 'ink', width: 0.9 },
  };
  return [small(x), small(x + 11), link];
}

/** As many beside each other as the figure is wide; `height` is what it adds. */
export function legend(
  figure: Pick<Figure, 'nodes' | 'edges' | 'marks'>,
  { y: top, width }: Point & { width: number },
): { items: Item[]; height: number } {
  const [left, gap] = [8, 22];
  let [x, row] = [left, 0];
  const items = entries(figure).flatMap(({ sample, words }): Item[] => {
    const runs = [run(words, 'regular', 'quiet')];
    const wide = sampleWidth + 6 + widthOfRuns(runs, textSize);
    if (x > left && x + wide > width) [x, row] = [left, row + 1];
    const y = top + row * (lineHeight + 2) + lineHeight / 2;
    const own = [...sample({ x, y }), textAt({ x: x + sampleWidth + 6, y: y + 4 }, textSize, runs)];
    x += wide + gap;
    return own;
  });
  return { items, height: items.length === 0 ? 0 : (row + 1) * (lineHeight + 2) + 6 };
}
