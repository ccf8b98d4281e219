/** What a figure must be to be printed: measured on every figure of every machine, and on one with all of UML's signs. */
import { beforeAll, expect, test } from 'vitest';
import { machines } from '../../machines/roles.ts';
import { allAmendments } from '../../machines/vocabulary.ts';
import { type Drawn, drawAll } from '../files.ts';
import { measured, smallestPt } from '../scene/legibility.ts';
import { pngOf } from '../scene/png.ts';
import { run, type Scene, shapesOf, textAt, widthOfRuns } from '../scene/scene.ts';
import { svgOf } from '../scene/svg.ts';
import { chartOf } from '../state-chart/chart.ts';
import { everySign } from '../testing/machines.ts';
import { figuresOf } from './figures.ts';
import type { Fitted } from './fit-to-page.ts';

let drawn: Drawn[] = [];
const figures: [id: string, fitted: Fitted][] = [];

beforeAll(async () => {
  const chart = chartOf(everySign, allAmendments);
  drawn = [...(await drawAll()), { folder: 'test', chart, figures: await figuresOf(chart) }];
  for (const { folder, figures: own } of drawn) {
    for (const fitted of own) figures.push([`${folder}/${fitted.scene.id}`, fitted]);
  }
}, 60_000);

const faults = (of: (fitted: Fitted) => readonly unknown[]) =>
  figures.flatMap(([id, fitted]) => of(fitted).map((fault) => `${id}: ${fault}`));
const measuredAll = () => figures.map(([id, { scene }]) => ({ id, ...measured(scene) }));

test('there are figures', () => {
  expect(figures.length).toBeGreaterThan(20);
});

test('no text overlaps another, and none is cut off', () => {
  expect(faults(({ scene }) => measured(scene).textOnText)).toEqual([]);
  expect(faults(({ scene }) => measured(scene).outside)).toEqual([]);
});

test('no line runs through a label or a name', () => {
  expect(faults(({ scene }) => measured(scene).lineThroughText)).toEqual([]);
});

test(`every text has at least ${smallestPt} pt on A4 portrait`, () => {
  expect(measuredAll().filter(({ pt }) => pt < smallestPt)).toEqual([]);
});

test('no state is higher than the one in which its region begins', () => {
  const higher = faults(({ layout: { nodes } }) =>
    nodes
      .filter(({ kind }) => kind === 'initial')
      .flatMap((initial) =>
        nodes.filter(({ parent, box }) => parent === initial.parent && box.y < initial.box.y).map(({ id }) => id),
      ),
  );
  expect(higher).toEqual([]);
});

test('every transition of a machine is in a figure: whole in one of them, on a line or in its state', () => {
  for (const { chart, figures } of drawn) {
    const shown = figures.flatMap(({ layout: { nodes, edges } }) => [
      ...edges.flatMap(({ brief, transitions }) => (brief ? [] : transitions)),
      ...nodes.flatMap(({ brief, listed }) => (brief ? [] : listed)),
    ]);
    const ids = new Set(shown.map(({ id }) => id));
    expect(chart.transitions.filter(({ id }) => !ids.has(id))).toEqual([]);
  }
});

test('lines rarely cross', () => {
  expect(measuredAll().reduce((sum, { crossings }) => sum + crossings, 0)).toBeLessThanOrEqual(figures.length);
});

test('ids are unique in a figure', () => {
  for (const [, { scene }] of figures) {
    const ids = [...svgOf(scene).matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  }
});

test('a figure is the same bytes when it is drawn again, as SVG and as PNG', async () => {
  const again = await figuresOf(chartOf(machines.invokerAdmission, allAmendments));
  expect(again).toHaveLength(1);
  for (const { scene } of again) {
    const [, before] = figures.find(([id]) => id === `amended/${scene.id}`) ?? [];
    expect(before && svgOf(before.scene)).toBe(svgOf(scene));
    expect(before && pngOf(before.scene).equals(pngOf(scene))).toBe(true);
  }
}, 60_000);

test('the gate notices what it is there for', () => {
  const scene = (...items: Scene['items']): Scene => ({
    id: 'x',
    title: '',
    description: '',
    width: 100,
    height: 100,
    items,
  });
  const word = textAt({ x: 10, y: 20 }, 11, [run('word')]);
  const line = {
    shape: 'line',
    points: [
      { x: 0, y: 17 },
      { x: 90, y: 17 },
    ],
    radius: 0,
    style: { stroke: 'ink' },
  } as const;

  expect(measured(scene(word))).toMatchObject({ pt: 8.25, textOnText: [], lineThroughText: [], outside: [] });
  expect(measured(scene(word, textAt({ x: 20, y: 24 }, 11, [run('other')]))).textOnText).toHaveLength(1);
  expect(measured(scene(word, line)).lineThroughText).toEqual(['a line through "word"']);
  expect(measured(scene(textAt({ x: 90, y: 20 }, 11, [run('word')]))).outside).toEqual(['word']);
  expect(measured({ ...scene(word), width: 1285 }).pt).toBeCloseTo(4.12, 1);
});

test('every sign of UML is drawn: regions, history, final and initial states, internal transitions', () => {
  const [, signs] = figures.find(([id]) => id === 'test/everySign') ?? [];
  const kinds = new Set(signs?.layout.nodes.map(({ kind }) => kind));
  const shapes = [...shapesOf(signs?.scene.items ?? [])];
  const dashed = shapes.filter((shape) => shape.shape === 'line' && shape.style.dash === 'dashed');

  expect(kinds).toEqual(new Set(['frame', 'parallel', 'region', 'state', 'final', 'history', 'initial']));
  expect(dashed.length).toBeGreaterThan(0);
});

test('a text is as long as it was laid out to be, whatever font a reader has', () => {
  for (const [, { scene }] of figures) {
    const texts = [...shapesOf(scene.items)].filter((shape) => shape.shape === 'text');
    const lengths = [...svgOf(scene).matchAll(/<text [^>]*textLength="([\d.]+)"/g)].map(([, length]) => Number(length));
    expect(lengths).toHaveLength(texts.length);
    for (const [n, { runs, size }] of texts.entries()) expect(lengths[n]).toBeCloseTo(widthOfRuns(runs, size), 1);
  }
});
